"""Bringing in songs that a person already has: lists, exports, and folders of music files.

Each kind of source has a module that turns it into batches of `Item`, which `run.import_songs`
keeps.
"""

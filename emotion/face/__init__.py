"""Faces in a video: detected, followed, recognised."""

"""Faces in a still photo."""

"""Emotion of faces: detection and following, recognition, and smoothing into a mood."""

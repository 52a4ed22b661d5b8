"""Mood of songs: features, models, measured sound."""

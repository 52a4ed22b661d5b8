"""Emotion in a voice."""

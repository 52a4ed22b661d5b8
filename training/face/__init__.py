"""Emotion of faces: data sets, models, training, evaluation, export."""

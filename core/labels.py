"""The names of what is recognised and chosen, each list in the one order that all rooms use."""

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""FER2013's classes in its label order (Goodfellow et al. 2013, arXiv 1307.0414)."""

FERPLUS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
"""The classes of FER+'s majority protocol in its column order (arXiv 1608.01041)."""

SONG_MOODS = ("Calm", "Energetic", "Happy", "Sad")
"""Moods of songs (Kaggle, "Spotify music data to identify the moods")."""

MODES = ("match", "lift", "calm")
"""How a list answers a mood: songs of it, or a way from it to bright or to calm."""

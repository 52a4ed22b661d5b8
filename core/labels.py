"""The seven emotions of FER2013, in the one order that the whole program uses."""

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""FER2013's classes in its label order (Goodfellow et al. 2013, arXiv 1307.0414)."""

FERPLUS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
"""The classes of FER+'s majority protocol in its column order (arXiv 1608.01041)."""

"""Speech emotion: from RAVDESS to the model that `emotion.voice.recogniser` serves."""

"""Speech emotion: from RAVDESS to the model that `emotion.speech` serves."""

"""Keras models from files."""

import zipfile
from pathlib import Path
from typing import Any

import keras

import training.face.models.cbam  # noqa: F401  (registers its layer for loading)
from training.common.errors import TrainingError


def load_keras(path: Path) -> Any:
    """Load a `.keras` file, whatever it holds.

    Raises:
        TrainingError: it is missing, damaged, or has layers that nobody here knows.
    """
    try:
        return keras.saving.load_model(path, compile=False)
    except (OSError, ValueError, TypeError, LookupError, zipfile.BadZipFile) as error:
        reason = str(error).strip().partition("\n")[0]
        raise TrainingError(f"'{path}' is not a Keras model that loads: {reason}") from error

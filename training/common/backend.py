"""What Keras computes with: TensorFlow, or what the environment's KERAS_BACKEND names."""

import importlib.util
import os
import sys

from training.common.errors import TrainingError

BACKENDS = ("tensorflow", "jax", "torch")


def choose_backend() -> None:
    """Settle Keras' backend; call it before Keras is imported.

    A backend that is unknown or not installed ends the program in one sentence, as Keras would
    with a traceback.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    name = os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    if name not in BACKENDS:
        _end(f"KERAS_BACKEND must be one of {', '.join(BACKENDS)}, not '{name}'")
    if importlib.util.find_spec(name) is None:
        _end(f"KERAS_BACKEND: {name} is not installed in this environment")


def _end(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(TrainingError.exit_code)

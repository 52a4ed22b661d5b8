"""The weights of a model that was saved for TensorFlow.js."""

import json
import math
from pathlib import Path

import numpy as np

from training.common.errors import TrainingError


def read_layers_model(path: Path) -> dict[str, np.ndarray]:
    """Read the arrays of a `model.json` and the files beside it, by their names, as Keras has them.

    Raises:
        TrainingError: a file is missing or damaged, or the arrays are not float32.
    """
    try:
        arrays: dict[str, np.ndarray] = {}
        for group in json.loads(path.read_text(encoding="utf-8"))["weightsManifest"]:
            data = b"".join(path.with_name(name).read_bytes() for name in group["paths"])
            offset = 0
            for entry in group["weights"]:
                if entry["dtype"] != "float32" or "quantization" in entry:
                    raise ValueError(f"{entry['name']} is no float32")
                count = math.prod(entry["shape"])
                array = np.frombuffer(data, "<f4", count, offset)
                arrays[entry["name"]] = array.reshape(entry["shape"])
                offset += array.nbytes
    except (OSError, ValueError, TypeError, LookupError) as error:
        message = f"start: '{path}' is no whole model of TensorFlow.js: {error}"
        raise TrainingError(message) from error
    return arrays

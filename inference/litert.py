"""Models on LiteRT: opened, and their tensors checked against what is expected of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import WeightsError


def load_interpreter(weights: Path, threads: int) -> Any:
    """Return a LiteRT interpreter with its tensors allocated; it serves one thread at a time.

    Args:
        weights: a `.tflite` file.
        threads: cores that one prediction may use.

    Raises:
        WeightsError: LiteRT is not installed, or the file is no model of its.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:  # no wheel for this platform: TensorFlow carries the same runtime
        try:
            from tensorflow.lite import Interpreter
        except ImportError as error:
            raise WeightsError(
                "weights: neither ai-edge-litert nor tensorflow is installed; "
                "run 'pip install -r requirements.txt'"
            ) from error
    try:
        interpreter = Interpreter(str(weights), num_threads=threads)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise WeightsError(f"weights: '{weights.name}' is not a LiteRT model: {error}") from error
    return interpreter


def checked_input(
    interpreter: Any, weights: Path, shape: Sequence[int], prefix: str = "weights"
) -> int:
    """Return the index of the only input tensor.

    Raises:
        WeightsError: it is not float32 of the shape that the sidecar says; begins with `prefix`.
    """
    details = interpreter.get_input_details()
    shapes = [list(map(int, tensor["shape"])) for tensor in details]
    if shapes != [list(shape)] or details[0]["dtype"] != np.float32:
        raise WeightsError(
            f"{prefix}: '{weights.name}' takes {shapes} as {details[0]['dtype'].__name__}, "
            f"but its sidecar says [{list(shape)}] as float32"
        )
    return int(details[0]["index"])


def checked_output(interpreter: Any, weights: Path, name: str, columns: int) -> int:
    """Return the index of the output tensor that the signature calls `name`.

    Raises:
        WeightsError: there is none, or it has another number of columns.
    """
    signatures = interpreter.get_signature_list()
    names = [output for signature in signatures.values() for output in signature["outputs"]]
    if name not in names:
        raise WeightsError(
            f"weights: '{weights.name}' has no output '{name}'; "
            f"it has {', '.join(names) or 'none with a name'}"
        )
    tensor = interpreter.get_signature_runner().get_output_details()[name]
    if list(tensor["shape"][1:]) != [columns]:
        raise WeightsError(
            f"weights: output '{name}' of '{weights.name}' has shape "
            f"{list(map(int, tensor['shape']))}, expected {columns} columns"
        )
    return int(tensor["index"])

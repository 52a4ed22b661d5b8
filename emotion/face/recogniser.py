"""EfficientNetB3 behind one method: face crops in, calibrated probabilities out."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from core.errors import WeightsError
from core.labels import EMOTIONS
from core.vision import Image, Probabilities
from emotion.face.preprocess import to_model_input
from inference.sidecar import Sidecar, load_sidecar


class Recogniser(Protocol):
    """Recognise the emotion of face crops; stateless and safe to call from any thread."""

    sidecar: Sidecar

    def predict(self, faces: Sequence[Image]) -> Probabilities:
        """Return float32 (len(faces), 7) in the order of `EMOTIONS`, each row summing to 1.

        Args:
            faces: square uint8 crops of any size, grey or BGR; may be empty.
        """
        ...


class LiteRTRecogniser:
    """The recogniser that serves: a `.tflite` file on LiteRT's XNNPACK kernels.

    Faces are run one by one: four cost 10.4 ms so and 8.3 ms as a batch of four (64 pixels,
    two cores), but each new batch size re-plans the whole graph, 128 ms the first time, which
    the live picture would show.

    Args:
        weights: the `.tflite` file, its sidecar beside it.
        threads: cores that one prediction may use.

    Raises:
        WeightsError: the sidecar or the file is missing, damaged, or of another shape.
    """

    def __init__(self, weights: Path, threads: int = 2) -> None:
        self.sidecar = load_sidecar(weights)
        self._interpreter = load_interpreter(weights, threads)
        self._input = _checked_input(self._interpreter, self.sidecar, weights)
        self._output = _checked_output(self._interpreter, self.sidecar, weights)
        self._columns = _columns(self.sidecar)
        self._lock = threading.Lock()  # an interpreter serves one thread at a time
        self.predict([np.zeros((48, 48), np.uint8)])  # the first run packs the weights

    def predict(self, faces: Sequence[Image]) -> Probabilities:
        batch = to_model_input(faces, self.sidecar.input_size)
        outputs = np.empty((len(faces), len(EMOTIONS)), np.float32)
        with self._lock:
            for row, face in zip(outputs, batch, strict=True):
                self._interpreter.set_tensor(self._input, face[np.newaxis])
                self._interpreter.invoke()
                row[:] = self._interpreter.get_tensor(self._output)[0]
        return calibrate(outputs[:, self._columns], self.sidecar.temperature)


class KerasRecogniser:
    """The reference: the same interface on a `.keras` file, for parity tests and evaluation.

    Args:
        weights: the `.keras` file, its sidecar beside it.

    Raises:
        WeightsError: as `LiteRTRecogniser`.
    """

    def __init__(self, weights: Path) -> None:
        import keras  # takes seconds; nothing that serves may need it

        self.sidecar = load_sidecar(weights)
        try:
            self._model = keras.saving.load_model(weights, compile=False)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WeightsError(
                f"weights: '{weights.name}' is not a Keras model that loads: {error}"
            ) from error
        expected = (None, self.sidecar.input_size, self.sidecar.input_size, 3)
        if tuple(self._model.input_shape) != expected:
            raise WeightsError(
                f"weights: '{weights.name}' takes {tuple(self._model.input_shape)}, "
                f"but its sidecar says {expected}"
            )
        names = list(self._model.output_names)
        if self.sidecar.output not in names:
            raise WeightsError(
                f"weights: '{weights.name}' has no output '{self.sidecar.output}'; "
                f"it has {', '.join(names)}"
            )
        # Whatever structure the model returns, Keras flattens it in the order of its names.
        self._flatten = keras.tree.flatten
        self._index = names.index(self.sidecar.output)
        self._columns = _columns(self.sidecar)

    def predict(self, faces: Sequence[Image]) -> Probabilities:
        if not faces:
            return np.empty((0, len(EMOTIONS)), np.float32)
        outputs = self._model.predict_on_batch(to_model_input(faces, self.sidecar.input_size))
        chosen = np.asarray(self._flatten(outputs)[self._index])
        return calibrate(chosen[:, self._columns], self.sidecar.temperature)


def calibrate(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Scale the confidence of softmax outputs by a temperature (Guo 2017, arXiv 1706.04599).

    Dividing log-probabilities by T equals dividing the logits: they differ by a constant a
    row, which the softmax removes.

    Args:
        probabilities: float (n, classes), rows summing to 1.
        temperature: above 1 lowers the confidence, below 1 raises it; the order stays.

    Returns:
        float32 (n, classes), rows summing to 1.
    """
    logits = np.log(np.maximum(probabilities, 1e-9, dtype=np.float32)) / np.float32(temperature)
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True), np.float32)


def _columns(sidecar: Sidecar) -> list[int]:
    """Return, for each of `EMOTIONS`, its column in the model's output."""
    return [sidecar.labels.index(emotion) for emotion in EMOTIONS]


def load_interpreter(weights: Path, threads: int) -> Any:
    """Return a LiteRT interpreter with its tensors allocated.

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


def _checked_input(interpreter: Any, sidecar: Sidecar, weights: Path) -> int:
    """Return the index of the input tensor, which must be what the sidecar says."""
    details = interpreter.get_input_details()
    expected = [1, sidecar.input_size, sidecar.input_size, 3]
    shapes = [list(map(int, tensor["shape"])) for tensor in details]
    if shapes != [expected] or details[0]["dtype"] != np.float32:
        raise WeightsError(
            f"weights: '{weights.name}' takes {shapes} as {details[0]['dtype'].__name__}, "
            f"but its sidecar says [{expected}] as float32"
        )
    return int(details[0]["index"])


def _checked_output(interpreter: Any, sidecar: Sidecar, weights: Path) -> int:
    """Return the index of the tensor that the signature calls `sidecar.output`."""
    signatures = interpreter.get_signature_list()
    names = [name for signature in signatures.values() for name in signature["outputs"]]
    if sidecar.output not in names:
        raise WeightsError(
            f"weights: '{weights.name}' has no output '{sidecar.output}'; "
            f"it has {', '.join(names) or 'none with a name'}"
        )
    tensor = interpreter.get_signature_runner().get_output_details()[sidecar.output]
    if list(tensor["shape"][1:]) != [len(EMOTIONS)]:
        raise WeightsError(
            f"weights: output '{sidecar.output}' of '{weights.name}' has shape "
            f"{list(map(int, tensor['shape']))}, expected 7 columns"
        )
    return int(tensor["index"])

"""EfficientNetB3 behind one method: face crops in, calibrated probabilities out."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from core.labels import EMOTIONS
from core.vision import Image, Probabilities
from emotion.face.preprocess import to_model_input
from emotion.face.sidecar import FaceSidecar
from inference.calibration import calibrate
from inference.litert import checked_input, checked_output, load_interpreter
from inference.sidecar import load_sidecar


class Recogniser(Protocol):
    """Recognise the emotion of face crops; stateless and safe to call from any thread."""

    sidecar: FaceSidecar

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
        self.sidecar = load_sidecar(weights, FaceSidecar)
        self._interpreter = load_interpreter(weights, threads)
        shape = (1, self.sidecar.input_size, self.sidecar.input_size, 3)
        self._input = checked_input(self._interpreter, weights, shape)
        self._output = checked_output(
            self._interpreter, weights, self.sidecar.output, len(EMOTIONS)
        )
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


def _columns(sidecar: FaceSidecar) -> list[int]:
    """Return, for each of `EMOTIONS`, its column in the model's output."""
    return [sidecar.labels.index(emotion) for emotion in EMOTIONS]

"""Saved models behind one interface: 48-pixel faces in, the probabilities of both heads out."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from core.labels import EMOTIONS, FERPLUS
from emotion.face.preprocess import to_model_input
from emotion.face.sidecar import FaceSidecar
from inference.calibration import calibrate
from inference.litert import load_interpreter
from inference.sidecar import load_sidecar, sidecar_path
from training.common.errors import TrainingError

BATCH = 128
HEADS = {"fer": len(EMOTIONS), "ferplus": len(FERPLUS)}
"""The outputs that a face model must have, with their columns."""


@dataclass(frozen=True)
class Probabilities:
    """What a model says of n faces; rows sum to 1."""

    fer: np.ndarray
    """float32 (n, 7), columns as `EMOTIONS`."""
    ferplus: np.ndarray
    """float32 (n, 8), columns as `FERPLUS`."""


class Predictor(Protocol):
    """A model ready to answer."""

    def predict(self, faces: Sequence[np.ndarray]) -> Probabilities:
        """Return the probabilities for face crops as `emotion.face.preprocess` takes them."""


class KerasPredictor:
    """A `.keras` file with the outputs `fer` and `ferplus`.

    Args:
        path: the file.
        size: edge of the input in pixels; None takes the model's own.
    """

    def __init__(self, path: Path, size: int | None = None) -> None:
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        import keras

        from training.face.weights_from.saved import load_keras

        self.model = load_keras(path)
        names = list(getattr(self.model, "output_names", ()))
        shapes = keras.tree.flatten(self.model.output) if names else []
        _check_heads(path, {n: tuple(o.shape)[1:] for n, o in zip(names, shapes, strict=True)})
        # Whatever structure a model returns, Keras flattens it in the order of its names.
        self._flatten = keras.tree.flatten
        self._heads = [names.index(head) for head in HEADS]
        own = self.model.input_shape[1]
        if (size or own) is None or (own or size) != (size or own):
            raise TrainingError(f"'{path}' takes faces of {own or 'any'} pixels, not {size}")
        self.size: int = size or own

    def predict(self, faces: Sequence[np.ndarray]) -> Probabilities:
        outputs = self.model.predict(to_model_input(faces, self.size), BATCH, verbose=0)
        outputs = self._flatten(outputs)
        return Probabilities(*(np.asarray(outputs[index]) for index in self._heads))


class LiteRTPredictor:
    """A `.tflite` file whose signature names the outputs `fer` and `ferplus`."""

    def __init__(self, path: Path, threads: int = 2) -> None:
        interpreter = load_interpreter(path, threads)
        if not interpreter.get_signature_list():
            raise TrainingError(f"'{path}' has no signature that names its outputs")
        self._run = interpreter.get_signature_runner()
        outputs = self._run.get_output_details()
        _check_heads(path, {n: tuple(map(int, d["shape"]))[1:] for n, d in outputs.items()})
        (self._input, details), *_ = self._run.get_input_details().items()
        self.size = int(details["shape"][1])

    def predict(self, faces: Sequence[np.ndarray]) -> Probabilities:
        inputs = to_model_input(faces, self.size)
        rows = [self._run(**{self._input: inputs[i : i + 1]}) for i in range(len(inputs))]
        return Probabilities(
            np.concatenate([row["fer"] for row in rows]),
            np.concatenate([row["ferplus"] for row in rows]),
        )


def _check_heads(path: Path, outputs: Mapping[str, tuple[int, ...]]) -> None:
    for head, columns in HEADS.items():
        if outputs.get(head) != (columns,):
            there = ", ".join(f"{name} {list(shape)}" for name, shape in outputs.items())
            raise TrainingError(
                f"'{path}' is no face model: expected the output '{head}' of {columns} columns; "
                f"it has {there or 'none with a name'}"
            )


def average(answers: Sequence[Probabilities]) -> Probabilities:
    """Return the mean of several answers for the same faces."""
    return Probabilities(
        np.mean([answer.fer for answer in answers], axis=0),
        np.mean([answer.ferplus for answer in answers], axis=0),
    )


def mirrored(faces: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the mirror images of faces."""
    return [face[:, ::-1] for face in faces]


class Ensemble:
    """The mean of several models' probabilities."""

    def __init__(self, members: Sequence[Predictor]) -> None:
        self._members = list(members)

    def predict(self, faces: Sequence[np.ndarray]) -> Probabilities:
        return average([member.predict(faces) for member in self._members])


class Calibrated:
    """A model whose `fer` probabilities are scaled by its sidecar's temperature."""

    def __init__(self, model: Predictor, temperature: float) -> None:
        self.model = model
        self.temperature = temperature

    def predict(self, faces: Sequence[np.ndarray]) -> Probabilities:
        return calibrated(self.model.predict(faces), self.temperature)


def calibrated(answer: Probabilities, temperature: float) -> Probabilities:
    """Return an answer with a temperature applied to `fer`."""
    return Probabilities(calibrate(answer.fer, temperature), answer.ferplus)


def apart(model: Predictor) -> tuple[Predictor, float | None]:
    """Return a model as it was trained, and the temperature of its sidecar; None without one.

    What is averaged should be so: a temperature that one model has, and others not, would give
    it another weight.
    """
    return (model.model, model.temperature) if isinstance(model, Calibrated) else (model, None)


def by_name(paths: Sequence[Path]) -> dict[str, Path]:
    """Name models: a run's `best.keras` after its folder, others after their file.

    Raises:
        TrainingError: two have one name.
    """
    models: dict[str, Path] = {}
    for path in paths:
        run = path.resolve().parent.name
        name = run if path.name == "best.keras" else path.name.replace(".", "_")
        if name in models:
            raise TrainingError(f"weights: two models are called '{name}'; rename a file or folder")
        models[name] = path
    return models


def load_predictor(path: Path) -> Predictor:
    """Open a `.tflite` or `.keras` file; a sidecar beside it adds its temperature.

    Raises:
        TrainingError: it is neither, damaged, or no face model.
        WeightsError: as `load_interpreter`, or the sidecar does not fit the file.
    """
    if not path.is_file():
        raise TrainingError(f"expected a model at '{path}', found none")
    sidecar = load_sidecar(path, FaceSidecar) if sidecar_path(path).is_file() else None
    model: Predictor
    if path.suffix == ".tflite":
        model = LiteRTPredictor(path)
    elif path.suffix == ".keras":
        model = KerasPredictor(path, sidecar.input_size if sidecar else None)
    else:
        raise TrainingError(f"'{path}' is neither a .tflite nor a .keras file")
    return Calibrated(model, sidecar.temperature) if sidecar else model

"""A file's weights as the start of a run: each kind of file has its reader."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from training.common.errors import TrainingError
from training.face.datasets import FaceSet
from training.face.weights_from import lite
from training.face.weights_from.saved import load_keras
from training.face.weights_from.unfold import restore
from training.face.weights_from.widen import widen

Reader = Callable[[Any, Path, int, FaceSet], None]
"""Gives a network the weights of a file; takes the size of its input and the training faces too."""


def start_from(network: Any, path: Path, size: int, training: FaceSet) -> None:
    """Give a network the weights that a file holds.

    Args:
        network: as `training.face.models.build` makes it.
        path: of a kind that `READERS` names, else a `.keras`.
        size: edge of the input in pixels.
        training: faces whose activations set what a file does not tell.

    Raises:
        TrainingError: the file is missing, damaged, or of another architecture.
    """
    READERS.get(path.suffix, from_keras)(network, path, size, training)


def from_keras(network: Any, path: Path, _size: int, _training: FaceSet) -> None:
    """Take the weights of a saved model of the same layers, which may be narrower."""
    try:
        widen(network, load_keras(path))
    except ValueError as error:
        raise TrainingError(f"start: '{path}' is no saved {network.name}: {error}") from error


def from_litert(network: Any, path: Path, size: int, training: FaceSet) -> None:
    """Take the weights of an exported EfficientNet."""
    restore(network, path, size, training.some(512))


def from_lite(network: Any, path: Path, _size: int, _training: FaceSet) -> None:
    """Take what a smaller EfficientNet-Lite shares with the network."""
    lite.lay_in(network, lite.read_lite(path))


READERS: dict[str, Reader] = {".tflite": from_litert, ".pth": from_lite}
"""By the ending of a file's name; `training.experiments` adds what it reads."""

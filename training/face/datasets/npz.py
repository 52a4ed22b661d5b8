"""FER2013 as NumPy archives: the full one, and the compact one with its faces in WebP sheets."""

from pathlib import Path

import cv2
import numpy as np

from emotion.face.preprocess import FACE_SIZE
from training.common.checkpoint import read_arrays
from training.common.errors import TrainingError
from training.face.datasets.faceset import FaceSet

SHEET = 40
"""Faces along each edge of a compact archive's sheet."""


def read_npz(path: Path) -> FaceSet:
    """Read `fer2013.npz` or `fer2013_compact.npz`.

    Raises:
        TrainingError: the file is damaged or lacks an array.
    """
    arrays = read_arrays(path)
    missing = {"labels", "usage", "ferplus_votes"} - set(arrays)
    if missing:
        raise TrainingError(
            f"data: '{path}' lacks {', '.join(sorted(missing))}; it holds {', '.join(arrays)}"
        )
    images = arrays["images"] if "images" in arrays else _unpack(path, arrays)
    return FaceSet(images, arrays["labels"], arrays["usage"], arrays["ferplus_votes"])


def _unpack(path: Path, arrays: dict[str, np.ndarray]) -> np.ndarray:
    names = sorted(name for name in arrays if name.startswith("sheet_"))
    if not names:
        raise TrainingError(f"data: '{path}' has neither 'images' nor 'sheet_00'")
    faces = []
    for name in names:
        sheet = cv2.imdecode(arrays[name], cv2.IMREAD_GRAYSCALE)
        if sheet is None:
            raise TrainingError(f"data: the picture '{name}' in '{path}' is damaged")
        tiles = sheet.reshape(SHEET, FACE_SIZE, SHEET, FACE_SIZE).swapaxes(1, 2)
        faces.append(tiles.reshape(-1, FACE_SIZE, FACE_SIZE))
    return np.concatenate(faces)[: len(arrays["labels"])]

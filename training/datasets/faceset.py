"""Labelled faces in memory, whatever file they came from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emotion.preprocess import FACE_SIZE
from training.errors import TrainingError

TRAINING, PUBLIC, PRIVATE = 0, 1, 2
SPLITS = ("Training", "PublicTest", "PrivateTest")
"""FER2013's official splits: train on the first, choose on the second, report the third."""
VOTES = 10
"""Columns of the FER+ votes: the eight classes of `FERPLUS`, unknown, not-a-face."""


@dataclass(frozen=True)
class FaceSet:
    """n labelled faces. All arrays have n rows."""

    images: np.ndarray
    """uint8 (n, 48, 48), grey."""
    labels: np.ndarray
    """uint8 (n,), index into `EMOTIONS`."""
    splits: np.ndarray
    """uint8 (n,), index into `SPLITS`."""
    votes: np.ndarray
    """int8 (n, 10) of FER+, -1 where there are none."""

    def __post_init__(self) -> None:
        count = len(self.images)
        expected = {
            "images": (count, FACE_SIZE, FACE_SIZE),
            "labels": (count,),
            "splits": (count,),
            "votes": (count, VOTES),
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise TrainingError(
                    f"faces: expected {name} of shape {shape}, found {getattr(self, name).shape}"
                )

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: np.ndarray | slice) -> "FaceSet":
        """Return the faces at `rows`: integers, booleans or a slice."""
        return FaceSet(self.images[rows], self.labels[rows], self.splits[rows], self.votes[rows])

    def split(self, split: int) -> "FaceSet":
        """Return the faces of one split."""
        return self.take(self.splits == split)


def no_votes(count: int) -> np.ndarray:
    """Return the votes of faces that nobody voted on: int8 (count, 10) of -1."""
    return np.full((count, VOTES), -1, np.int8)


def concatenate(sets: Sequence[FaceSet]) -> FaceSet:
    """Join sets of faces, in their order."""
    return FaceSet(
        *(
            np.concatenate([getattr(faces, name) for faces in sets])
            for name in ("images", "labels", "splits", "votes")
        )
    )

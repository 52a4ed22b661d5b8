"""Labelled faces in memory, whatever file they came from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.labels import EMOTIONS
from emotion.face.preprocess import FACE_SIZE
from training.common.errors import TrainingError

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
                    f"data: expected {name} of shape {shape}, found {getattr(self, name).shape}"
                )
        for name, most in (("labels", len(EMOTIONS) - 1), ("splits", len(SPLITS) - 1)):
            values = getattr(self, name)
            if values.dtype != np.uint8 or values.max(initial=0) > most:
                raise TrainingError(
                    f"data: expected {name} of 0 to {most} as uint8, found {values.dtype} up to "
                    f"{values.max(initial=0)}"
                )
        for name, kind in (("images", np.uint8), ("votes", np.int8)):
            if getattr(self, name).dtype != kind:
                raise TrainingError(
                    f"data: expected {name} as {np.dtype(kind)}, found {getattr(self, name).dtype}"
                )

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: np.ndarray | slice) -> "FaceSet":
        """Return the faces at `rows`: integers, booleans or a slice."""
        return FaceSet(self.images[rows], self.labels[rows], self.splits[rows], self.votes[rows])

    def split(self, split: int) -> "FaceSet":
        """Return the faces of one split."""
        return self.take(self.splits == split)

    def some(self, count: int) -> list[np.ndarray]:
        """Return `count` of the images or some more, evenly spread: a folder's are in order."""
        return list(self.images[:: max(1, len(self.images) // count)])

    def expect(self, *splits: int) -> None:
        """Say so where one of `splits` has no face.

        Raises:
            TrainingError: one is empty.
        """
        for split in splits:
            if not (self.splits == split).any():
                raise TrainingError(f"data: expected faces of {SPLITS[split]}, found none")


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

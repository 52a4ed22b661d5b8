"""Readers of labelled faces: `load` takes whatever a user has."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emotion.labels import EMOTIONS
from training.datasets.faceset import (
    PRIVATE,
    PUBLIC,
    SPLITS,
    TRAINING,
    FaceSet,
    concatenate,
)
from training.datasets.fer_csv import add_votes, read_fer_csv
from training.datasets.folders import read_folder
from training.datasets.npz import read_npz
from training.errors import TrainingError

__all__ = ["PRIVATE", "PUBLIC", "SPLITS", "TRAINING", "FaceSet", "load", "load_for_training"]

HOLD_OUT = 10
"""Where a data set has no PublicTest, every tenth training face becomes it."""


def load(path: Path, votes: Path | None = None) -> FaceSet:
    """Read labelled faces: an .npz of this project, Kaggle's CSV, or a folder of pictures.

    Args:
        path: the file or folder.
        votes: Microsoft's `fer2013new.csv`, for the CSV and the folder version.

    Raises:
        TrainingError: nothing is there, or it is none of these.
    """
    if path.is_dir():
        return read_folder(path, votes)
    if not path.is_file():
        raise TrainingError(f"data: expected a file or folder at '{path}', found none")
    if path.suffix == ".npz":
        return read_npz(path)
    if path.suffix == ".csv":
        faces = read_fer_csv(path)
        return add_votes(faces, votes) if votes else faces
    raise TrainingError(f"data: '{path}' is neither .npz, .csv nor a folder")


def load_for_training(path: Path, votes: Path | None = None, extra: Sequence[Path] = ()) -> FaceSet:
    """Read a data set, merge `extra` folders into its Training, and check that it can be used.

    Raises:
        TrainingError: as `load`, or a class has no training face.
    """
    faces = load(path, votes)
    for folder in extra:
        more = load(folder)
        faces = concatenate(
            [faces, FaceSet(more.images, more.labels, np.zeros_like(more.splits), more.votes)]
        )
    if not (faces.splits == PUBLIC).any():
        held_out = np.flatnonzero(faces.splits == TRAINING)[::HOLD_OUT]
        faces.splits[held_out] = PUBLIC
    counts = np.bincount(faces.labels[faces.splits == TRAINING], minlength=len(EMOTIONS))
    if not counts.all():
        empty = ", ".join(EMOTIONS[index] for index in np.flatnonzero(counts == 0))
        raise TrainingError(f"data: '{path}' has no training face that is {empty}")
    return faces

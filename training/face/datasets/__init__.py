"""Readers of labelled faces: `load` takes whatever a user has."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.labels import EMOTIONS
from training.common.errors import TrainingError
from training.face.datasets.checks import duplicates_of
from training.face.datasets.faceset import (
    PRIVATE,
    PUBLIC,
    SPLITS,
    TRAINING,
    FaceSet,
    concatenate,
)
from training.face.datasets.fer_csv import add_votes, read_fer_csv
from training.face.datasets.folders import read_folder
from training.face.datasets.npz import read_npz

__all__ = ["PRIVATE", "PUBLIC", "SPLITS", "TRAINING", "FaceSet", "load", "load_for_training"]

HOLD_OUT = 10
"""Where a data set has no PublicTest, every tenth training face becomes it."""


def load(path: Path, votes: Path | None = None) -> FaceSet:
    """Read labelled faces: an .npz of this project, Kaggle's CSV, or a folder of pictures.

    Where nothing is of PublicTest, every tenth training face becomes it, and it says so.

    Args:
        path: the file or folder.
        votes: Microsoft's `fer2013new.csv`, for the CSV or a folder whose pictures have its names.

    Raises:
        TrainingError: nothing is there, it is none of these, or `votes` are of other faces.
    """
    faces = _read(path, votes)
    held_out = np.flatnonzero(faces.splits == TRAINING)[::HOLD_OUT]
    if (faces.splits == PUBLIC).any() or not len(held_out):
        return faces
    print(
        f"data: '{path}' has no PublicTest: every tenth of its training faces becomes it",
        file=sys.stderr,
    )
    splits = faces.splits.copy()
    splits[held_out] = PUBLIC
    return FaceSet(faces.images, faces.labels, splits, faces.votes)


def _read(path: Path, votes: Path | None = None) -> FaceSet:
    if path.is_dir():
        return read_folder(path, votes)
    if not path.is_file():
        raise TrainingError(f"data: expected a file or folder at '{path}', found none")
    suffix = path.suffix.lower()
    if suffix == ".npz":
        if votes:
            raise TrainingError(f"votes: '{path}' holds its own; leave out '{votes}'")
        return read_npz(path)
    if suffix == ".csv":
        faces = read_fer_csv(path)
        return add_votes(faces, votes) if votes else faces
    raise TrainingError(f"data: '{path}' is neither .npz, .csv nor a folder")


def load_for_training(path: Path, votes: Path | None = None, extra: Sequence[Path] = ()) -> FaceSet:
    """Read a data set, merge `extra` ones into its Training, and check that it can be used.

    Raises:
        TrainingError: as `load`, or a class has no training face.
    """
    faces = load(path, votes)
    for more in extra:
        faces = concatenate([faces, _for_training(more, faces)])
    counts = np.bincount(faces.labels[faces.splits == TRAINING], minlength=len(EMOTIONS))
    if not counts.all():
        empty = ", ".join(EMOTIONS[index] for index in np.flatnonzero(counts == 0))
        raise TrainingError(f"data: '{path}' has no training face that is {empty}")
    return faces


def _for_training(path: Path, base: FaceSet) -> FaceSet:
    """Read further faces, all as Training, less the pictures that `base` is tested on."""
    more = _read(path)
    tested = duplicates_of(more, base.take(base.splits != TRAINING))
    if tested.any():
        print(
            f"extra: {tested.sum()} pictures of '{path}' are test faces of the data, left out",
            file=sys.stderr,
        )
    splits = np.full_like(more.splits, TRAINING)
    return FaceSet(more.images, more.labels, splits, more.votes).take(~tested)

"""Pictures of faces in one folder an emotion: FER2013's folder version, AffectNet-style sets."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from emotion.labels import EMOTIONS
from emotion.preprocess import to_grey_face
from training.datasets.faceset import (
    PRIVATE,
    PUBLIC,
    SPLITS,
    TRAINING,
    VOTES,
    FaceSet,
)
from training.datasets.fer_csv import read_votes
from training.errors import TrainingError

PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
FOLDERS = {
    "train": TRAINING,
    "training": TRAINING,
    "val": PUBLIC,
    "valid": PUBLIC,
    "validation": PUBLIC,
    "publictest": PUBLIC,
    "test": PRIVATE,
    "privatetest": PRIVATE,
}
ALIASES = {
    "anger": "angry",
    "disgusted": "disgust",
    "fearful": "fear",
    "happiness": "happy",
    "sadness": "sad",
    "surprised": "surprise",
}


def read_folder(path: Path, votes: Path | None = None) -> FaceSet:
    """Read `<split>/<emotion>/*.jpg`, or `<emotion>/*.jpg`, which is all Training.

    Each picture, of any size and colour, passes through 48 grey pixels, so that a model
    cannot tell data sets apart by colour or sharpness. A picture called `PublicTest_*` or
    `PrivateTest_*`, as in Kaggle's folder version, is of that split wherever it lies.

    Args:
        path: the folder.
        votes: `fer2013new.csv`; its votes go to the pictures it names (`fer0000000.png`).

    Raises:
        TrainingError: no picture, a damaged one, or no picture that `votes` names.
    """
    rows = list(_pictures(path))
    if not rows:
        raise TrainingError(
            f"data: expected pictures in folders '<emotion>' or '<split>/<emotion>' of '{path}' "
            f"(emotions: {', '.join(EMOTIONS)}), found none"
        )
    files, labels, splits = zip(*rows, strict=True)
    return FaceSet(
        np.stack([read_face(file) for file in files]),
        np.array(labels, np.uint8),
        np.array(splits, np.uint8),
        _votes_by_name(files, votes),
    )


def read_face(path: Path) -> np.ndarray:
    """Read a picture as uint8 (48, 48), grey.

    Raises:
        TrainingError: it is not a picture, or a damaged one.
    """
    try:
        content = np.fromfile(path, np.uint8)
    except OSError as error:
        raise TrainingError(f"data: cannot read '{path}': {error.strerror}") from error
    image = cv2.imdecode(content, cv2.IMREAD_COLOR) if len(content) else None
    if image is None:
        raise TrainingError(f"data: '{path}' is not a picture, or a damaged one")
    return np.asarray(to_grey_face(image))


def _pictures(path: Path) -> Iterator[tuple[Path, int, int]]:
    folders = [(folder, TRAINING) for folder in sorted(path.iterdir())]
    for parent, _ in list(folders):
        if parent.is_dir() and parent.name.lower() in FOLDERS:
            folders += [(f, FOLDERS[parent.name.lower()]) for f in sorted(parent.iterdir())]
    for folder, split in folders:
        name = ALIASES.get(folder.name.lower(), folder.name.lower())
        if folder.is_dir() and name in EMOTIONS:
            for file in sorted(folder.iterdir()):
                if file.suffix.lower() in PICTURES:
                    yield file, EMOTIONS.index(name), _split_of(file, split)


def _split_of(file: Path, split: int) -> int:
    prefix = file.name.split("_")[0]
    return SPLITS.index(prefix) if prefix in SPLITS else split


def _votes_by_name(files: tuple[Path, ...], path: Path | None) -> np.ndarray:
    votes = np.full((len(files), VOTES), -1, np.int8)
    if path is None:
        return votes
    names, rows = read_votes(path)
    by_name = {Path(name).stem: row for name, row in zip(names, rows, strict=True) if name}
    for index, file in enumerate(files):
        votes[index] = by_name.get(file.stem, votes[index])
    if (votes < 0).all():
        raise TrainingError(
            f"data: '{path}' names no picture of the folder; it expects names like '{names[0]}'"
        )
    return votes

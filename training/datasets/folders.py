"""Pictures of faces in one folder an emotion: FER2013's folder version, AffectNet-style sets."""

import difflib
import sys
from collections import Counter
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

    Pictures in folders of other names are left out, and it says so.

    Args:
        path: the folder.
        votes: `fer2013new.csv`; its votes go to the pictures it names (`fer0000000.png`).

    Raises:
        TrainingError: no picture, a damaged one, a folder whose name is almost an emotion's, or
            no picture that `votes` names.
    """
    _tell_of_others(path)
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


def kinds_of_pictures(path: Path) -> Counter[str]:
    """Count a folder's pictures by size and mode as they lie there: `48x48, 8-bit grey`.

    Raises:
        TrainingError: a picture is damaged.
    """
    kinds: Counter[str] = Counter()
    for file, _, _ in _pictures(path):
        picture = _decode(file, cv2.IMREAD_UNCHANGED)
        channels = picture.shape[2] if picture.ndim == 3 else 1
        mode = {1: "grey", 3: "colour", 4: "colour with alpha"}[channels]
        height, width = picture.shape[:2]
        kinds[f"{width}x{height}, {8 * picture.itemsize}-bit {mode}"] += 1
    return kinds


def read_face(path: Path) -> np.ndarray:
    """Read a picture as uint8 (48, 48), grey.

    Raises:
        TrainingError: it is not a picture, or a damaged one. Of a JPEG whose middle is damaged
            the decoder makes what it can.
    """
    return np.asarray(to_grey_face(_decode(path, cv2.IMREAD_COLOR)))


def _decode(path: Path, mode: int) -> np.ndarray:
    try:
        content = np.fromfile(path, np.uint8)
    except OSError as error:
        raise TrainingError(f"data: cannot read '{path}': {error.strerror}") from error
    image = cv2.imdecode(content, mode) if len(content) else None
    if image is None:
        raise TrainingError(f"data: '{path}' is not a picture, or a damaged one")
    return np.asarray(image)


def _folders(path: Path) -> Iterator[tuple[Path, str, int, list[Path]]]:
    """Yield each folder that may hold pictures: its path, emotion, split and pictures."""
    folders = [(folder, TRAINING) for folder in _folders_in(path)]
    for parent, _ in list(folders):
        if parent.name.lower() in FOLDERS:
            folders += [(f, FOLDERS[parent.name.lower()]) for f in _folders_in(parent)]
    for folder, split in folders:
        files = sorted(file for file in folder.iterdir() if file.suffix.lower() in PICTURES)
        name = folder.name.lower()
        yield folder, ALIASES.get(name, name), split, files


def _pictures(path: Path) -> Iterator[tuple[Path, int, int]]:
    """Yield the pictures of the seven emotions, each with its label and split."""
    for _, name, split, files in _folders(path):
        if name in EMOTIONS:
            for file in files:
                yield file, EMOTIONS.index(name), _split_of(file, split)


def _folders_in(path: Path) -> list[Path]:
    return sorted(folder for folder in path.iterdir() if folder.is_dir())


def _tell_of_others(path: Path) -> None:
    """Say which folders are none of the seven emotions; refuse one that may be a slip.

    Raises:
        TrainingError: a name is close to an emotion's.
    """
    for folder, name, _, files in _folders(path):
        if files and name not in EMOTIONS:
            close = difflib.get_close_matches(name, [*EMOTIONS, *ALIASES], n=1, cutoff=0.8)
            if close:
                raise TrainingError(f"data: '{folder}' is no emotion; did you mean '{close[0]}'?")
            print(
                f"data: '{folder}' is no emotion, its {len(files)} pictures are left out",
                file=sys.stderr,
            )


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

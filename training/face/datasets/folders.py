"""Pictures of faces in one folder an emotion: FER2013's folder version, AffectNet-style sets."""

import difflib
import os
import sys
from collections import Counter
from collections.abc import Container, Iterator
from pathlib import Path

import cv2
import numpy as np

from core.labels import EMOTIONS
from emotion.face.preprocess import to_grey_face
from training.common.errors import TrainingError
from training.face.datasets.faceset import (
    PRIVATE,
    PUBLIC,
    SPLITS,
    TRAINING,
    VOTES,
    FaceSet,
)
from training.face.datasets.fer_csv import read_votes

PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"}
LITTER = {"thumbs.db", "desktop.ini"}
"""Files that Windows leaves in folders; those of other systems begin with a dot."""
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

    Pictures in folders of other names or further down, and files of other kinds in an emotion's
    folder, are left out, and it says so. Names that begin with a dot are passed over.

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
    _tell_of_files(path)  # only now, as a wrong path may lead to a whole disk
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
        files = sorted(file for file in folder.iterdir() if _is_picture(file))
        name = folder.name.lower()
        yield folder, ALIASES.get(name, name), split, files


def _pictures(path: Path) -> Iterator[tuple[Path, int, int]]:
    """Yield the pictures of the seven emotions, each with its label and split."""
    for _, name, split, files in _folders(path):
        if name in EMOTIONS:
            for file in files:
                yield file, EMOTIONS.index(name), _split_of(file, split)


def _folders_in(path: Path) -> list[Path]:
    return sorted(
        folder for folder in path.iterdir() if folder.is_dir() and not folder.name.startswith(".")
    )


def _is_picture(file: Path) -> bool:
    # macOS puts a `._a.jpg`, which is no picture, beside each `a.jpg` on other systems' disks.
    return file.suffix.lower() in PICTURES and not file.name.startswith(".")


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


def _tell_of_files(path: Path) -> None:
    """Say which files are left out, and why."""
    misplaced, unread = _files_left_out(path)
    _tell_of(misplaced, "picture", "not in '<emotion>' or '<split>/<emotion>'")
    endings = sorted({file.suffix.lower() or file.name for file in unread})[:5]
    _tell_of(unread, "file", f"of kinds that are not read ({', '.join(endings)})")


def _tell_of(files: list[Path], kind: str, reason: str) -> None:
    if not files:
        return
    first, *more = sorted({file.parent for file in files})
    where = f"'{first}' and {_count(len(more), 'more folder')}" if more else f"'{first}'"
    print(f"data: {_count(len(files), kind)} left out in {where}: {reason}", file=sys.stderr)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _files_left_out(path: Path) -> tuple[list[Path], list[Path]]:
    """Return the pictures where none is looked for, and what else an emotion's folder holds."""
    names = {folder: name for folder, name, _, _ in _folders(path)}
    misplaced, unread = [], []
    for top in (path, *names):
        for file in _files_below(top, names):
            if _is_picture(file):
                if file.parent not in names:
                    misplaced.append(file)
            elif names.get(top) in EMOTIONS:
                unread.append(file)
    return misplaced, unread


def _files_below(top: Path, others: Container[Path]) -> Iterator[Path]:
    """Yield the files in and below a folder, but for litter and what is below `others`."""
    for place, folders, files in os.walk(top):
        folders[:] = [
            name for name in folders if not name.startswith(".") and Path(place, name) not in others
        ]
        for name in files:
            if not name.startswith(".") and name.lower() not in LITTER:
                yield Path(place, name)


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
        example = next(filter(None, names), "fer0000000.png")
        raise TrainingError(
            f"data: '{path}' names no picture of the folder; it expects names like '{example}' "
            "(Kaggle's folder has names of its own: use Kaggle's fer2013.csv with --votes instead)"
        )
    return votes

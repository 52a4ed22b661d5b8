"""Kaggle's `fer2013.csv` and `icml_face_data.csv`, and Microsoft's FER+ votes `fer2013new.csv`."""

from pathlib import Path

import numpy as np

from emotion.face.preprocess import FACE_SIZE
from training.common.errors import TrainingError
from training.face.datasets.faceset import SPLITS, VOTES, FaceSet, no_votes

PIXELS = FACE_SIZE * FACE_SIZE


def read_fer_csv(path: Path) -> FaceSet:
    """Read the columns emotion, Usage and pixels; `icml_face_data.csv` has blanks in their names.

    Raises:
        TrainingError: a column is missing or a row is not a labelled face of 48x48 pixels.
    """
    table = _read(path)
    _expect(path, table, ["emotion", "Usage", "pixels"])
    images = np.empty((len(table), FACE_SIZE, FACE_SIZE), np.uint8)
    for row, text in enumerate(table["pixels"]):
        values = _numbers(text)
        if len(values) != PIXELS or values.min() < 0 or values.max() > 255:
            raise TrainingError(
                f"data: row {row + 2} of '{path}' must hold {PIXELS} grey values of 0 to 255; "
                f"it holds {len(values)} numbers"
            )
        images[row] = np.reshape(values, (FACE_SIZE, FACE_SIZE))
    labels = table["emotion"].to_numpy()
    unknown = [label for label in table["emotion"].unique() if label not in range(7)]
    if unknown:
        raise TrainingError(
            f"data: emotion in '{path}' must be 0 to 6; found {', '.join(map(str, unknown[:5]))}"
        )
    return FaceSet(images, labels.astype(np.uint8), _splits(path, table), no_votes(len(table)))


def _numbers(text: object) -> np.ndarray:
    """Return a row's pixels; none where they are not all numbers."""
    try:
        return np.fromstring(str(text), np.int64, sep=" ")
    except ValueError:
        return np.empty(0, np.int64)


def read_votes(path: Path) -> tuple[list[str], np.ndarray]:
    """Read FER+ votes: the image names, '' where the authors left one out, and int8 (n, 10)."""
    table = _read(path)
    votes = _votes(path, table)
    return table["Image name"].astype(object).fillna("").tolist(), votes


def add_votes(faces: FaceSet, path: Path) -> FaceSet:
    """Return `faces`, rows in the order of Kaggle's CSV, with the votes of the same rows.

    Raises:
        TrainingError: the votes are for another number of faces, or not in the order that
            Microsoft gives them: a row is of another split than its face, a number does not rise.
    """
    table = _read(path)
    votes = _votes(path, table)
    if len(votes) != len(faces):
        raise TrainingError(
            f"data: '{path}' has votes for {len(votes)} faces, the data has {len(faces)}"
        )
    if "Usage" in table.columns:
        _expect_splits(path, _splits(path, table), faces.splits)
    _expect_rising(path, table["Image name"])
    return FaceSet(faces.images, faces.labels, faces.splits, votes)


def _votes(path: Path, table) -> np.ndarray:  # type: ignore[no-untyped-def]
    columns = list(table.columns)
    if "neutral" not in columns or len(columns) - columns.index("neutral") < VOTES:
        raise TrainingError(
            f"data: '{path}' must have ten columns of votes from 'neutral' on; it has "
            f"{', '.join(columns)}"
        )
    _expect(path, table, ["Image name"])
    first = columns.index("neutral")
    try:
        return np.asarray(table.iloc[:, first : first + VOTES].to_numpy(np.int8))
    except (ValueError, TypeError) as error:
        raise TrainingError(f"data: '{path}' has votes that are no whole numbers") from error


def _expect_rising(path: Path, names) -> None:  # type: ignore[no-untyped-def]
    """Refuse rows that are not in the order of their names, `fer0000000.png` and on."""
    numbers = names.astype(str).str.extract(r"^fer(\d{7})\.png$")[0].dropna().astype(int)
    falls = np.flatnonzero(np.diff(numbers) <= 0)
    if len(falls):
        row = numbers.index[falls[0] + 1]
        raise TrainingError(
            f"data: row {row + 2} of '{path}' is {names[row]}, behind one of a higher number; both "
            "files must be in the same order"
        )


def _expect_splits(path: Path, splits: np.ndarray, expected: np.ndarray) -> None:
    """Refuse votes in another order than the faces': joined by row, they would go to others."""
    different = np.flatnonzero(splits != expected)
    if len(different):
        row = different[0]
        raise TrainingError(
            f"data: row {row + 2} of '{path}' is of {SPLITS[splits[row]]}, that of the data is of "
            f"{SPLITS[expected[row]]}; both must be in the same order"
        )


def _read(path: Path):  # type: ignore[no-untyped-def]
    import pandas as pd

    try:
        return pd.read_csv(path, skipinitialspace=True, dtype={"Image name": str}).rename(
            columns=str.strip
        )
    except (OSError, ValueError) as error:
        raise TrainingError(f"data: '{path}' is not a readable CSV: {error}") from error


def _expect(path: Path, table, columns: list[str]) -> None:  # type: ignore[no-untyped-def]
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise TrainingError(
            f"data: '{path}' has no column '{missing[0]}'; found {', '.join(table.columns)}"
        )


def _splits(path: Path, table) -> np.ndarray:  # type: ignore[no-untyped-def]
    names = table["Usage"].astype(str).str.strip()
    unknown = set(names) - set(SPLITS)
    if unknown:
        raise TrainingError(
            f"data: Usage in '{path}' must be one of {', '.join(SPLITS)}; found "
            f"{', '.join(sorted(map(str, unknown)))}"
        )
    return names.map(SPLITS.index).to_numpy(np.uint8)

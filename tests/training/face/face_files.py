"""Faces as the files and folders that data sets come in."""

from pathlib import Path

import cv2
import numpy as np

from core.labels import EMOTIONS
from training.face.datasets import SPLITS, FaceSet

VOTE_COLUMNS = "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"


def write_csv(path: Path, faces: FaceSet, header: str = "emotion,Usage,pixels") -> Path:
    lines = [header]
    for image, label, split in zip(faces.images, faces.labels, faces.splits, strict=True):
        lines.append(f'{label},{SPLITS[split]},"{" ".join(map(str, image.ravel()))}"')
    path.write_text("\n".join(lines) + "\n")
    return path


def write_votes(
    path: Path, names: list[str], votes: np.ndarray, splits: np.ndarray | None = None
) -> Path:
    lines = [f"Image name,{VOTE_COLUMNS}"]
    lines += [f"{name},{','.join(map(str, row))}" for name, row in zip(names, votes, strict=True)]
    if splits is not None:
        usage = ["Usage", *(SPLITS[split] for split in splits)]
        lines = [f"{split},{line}" for split, line in zip(usage, lines, strict=True)]
    path.write_text("\n".join(lines) + "\n")
    return path


def write_folder(path: Path, faces: FaceSet, splits: tuple[str, ...]) -> Path:
    for index, image in enumerate(faces.images):
        folder = path / splits[faces.splits[index]] / EMOTIONS[faces.labels[index]]
        folder.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(folder / f"fer{index:07}.png"), image)
    return path


def assert_same(actual: FaceSet, expected: FaceSet) -> None:
    for name in ("images", "labels", "splits"):
        np.testing.assert_array_equal(getattr(actual, name), getattr(expected, name))

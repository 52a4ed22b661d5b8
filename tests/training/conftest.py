"""Faces for the training tests: seven kinds of drawn ones, and the real ones where they are."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT, shared_data

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from training.face.datasets import PRIVATE, PUBLIC, TRAINING, FaceSet
from training.face.recipe import Augmentation, CnnShape, Recipe, Stage

PER_CLASS = {TRAINING: 8, PUBLIC: 4, PRIVATE: 4}
QUICK = Recipe(
    model="cnn",
    cnn=CnnShape(blocks=3, filters=8, convolutions=1, dense=32),
    dropout=0.0,
    batch_size=14,
    learning_rate=0.01,
    augmentation=Augmentation(rotate=0, zoom=0, shift=0, erase=0),
)
"""What learns the drawn faces in some dozen epochs."""
TINY = Recipe(
    model="cnn",
    epochs=3,
    batch_size=8,
    mixup=0.3,
    cnn=CnnShape(blocks=2, filters=4, convolutions=1, dense=8),
    stages=(Stage(0.0, 24), Stage(0.6, 32)),
)
"""What is soon through a whole schedule, without having learned anything."""
COLUMN = (4, 5, 6, 1, 3, 2, 0)
"""Where FER+ counts the votes for each of FER2013's emotions."""


def draw(label: int, generator: np.random.Generator) -> np.ndarray:
    """Draw a bright bar at a height that the label sets, on noise."""
    face = generator.integers(40, 80, (48, 48)).astype(np.uint8)
    top = 3 + 6 * label + int(generator.integers(0, 3))
    face[top : top + 4, 8:40] = 230
    return face


def make_faces() -> FaceSet:
    """Draw 112 drawn faces of seven kinds in three splits, with votes that mostly agree."""
    generator = np.random.default_rng(0)
    rows = [
        (label, split)
        for split, count in PER_CLASS.items()
        for label in range(7)
        for _ in range(count)
    ]
    labels, splits = np.array(rows, np.uint8).T
    votes = np.zeros((len(rows), 10), np.int8)
    votes[np.arange(len(rows)), np.array(COLUMN)[labels]] = 8
    votes[:, 0] += 2
    return FaceSet(np.stack([draw(label, generator) for label in labels]), labels, splits, votes)


@pytest.fixture
def faces() -> FaceSet:
    """Drawn faces, of which a test may change its own."""
    return make_faces()


@pytest.fixture
def npz(tmp_path: Path, faces: FaceSet) -> Path:
    """The drawn faces as the archive that the commands read."""
    path = tmp_path / "faces.npz"
    np.savez(
        path,
        images=faces.images,
        labels=faces.labels,
        usage=faces.splits,
        ferplus_votes=faces.votes,
    )
    return path


@pytest.fixture
def recipe(tmp_path: Path) -> str:
    """The file of `TINY`."""
    path = tmp_path / "tiny.json"
    path.write_text(TINY.to_json())
    return str(path)


def train_in_turn(commands: list[list[str]], environment: dict[str, str]) -> None:
    """Run `training.train` with each of the arguments, in one process: a backend starts slowly."""
    lines = f"from training.face.train import main; assert not any(map(main, {commands}))"
    subprocess.run([sys.executable, "-c", lines], cwd=ROOT, env=environment, check=True)


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute a face trainer's steps one by one: a few cost less than compiling their graph."""
    from training.face.trainer import FaceTrainer

    always = property(lambda _: True, lambda _, value: None)
    monkeypatch.setattr(FaceTrainer, "run_eagerly", always, raising=False)


@pytest.fixture(scope="session")
def fer2013() -> Path:
    """The folder of FER2013, which a user's machine does not have."""
    return shared_data("FER2013", "fer2013")

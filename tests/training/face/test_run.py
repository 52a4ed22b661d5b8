"""A run in its folder: when it is checked, when it ends, and what it keeps."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from tests.training.conftest import TINY
from training.common.errors import TrainingError
from training.face.datasets import load
from training.face.predictors import KerasPredictor
from training.face.run import Run

# Keras 3.15 reads its variables in a way that NumPy 2 deprecates, when it saves a model.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.mark.usefixtures("eager")
def test_a_run_is_checked_as_often_as_its_recipe_says(tmp_path: Path, npz: Path) -> None:
    recipe = dataclasses.replace(TINY, epochs=5, check_every=2)
    run = Run(tmp_path, recipe, load(npz))
    run.train()
    assert [row["epoch"] for row in run.log] == [2, 4, 5]
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 4
    resumed = Run(tmp_path, recipe, load(npz))
    assert resumed.saved_epoch == 0
    resumed.resume()
    assert (resumed.saved_epoch, resumed.progress) == (5, 1)


@pytest.mark.usefixtures("eager")
def test_answers_that_are_no_numbers_end_the_run(tmp_path: Path, npz: Path) -> None:
    run = Run(tmp_path, TINY, load(npz))
    run.network.set_weights([np.full_like(array, np.nan) for array in run.network.get_weights()])
    with pytest.raises(TrainingError, match="PublicTest are no numbers; float32"):
        run.score_public()


@pytest.mark.usefixtures("eager")
def test_minutes_bound_the_run(tmp_path: Path, npz: Path) -> None:
    run = Run(tmp_path, TINY, load(npz))
    run.train(minutes=0.001)
    assert run.progress == 1
    assert run.epoch == 1


@pytest.mark.usefixtures("eager")
def test_what_diverges_keeps_the_start_and_the_last_good_epoch(tmp_path: Path, npz: Path) -> None:
    data = load(npz)
    good = Run(tmp_path / "good", dataclasses.replace(TINY, epochs=1), data)
    good.train()
    kept = (tmp_path / "good" / "last.npz").read_bytes()
    bad = Run(tmp_path / "good", dataclasses.replace(TINY, learning_rate=1e30), data)
    with pytest.raises(TrainingError, match="epoch 1: the loss is nan; no epoch is kept yet"):
        bad.train()
    assert (tmp_path / "good" / "last.npz").read_bytes() == kept

    begun = Run(tmp_path / "begun", dataclasses.replace(TINY, learning_rate=1e30), data)
    begun.start_from(tmp_path / "good" / "best.keras")
    with pytest.raises(TrainingError, match="the loss is nan"):
        begun.train()
    faces = list(data.images)
    one, other = (KerasPredictor(tmp_path / run / "best.keras") for run in ("good", "begun"))
    np.testing.assert_allclose(one.predict(faces).fer, other.predict(faces).fer, atol=1e-6)

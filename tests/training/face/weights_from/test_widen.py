"""A narrow network as the start of a wider one: what it answers is still there."""

import dataclasses
from pathlib import Path

import keras
import numpy as np
import pytest

from training.common.errors import TrainingError
from training.face.datasets import FaceSet
from training.face.models import build
from training.face.recipe import CnnShape, Recipe, Stage
from training.face.run import Run
from training.face.weights_from.widen import widen

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

NARROW = {
    "cnn": Recipe(model="cnn", cnn=CnnShape(blocks=2, filters=4, dense=16)),
    "vgg16": Recipe(model="vgg16", width=1 / 16),
    "resnet50v2": Recipe(model="resnet50v2", width=1 / 16),
}
WIDE = {
    "cnn": Recipe(model="cnn", cnn=CnnShape(blocks=2, filters=8, dense=32)),
    "vgg16": Recipe(model="vgg16", width=1 / 8),
    "resnet50v2": Recipe(model="resnet50v2", width=1 / 8),
}


@pytest.mark.parametrize("name", NARROW)
def test_the_answers_are_those_of_the_narrow_one(name: str) -> None:
    keras.utils.set_random_seed(1)
    narrow, wide = build(NARROW[name]), build(WIDE[name])
    assert wide.count_params() > 2 * narrow.count_params()
    faces = np.random.default_rng(0).uniform(0, 255, (4, 32, 32, 3)).astype("float32")
    before = np.asarray(wide(faces)["fer"])
    widen(wide, narrow)
    answers = np.asarray(narrow(faces)["fer"])
    assert not np.allclose(before, answers, atol=1e-3)
    np.testing.assert_allclose(wide(faces)["fer"], answers, atol=1e-5)


def test_new_channels_take_part_in_what_is_learned_then() -> None:
    keras.utils.set_random_seed(1)
    wide = build(WIDE["cnn"])
    widen(wide, build(NARROW["cnn"]))
    head = wide.get_layer("fer")
    assert not np.any(np.asarray(head.kernel)[16:])
    faces = np.random.default_rng(0).uniform(0, 255, (7, 32, 32, 3)).astype("float32")
    wide.compile(keras.optimizers.SGD(0.1), loss="categorical_crossentropy", run_eagerly=True)
    wanted = {"fer": np.eye(7, dtype="float32"), "ferplus": np.eye(8, dtype="float32")[:7]}
    wide.train_on_batch(faces, wanted)
    assert np.any(np.asarray(head.kernel)[16:])


@pytest.mark.usefixtures("eager")
def test_a_run_starts_from_a_narrower_one_and_refuses_a_wider(
    faces: FaceSet, tmp_path: Path
) -> None:
    small = dataclasses.replace(NARROW["cnn"], stages=(Stage(0.0, 32),))
    large = dataclasses.replace(WIDE["cnn"], stages=(Stage(0.0, 32),))
    for name, recipe in (("small", small), ("large", large)):
        build(recipe).save(tmp_path / f"{name}.keras")
    Run(tmp_path, large, faces).start_from(tmp_path / "small.keras")
    with pytest.raises(TrainingError, match="no saved cnn: .* does not fit into"):
        Run(tmp_path, small, faces).start_from(tmp_path / "large.keras")
    vgg16 = dataclasses.replace(NARROW["vgg16"], stages=small.stages)
    with pytest.raises(TrainingError, match="no saved vgg16: expected .* arrays of weights"):
        Run(tmp_path, vgg16, faces).start_from(tmp_path / "small.keras")

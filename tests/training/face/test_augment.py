import keras
import numpy as np
import pytest

from emotion.face.preprocess import to_model_input
from training.face.augment import augment
from training.face.datasets import FaceSet
from training.face.models import build
from training.face.recipe import Augmentation, CnnShape, Recipe, Stage
from training.face.trainer import FaceTrainer

NOTHING = {
    "flip": False,
    "rotate": 0,
    "zoom": 0,
    "shift": 0,
    "brightness": 0,
    "contrast": 0,
    "erase": 0,
}


def changed(faces: FaceSet, strength: float = 1.0, **ranges: float) -> tuple[np.ndarray, ...]:
    before = faces.images[..., None].astype(np.float32)
    seed = keras.random.SeedGenerator(3)
    after = augment(before, Augmentation(**{**NOTHING, **ranges}), np.float32(strength), seed)
    return before, np.array(after)


def test_no_range_changes_nothing(faces: FaceSet) -> None:
    before, after = changed(faces)
    np.testing.assert_allclose(after, before, atol=0.01)


def test_a_flip_mirrors_some_and_leaves_the_others(faces: FaceSet) -> None:
    before, after = changed(faces, flip=True)
    same = np.abs(after - before).max(axis=(1, 2, 3)) < 0.1
    mirrored = np.abs(after - before[:, :, ::-1]).max(axis=(1, 2, 3)) < 0.1
    assert (same | mirrored).all()
    assert 20 < same.sum() < 92


@pytest.mark.parametrize(
    "ranges",
    [
        {"rotate": 15},
        {"zoom": 0.2},
        {"shift": 0.1},
        {"brightness": 0.2},
        {"contrast": 0.3},
        {"erase": 1.0},
    ],
    ids=lambda ranges: next(iter(ranges)),
)
def test_each_range_changes_faces_but_not_their_limits(
    faces: FaceSet, ranges: dict[str, float]
) -> None:
    before, after = changed(faces, **ranges)
    assert (np.abs(after - before).max(axis=(1, 2, 3)) > 1).mean() > 0.9
    assert after.min() >= 0
    assert after.max() <= 255
    assert np.abs(after.mean() - before.mean()) < 20


def test_strength_scales_the_ranges(faces: FaceSet) -> None:
    before, full = changed(faces, brightness=0.2)
    _, tenth = changed(faces, strength=0.1, brightness=0.2)
    assert np.abs(tenth - before).mean() < 0.2 * np.abs(full - before).mean()


def test_an_erased_rectangle_has_one_grey(faces: FaceSet) -> None:
    before, after = changed(faces, erase=1.0)
    for old, new in zip(before, after, strict=True):
        erased = new[np.abs(new - old) > 0.5]
        assert np.ptp(erased) < 0.01
        assert len(erased) < 0.3 * 48 * 48


def test_faces_on_the_device_are_scaled_as_the_app_scales_them(faces: FaceSet) -> None:
    recipe = Recipe(model="cnn", cnn=CnnShape(blocks=1, filters=2), stages=(Stage(0.0, 64),))
    trainer = FaceTrainer(build(recipe), faces.images, recipe)
    batches = []
    trainer.network = lambda inputs, training: batches.append(np.array(inputs))
    trainer.call(np.arange(4, dtype="int32"))
    np.testing.assert_allclose(batches[0], to_model_input(list(faces.images[:4]), 64), atol=0.01)

import keras
import numpy as np
import pytest

from training.datasets import TRAINING, FaceSet
from training.errors import TrainingError
from training.models import MODELS, at_size, build
from training.recipe import Augmentation, CnnShape, Recipe, Stage
from training.targets import make_targets
from training.trainer import Batches, FaceTrainer, compile_trainer, make_optimizer

STILL = Augmentation(flip=False, rotate=0, zoom=0, shift=0, brightness=0, contrast=0, erase=0)
PLAIN = Recipe(
    cnn=CnnShape(blocks=3, filters=8, dense=32, block_dropout=0.0),
    dropout=0.0,
    drop_connect=0.0,
    batch_size=7,
    augmentation=STILL,
    stages=(Stage(0.0, 32),),
)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_each_model_learns_a_handful_of_faces(name: str, faces: FaceSet) -> None:
    recipe = Recipe(**{**vars(PLAIN), "model": name})
    keras.utils.set_random_seed(1)
    training = faces.split(TRAINING).take(np.arange(0, 56, 8))
    trainer = FaceTrainer(build(recipe), training.images, recipe)
    compile_trainer(trainer, make_optimizer(recipe))
    trainer.run_eagerly = True  # a few steps cost less than compiling the graph
    targets = make_targets(training.labels, training.votes, 0.0, 0.0)
    rows, answers, weights = Batches(targets, 7, seed=1, epoch=0)[0]
    losses = [
        float(trainer.train_on_batch(rows, answers, sample_weight=weights)[0]) for _ in range(3)
    ]
    assert np.isfinite(losses).all()
    assert min(losses[1:]) < losses[0]


def test_attention_weighs_without_changing_the_shape() -> None:
    network = build(Recipe(model="efficientnetb0", attention=True))
    assert {layer.name for layer in network.layers} >= {"cbam_channels", "cbam_places"}
    outputs = network(np.zeros((1, 32, 32, 3), np.float32))
    assert {name: tuple(value.shape) for name, value in outputs.items()} == {
        "fer": (1, 7),
        "ferplus": (1, 8),
    }


def test_a_model_of_one_size_answers_as_the_free_one() -> None:
    network = build(Recipe(**{**vars(PLAIN), "model": "cnn"}))
    faces = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype("float32")
    fixed = at_size(network, 32)
    assert fixed.input_shape == (None, 32, 32, 3)
    np.testing.assert_allclose(fixed(faces)["fer"], network(faces)["fer"], rtol=1e-5)


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(TrainingError, match="must be one of cnn, vgg16"):
        build(Recipe(model="alexnet"))

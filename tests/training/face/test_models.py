from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from emotion.face.preprocess import to_model_input
from tests.conftest import ROOT
from training.common.errors import TrainingError
from training.face.datasets import TRAINING, FaceSet
from training.face.models import MODELS, at_size, build
from training.face.models.efficientnet import PIXEL_DEVIATION, PIXEL_MEAN
from training.face.models.faster import with_faster_layers
from training.face.models.jax_layers import ShiftedDepthwiseConv2D
from training.face.models.tensorflow_layers import FASTER
from training.face.predictors import LiteRTPredictor
from training.face.recipe import Augmentation, CnnShape, Recipe, Stage
from training.face.targets import make_targets
from training.face.trainer import Batches, FaceTrainer, compile_trainer, make_optimizer
from training.face.weights_from.unfold import restore

STILL = Augmentation(flip=False, rotate=0, zoom=0, shift=0, brightness=0, contrast=0, erase=0)
PLAIN = Recipe(
    cnn=CnnShape(blocks=3, filters=8, dense=32, block_dropout=0.0),
    dropout=0.0,
    drop_connect=0.0,
    batch_size=7,
    augmentation=STILL,
    stages=(Stage(0.0, 32),),
)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(
    ("name", "attention"), [*((name, False) for name in sorted(MODELS)), ("efficientnetb0", True)]
)
def test_each_model_learns_a_handful_of_faces(name: str, attention: bool, faces: FaceSet) -> None:
    recipe = Recipe(**{**vars(PLAIN), "model": name, "attention": attention})
    keras.utils.set_random_seed(1)
    training = faces.split(TRAINING).take(np.arange(0, 56, 8))
    trainer = FaceTrainer(build(recipe), training.images, recipe)
    compile_trainer(trainer, make_optimizer(recipe))
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


# Keras 3.15 reads its variables in a way that NumPy 2 deprecates, when it saves a model.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_imagenets_weights_are_used_as_imagenet_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    application = keras.applications.EfficientNetB0
    published = application(include_top=False, weights=None)
    generator = np.random.default_rng(0)
    for layer in published.layers:
        if isinstance(layer, keras.layers.Normalization):
            # As in the file of Keras: the deviations, of which Keras takes the root twice.
            layer.set_weights([PIXEL_MEAN, PIXEL_DEVIATION, np.array(0)])
        elif isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([generator.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    path = tmp_path / "published.weights.h5"
    published.save_weights(path)
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", lambda *_, **__: str(path))
    theirs = application(include_top=False, weights="imagenet")
    ours = build(Recipe(model="efficientnetb0", imagenet=True))
    assert "layers begin with ImageNet's weights" in capsys.readouterr().err
    faces = generator.uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    answers = [
        np.asarray(keras.Model(network.input, network.get_layer(name).output)(faces))
        for network in (theirs, ours)
        for name in ("stem_activation", "top_activation")
    ]
    np.testing.assert_allclose(answers[2][:, 1:-1, 1:-1], answers[0][:, 1:-1, 1:-1], atol=1e-4)
    assert np.corrcoef(answers[3].ravel(), answers[1].ravel())[0, 1] > 0.9


def test_without_imagenets_weights_it_begins_from_scratch(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def offline(*_: object, **__: object) -> str:
        raise OSError("no network")

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", offline)
    network = build(Recipe(model="efficientnetb0", imagenet=True))
    assert "cannot be had (no network): starting from scratch" in capsys.readouterr().err
    assert float(np.abs(network.get_layer("stem_bn").moving_mean).max()) == 0


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(TrainingError, match="must be one of cnn, vgg16"):
        build(Recipe(model="alexnet"))


def step(network: keras.Model, faces: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the answers while training, and all weights after a step of plain descent."""
    answers = np.asarray(network(faces, training=True)["fer"])
    network.compile(keras.optimizers.SGD(0.1), loss="mse", run_eagerly=True)
    wanted = {"fer": np.eye(7, dtype="float32")[:6], "ferplus": np.eye(8, dtype="float32")[:6]}
    network.train_on_batch(faces, wanted)
    return answers, network.get_weights()


@pytest.mark.parametrize(("model", "count"), [("efficientnetb0", 65), ("resnet50v2", 49)])
def test_faster_layers_learn_as_keras_own(model: str, count: int) -> None:
    width = 1 / 8 if model == "resnet50v2" else 1.0
    recipe = Recipe(model=model, width=width, dropout=0.0, drop_connect=0.0)
    keras.utils.set_random_seed(1)
    plain = build(recipe)
    faster = with_faster_layers(plain)
    replaced = [layer for layer in faster._flatten_layers() if type(layer) in FASTER.values()]
    assert len(replaced) == count
    # At 64 pixels, the last stages see 2 x 2, where kernels are cropped.
    faces = np.random.default_rng(0).uniform(0, 255, (6, 64, 64, 3)).astype("float32")
    (answers, weights), (fast_answers, fast_weights) = step(plain, faces), step(faster, faces)
    np.testing.assert_allclose(fast_answers, answers, atol=1e-4)
    for one, other in zip(weights, fast_weights, strict=True):
        np.testing.assert_allclose(other, one, atol=1e-3)


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((12, 12), {"kernel_size": 3, "padding": "same"}),
        ((3, 3), {"kernel_size": 5, "padding": "same"}),
        ((9, 12), {"kernel_size": 5, "strides": 2, "padding": "same"}),
        ((13, 13), {"kernel_size": 3, "strides": 2, "padding": "valid"}),
        ((12, 12), {"kernel_size": 4, "padding": "same"}),
        ((12, 12), {"kernel_size": 3, "padding": "same", "dtype": "mixed_bfloat16"}),
        ((12, 12), {"kernel_size": 3, "use_bias": True, "bias_initializer": "ones"}),
        ((12, 12), {"kernel_size": 3, "activation": "relu"}),
        ((12, 12), {"kernel_size": 3, "dilation_rate": 2}),
        ((12, 12), {"kernel_size": 3, "depth_multiplier": 2}),
    ],
)
def test_shifted_pictures_sum_up_to_a_depthwise_convolution(
    shape: tuple[int, int], options: dict[str, Any]
) -> None:
    # It is of Keras' own operations, so that TensorFlow tells as well what it computes.
    keras.utils.set_random_seed(1)
    faces = np.random.default_rng(0).normal(size=(4, *shape, 8)).astype("float32")
    own = keras.layers.DepthwiseConv2D(**{"use_bias": False, **options})
    shifted = ShiftedDepthwiseConv2D(**{"use_bias": False, **options})
    wanted = own(faces)
    shifted.build(faces.shape)
    shifted.set_weights(own.get_weights())
    got = shifted(faces)
    assert got.dtype == wanted.dtype
    rounding = 0.03 if "dtype" in options else 1e-5
    np.testing.assert_allclose(np.float32(got), np.float32(wanted), atol=rounding)


def test_the_shipped_weights_can_be_trained_on(faces: FaceSet) -> None:
    shipped = ROOT / "weights" / "efficientnetb3.tflite"
    network = build(Recipe(dropout=0.0, drop_connect=0.0))
    images = list(faces.images[:64])
    exported = LiteRTPredictor(shipped)
    restore(network, shipped, exported.size, images)
    inputs = to_model_input(images, exported.size)
    answers = network(inputs)["fer"]
    np.testing.assert_allclose(answers, exported.predict(images).fer, atol=1e-4)
    # These faces' statistics are the moving ones now, so that training begins where this ends.
    np.testing.assert_allclose(network(inputs, training=True)["fer"], answers, atol=1e-3)


def test_weights_of_another_network_are_refused(faces: FaceSet) -> None:
    network = build(Recipe(model="efficientnetb0"))
    with pytest.raises(TrainingError, match="expected .* for 'stem_conv', found"):
        restore(network, ROOT / "weights" / "efficientnetb3.tflite", 64, list(faces.images))
    with pytest.raises(TrainingError, match="float16 weights of 'stem_conv'"):
        restore(network, ROOT / "weights" / "speech.tflite", 64, list(faces.images))

"""A ResNet50 as a start for ResNet50V2: what it computes is still there, others are refused."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from emotion.face.preprocess import to_model_input
from training.common.errors import TrainingError
from training.experiments.first_resnet import first_resnet, lay_in
from training.experiments.layers_model import read_layers_model
from training.face.datasets import TRAINING, FaceSet
from training.face.models import build
from training.face.recipe import Recipe, Stage
from training.face.run import Run
from training.face.weights_from.saved import load_keras

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SIZE = 32
PARTS = ("gamma", "beta", "moving_mean", "moving_variance")
FACES = list(np.random.default_rng(1).integers(0, 256, (8, 48, 48), np.uint8))


def reference() -> Any:
    """Return Keras' ResNet50 as it was trained in 2019, but with its first stride left out."""
    network = keras.applications.ResNet50(
        include_top=False, weights=None, input_shape=(SIZE, SIZE, 3)
    )
    config = network.get_config()
    for layer in config["layers"]:
        layer.pop("build_config", None)
        if layer["class_name"] == "BatchNormalization":
            layer["config"]["epsilon"] = 1e-3
        if layer["name"] == "conv1_conv":
            layer["config"]["strides"] = (1, 1)
    return keras.Model.from_config(config)


def randomise(network: Any, cut_off: bool) -> None:
    """Give a ResNet50 weights; without `cut_off`, all that it adds up is far from negative."""
    noise = np.random.default_rng(0)
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernel, bias = layer.get_weights()
            kernel = noise.normal(0, np.sqrt(1 / np.prod(kernel.shape[:-1])), kernel.shape)
            if layer.name == "conv1_conv":
                # Its padding is ImageNet's mean there, and grey here: the middle sees neither.
                middle, kernel = kernel[3, 3] / 20, np.zeros_like(kernel)
                kernel[3, 3] = middle
            layer.set_weights([kernel, noise.normal(0, 0.1, bias.shape)])
        elif isinstance(layer, keras.layers.BatchNormalization):
            channels = layer.gamma.shape
            high = not cut_off and layer.name.endswith(("_0_bn", "_3_bn"))
            layer.set_weights(
                [
                    noise.uniform(0.1, 0.3, channels) / (30 if high else 1),
                    noise.normal(4 if high else 0, 0.1, channels),
                    noise.normal(0, 0.1, channels),
                    noise.uniform(0.01, 1, channels),
                ]
            )


def file_name(layer: str) -> str:
    """Return what the layers of 2019 were called."""
    stem, _, kind = layer.rpartition("_")
    if stem == "conv1":
        return {"conv": "conv1", "bn": "bn_conv1"}[kind]
    stack, block, part = stem.removeprefix("conv").split("_")
    letter = "abcdef"[int(block.removeprefix("block")) - 1]
    branch = "1" if part == "0" else "2" + "abc"[int(part) - 1]
    return f"{'res' if kind == 'conv' else 'bn'}{stack}{letter}_branch{branch}"


def save(network: Any, folder: Path) -> Path:
    """Write a ResNet50 as the converter for TensorFlow.js does, in two files."""
    arrays = {
        f"{file_name(layer.name)}/{part}": array
        for layer in network.layers
        if isinstance(layer, keras.layers.Conv2D | keras.layers.BatchNormalization)
        for part, array in zip(
            ("kernel", "bias") if isinstance(layer, keras.layers.Conv2D) else PARTS,
            layer.get_weights(),
            strict=True,
        )
    }
    data = b"".join(array.astype("<f4").tobytes() for array in arrays.values())
    for name, part in (("a.bin", data[:1000]), ("b.bin", data[1000:])):
        (folder / name).write_bytes(part)
    entries = [
        {"name": name, "shape": list(array.shape), "dtype": "float32"}
        for name, array in arrays.items()
    ]
    manifest = [{"paths": ["a.bin", "b.bin"], "weights": entries}]
    path = folder / "model.json"
    path.write_text(json.dumps({"format": "layers-model", "weightsManifest": manifest}))
    return path


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """A ResNet50 that cuts off at zero, as trained ones do, and its file."""
    network = reference()
    randomise(network, cut_off=True)
    return network, save(network, tmp_path_factory.mktemp("resnet50"))


def features(network: Any, inputs: np.ndarray, *layers: str) -> list[np.ndarray]:
    """Return what layers of a network give."""
    part = keras.Model(network.input, [network.get_layer(name).output for name in layers])
    return [np.asarray(array) for array in keras.tree.flatten(part(inputs))]


def v1_features(network: Any, *layers: str) -> list[np.ndarray]:
    """Return what layers of ResNet50 give for the faces."""
    faces = to_model_input(FACES, SIZE)
    return features(network, keras.applications.resnet.preprocess_input(faces), *layers)


def v2_features(network: Any, *layers: str) -> list[np.ndarray]:
    """Return what layers of the backbone of ResNet50V2 give for the faces."""
    return features(backbone(network), to_model_input(FACES, SIZE) / 127.5 - 1, *layers)


def backbone(network: Any) -> Any:
    return next(layer for layer in network.layers if isinstance(layer, keras.Model))


def test_what_the_resnet_computes_is_still_there(tmp_path: Path) -> None:
    first, second = reference(), build(Recipe(model="resnet50v2"))
    randomise(first, cut_off=False)
    lay_in(second, read_layers_model(save(first, tmp_path)), SIZE, FACES)
    theirs = v1_features(first, "conv3_block2_out", "conv5_block3_out")
    ours = v2_features(second, "conv3_block3_preact_relu", "post_relu")
    for expected, actual in zip(theirs, ours, strict=True):
        assert expected.min() > 1
        assert expected.std(axis=(0, 1, 2)).mean() > 0.003
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-4)


def test_red_stays_red(cut_off: tuple[Any, Path]) -> None:
    first, path = cut_off
    pictures = np.random.default_rng(2).uniform(0, 255, (2, SIZE, SIZE, 3)).astype("float32")
    ours = first_resnet(read_layers_model(path))
    (actual,) = features(ours, pictures / 127.5 - 1, "conv2_block1_out")
    blue_first = keras.applications.resnet.preprocess_input(pictures.copy())
    (expected,) = features(first, blue_first, "conv2_block1_out")
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4)


def test_where_it_cuts_off_the_means_stay(cut_off: tuple[Any, Path]) -> None:
    first, path = cut_off
    second = build(Recipe(model="resnet50v2"))
    lay_in(second, read_layers_model(path), SIZE, FACES)
    # V2 has strided already where the first ResNet does so in the block behind.
    strided, theirs = v1_features(first, "conv3_block4_out", "conv4_block5_out")
    names = ("conv4_block1_preact_relu", "conv4_block5_out", "conv4_block6_preact_relu")
    ours_strided, before, ours = v2_features(second, *names)
    assert 0.1 < (theirs == 0).mean() < 0.9
    assert np.abs(theirs - ours).max() > 0.05
    for expected, actual in ((strided[:, ::2, ::2], ours_strided), (theirs, ours)):
        means = expected.mean(axis=(0, 1, 2))
        np.testing.assert_allclose(actual.mean(axis=(0, 1, 2)), means, atol=1e-3)
    # Training normalises by a batch's own statistics: it begins with the same.
    layer = backbone(second).get_layer("conv4_block6_preact_bn")
    resting, training = (np.asarray(layer(before, training=mode)) for mode in (False, True))
    np.testing.assert_allclose(training, resting, atol=1e-3)


@pytest.mark.usefixtures("eager")
def test_a_run_starts_from_its_file(
    cut_off: tuple[Any, Path], faces: FaceSet, tmp_path: Path
) -> None:
    first, path = cut_off
    some = faces.take((faces.splits != TRAINING) | (np.arange(len(faces)) % 8 == 0))
    run = Run(tmp_path, Recipe(model="resnet50v2", stages=(Stage(0.0, SIZE),)), some)
    run.start_from(path)
    network = load_keras(tmp_path / "best.keras")
    for loaded in (backbone(run.network), backbone(network)):
        (kernel,) = loaded.get_layer("conv4_block2_2_conv").get_weights()
        expected, _ = first.get_layer("conv4_block2_2_conv").get_weights()
        np.testing.assert_array_equal(kernel, expected)


def test_what_is_no_such_resnet_is_refused(cut_off: tuple[Any, Path]) -> None:
    weights = read_layers_model(cut_off[1])
    network = build(Recipe(model="resnet50v2"))
    with pytest.raises(TrainingError, match="into vgg16: no ResNet50V2"):
        lay_in(build(Recipe(model="vgg16", width=0.125)), weights, SIZE, FACES)
    with pytest.raises(TrainingError, match="into resnet50v2: .*conv5_block3_1_conv"):
        lay_in(network, {**weights, "res5c_branch2a/kernel": weights["conv1/kernel"]}, SIZE, FACES)
    del weights["bn4d_branch2b/beta"]
    with pytest.raises(TrainingError, match="bn4d_branch2b/beta"):
        lay_in(network, weights, SIZE, FACES)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    manifest: dict[str, Any] = {
        "paths": ["a.bin"],
        "weights": [{"name": "a", "shape": [2, 2], "dtype": "float32"}],
    }

    def written(content: Any) -> Path:
        path.write_text(json.dumps(content))
        return path

    whole = {"weightsManifest": [manifest]}
    with pytest.raises(TrainingError, match=r"model\.json' is no whole model of TensorFlow\.js"):
        read_layers_model(path)
    with pytest.raises(TrainingError, match=r"a\.bin"):
        read_layers_model(written(whole))
    (tmp_path / "a.bin").write_bytes(np.arange(4, dtype="<f4").tobytes())
    assert read_layers_model(path)["a"].tolist() == [[0, 1], [2, 3]]
    (tmp_path / "a.bin").write_bytes(bytes(15))
    with pytest.raises(TrainingError, match="no whole model"):
        read_layers_model(path)
    for content in ([], {}, {"weightsManifest": [{}]}, {"weightsManifest": 3}):
        with pytest.raises(TrainingError, match="no whole model"):
            read_layers_model(written(content))
    manifest["weights"][0]["quantization"] = {"dtype": "uint8", "min": 0, "scale": 1}
    with pytest.raises(TrainingError, match="a is no float32"):
        read_layers_model(written(whole))

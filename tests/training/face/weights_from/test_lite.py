"""EfficientNet-Lite as a start: what it computes is still there, and what is none is refused."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

from training.common.errors import TrainingError
from training.face.models import build
from training.face.recipe import Recipe
from training.face.weights_from.lite import SHARPER, lay_in, read_lite

STAGES = (
    (8, 1, 3, 1),
    (12, 1, 3, 2),
    (16, 2, 5, 2),
    (20, 2, 3, 2),
    (24, 2, 5, 1),
    (28, 3, 5, 2),
    (32, 1, 3, 1),
)
"""Width, blocks, kernel and stride of a small Lite, which fits into B0."""
STEM, TOP = 16, 64


def units() -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Name each convolution, the normalisation behind it, and the shape that Keras gives it."""
    yield "_conv_stem", "_bn0", (3, 3, 3, STEM)
    inputs, number = STEM, 0
    for width, blocks, edge, _ in STAGES:
        for _ in range(blocks):
            block, inner = f"_blocks.{number}.", inputs * (6 if number else 1)
            if number:
                yield f"{block}_expand_conv", f"{block}_bn0", (1, 1, inputs, inner)
            yield f"{block}_depthwise_conv", f"{block}_bn1", (edge, edge, inner, 1)
            yield f"{block}_project_conv", f"{block}_bn2", (1, 1, inner, width)
            inputs, number = width, number + 1
    yield "_conv_head", "_bn1", (1, 1, inputs, TOP)


@pytest.fixture
def lite() -> dict[str, np.ndarray]:
    """Return a Lite of random weights."""
    noise = np.random.default_rng(0)
    arrays = {}
    for convolution, normalisation, shape in units():
        kernel = noise.normal(0, np.sqrt(2 / (shape[0] * shape[1] * shape[2])), shape)
        if "depthwise" in convolution:
            kernel *= np.sqrt(shape[2])
        if convolution == "_conv_stem":
            kernel[-1, :] = kernel[:, -1] = 0  # the padding is grey for Lite, and black for ours
        channels = shape[2] if "depthwise" in convolution else shape[3]
        arrays[f"{convolution}.weight"] = kernel
        arrays[f"{normalisation}.weight"] = noise.uniform(0.5, 1.5, channels)
        arrays[f"{normalisation}.bias"] = noise.normal(0, 0.5, channels)
        arrays[f"{normalisation}.running_mean"] = noise.normal(0, 0.5, channels)
        arrays[f"{normalisation}.running_var"] = noise.uniform(0.5, 2, channels)
    return {name: array.astype("float32") for name, array in arrays.items()}


def answer(lite: dict[str, np.ndarray], pixels: np.ndarray) -> Any:
    """Compute Lite's features (batch, height, width, TOP), by the paper's blocks."""

    def normalise(x: Any, name: str) -> Any:
        scale = lite[f"{name}.weight"] / np.sqrt(lite[f"{name}.running_var"] + 1e-3)
        return (x - lite[f"{name}.running_mean"]) * scale + lite[f"{name}.bias"]

    def convolve(x: Any, name: str, strides: int = 1) -> Any:
        operation = ops.depthwise_conv if "depthwise" in name else ops.conv
        return operation(x, lite[f"{name}.weight"], strides=strides, padding="same")

    x = ops.relu6(normalise(convolve((pixels - 127) / 128, "_conv_stem", 2), "_bn0"))
    number = 0
    for _, blocks, _, stride in STAGES:
        for index in range(blocks):
            block, before = f"_blocks.{number}.", x
            if number:
                x = ops.relu6(normalise(convolve(x, f"{block}_expand_conv"), f"{block}_bn0"))
            x = convolve(x, f"{block}_depthwise_conv", 1 if index else stride)
            x = ops.relu6(normalise(x, f"{block}_bn1"))
            x = normalise(convolve(x, f"{block}_project_conv"), f"{block}_bn2")
            x = x + before if index else x
            number += 1
    return ops.relu6(normalise(convolve(x, "_conv_head"), "_bn1"))


def with_relu6(layer: Any) -> Any:
    """Copy a layer, but a swish as the ReLU6 that it stands for."""
    config = layer.get_config()
    if config.get("activation") not in ("silu", "swish"):
        return type(layer).from_config(config)
    if isinstance(layer, keras.layers.Conv2D):  # the excitation's
        return type(layer).from_config({**config, "activation": "relu"})
    sharper = 1.0 if layer.name == "top_activation" else SHARPER
    clipped: Callable[[Any], Any] = lambda x: ops.relu6(x / sharper) * sharper  # noqa: E731
    return keras.layers.Activation(clipped, name=layer.name)


def test_what_lite_computes_is_still_there(lite: dict[str, np.ndarray]) -> None:
    network = keras.models.clone_model(
        build(Recipe(model="efficientnetb0")), clone_function=with_relu6
    )
    lay_in(network, lite)
    features = keras.Model(network.input, network.get_layer("top_activation").output)
    pixels = np.random.default_rng(1).uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    ours, theirs = np.asarray(features(pixels))[..., :TOP], np.asarray(answer(lite, pixels))
    assert theirs.std() > 0.1
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_a_network_that_does_not_fit_is_refused(lite: dict[str, np.ndarray]) -> None:
    network = build(Recipe(model="efficientnetb0"))
    wide = {**lite, "_conv_head.weight": np.zeros((1, 1, 32, 2000), "float32")}
    with pytest.raises(
        TrainingError,
        match=r"efficientnetb0: top_conv: Lite's \(1, 1, 32, 2000\) does not",
    ):
        lay_in(network, wide)
    deep = {**lite, "_blocks.1._bn2.bias": np.zeros(8), "_blocks.2._bn2.bias": np.zeros(8)}
    with pytest.raises(TrainingError, match="3 blocks for the 1 of block1a"):
        lay_in(network, deep)
    with pytest.raises(TrainingError, match="_conv_stem.weight"):
        lay_in(network, {})


def test_without_pytorch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # an import of it fails then
    with pytest.raises(TrainingError, match="pip install torch"):
        read_lite(Path("lite.pth"))


def test_a_file_of_pytorch_is_read_as_keras_has_it(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch, which reads a .pth, is not installed")
    path = tmp_path / "lite.pth"
    shapes = {"_conv_stem": (16, 3, 3, 3), "_blocks.0._depthwise_conv": (16, 1, 5, 5)}
    torch.save({f"{name}.weight": torch.ones(shape) for name, shape in shapes.items()}, path)
    assert [array.shape for array in read_lite(path).values()] == [(3, 3, 3, 16), (5, 5, 16, 1)]
    path.write_bytes(b"no such thing")
    with pytest.raises(TrainingError, match=r"lite\.pth' cannot be read"):
        read_lite(path)

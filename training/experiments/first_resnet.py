"""ImageNet's knowledge from a ResNet50 (He 2015, arXiv 1512.03385), for ResNet50V2.

Both have the same convolutions in the same places: V2 strides one block earlier, and so samples the
same pixels. But V2 normalises and rectifies before a block, and the first one behind it: what the
first cuts off at zero, V2 carries on to the blocks behind, which then begin lower. An offset for
each channel before each block makes the means of what they see the same again.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from emotion.face.preprocess import to_model_input
from training.common.errors import TrainingError
from training.experiments.layers_model import read_layers_model
from training.face.datasets import FaceSet
from training.face.models.resnet import less_strided
from training.face.weights_from.imagenet import lift_mean
from training.face.weights_from.start import READERS

Weights = dict[str, np.ndarray]

STACKS = {2: "abc", 3: "abcd", 4: "abcdef", 5: "abc"}
"""Blocks of each stack, as the file has them: `res2a_branch2b` is our `conv2_block1_2_conv`."""
BRANCHES = {"1": "0", "2a": "1", "2b": "2", "2c": "3"}
EPSILON = 1e-3
"""Of the normalisations that the file was trained with."""
MEAN = np.array([103.939, 116.779, 123.68])
"""ImageNet's pixel, in the order blue, green, red, that the file's input has: taken off it."""
GREY = 127.5
"""Our input is (pixel - GREY) / GREY, red first."""
BATCH = 64
HALVINGS = 20


def lay_in(network: Any, weights: Weights, size: int, faces: Sequence[np.ndarray]) -> None:
    """Give a ResNet50V2 the weights of a ResNet50.

    Args:
        network: as `training.face.models.build` makes it, of width 1.
        weights: as `read_layers_model` returns them of `keras.applications.ResNet50` of 2019.
        size: edge of the input in pixels.
        faces: training faces as `emotion.face.preprocess` takes them; 256 did.

    Raises:
        TrainingError: a part of it is missing, or has no place. What else there is, is left.
    """
    second = next((layer for layer in network.layers if isinstance(layer, keras.Model)), None)
    try:
        if second is None:
            raise ValueError("no ResNet50V2")
        first = first_resnet(weights)
        _copy(_by_name(first), _by_name(second))
    except (KeyError, ValueError) as error:
        raise TrainingError(f"start: no ResNet50 that fits into {network.name}: {error}") from error
    inputs = to_model_input(faces, size)
    _match_means(first, second, (inputs - GREY) / GREY)


def from_resnet50(network: Any, path: Path, size: int, training: FaceSet) -> None:
    """Read a `model.json`: `--start` takes it once this module is imported."""
    lay_in(network, read_layers_model(path), size, training.some(256))


READERS[".json"] = from_resnet50


def first_resnet(weights: Weights) -> Any:
    """Build the ResNet50 itself, strided as ours and for our input, without its top."""
    network = less_strided(keras.applications.ResNet50)
    layers = _by_name(network)
    for theirs, ours in _names():
        kernel, bias = weights[f"res{theirs}/kernel"], weights[f"res{theirs}/bias"]
        layers[f"{ours}_conv"].set_weights([kernel, bias])
        _set_normalisation(layers[f"{ours}_bn"], weights, f"bn{theirs}")
    kernel = weights["conv1/kernel"]
    layers["conv1_conv"].set_weights([kernel[:, :, ::-1] * GREY, weights["conv1/bias"]])
    _set_normalisation(layers["conv1_bn"], weights, "bn_conv1")
    lift_mean(layers["conv1_bn"], (kernel * (MEAN - GREY)[:, None]).sum(axis=(0, 1, 2)))
    return network


def _names() -> Iterator[tuple[str, str]]:
    """Pair the file's name of each convolution in the stacks with ours, without their ends."""
    for stack, blocks in STACKS.items():
        for number, block in enumerate(blocks, start=1):
            for branch, part in BRANCHES.items():
                if branch != "1" or number == 1:
                    yield f"{stack}{block}_branch{branch}", f"conv{stack}_block{number}_{part}"


def _by_name(network: Any) -> dict[str, Any]:
    return {layer.name: layer for layer in network.layers}


def _set_normalisation(layer: Any, weights: Weights, name: str) -> None:
    gamma, beta, mean, variance = (
        weights[f"{name}/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    layer.set_weights([gamma, beta, mean, variance + EPSILON - layer.epsilon])


def _copy(first: dict[str, Any], second: dict[str, Any]) -> None:
    """Copy the convolutions and what normalises them: into V2's kernels where it has none."""
    for ours in ["conv1", *(ours for _, ours in _names())]:
        kernel, bias = first[f"{ours}_conv"].get_weights()
        gamma, beta, mean, variance = first[f"{ours}_bn"].get_weights()
        normalisation = second.get(f"{ours}_bn")
        if normalisation is None:
            scale = gamma / np.sqrt(variance + first[f"{ours}_bn"].epsilon)
            second[f"{ours}_conv"].set_weights([kernel * scale, (bias - mean) * scale + beta])
        else:
            second[f"{ours}_conv"].set_weights([kernel])
            normalisation.set_weights([gamma, beta, mean - bias, variance])


def _match_means(first: Any, second: Any, inputs: np.ndarray) -> None:
    """Let what stands before each block of `second` be as active, on average, as in `first`."""
    blocks = [layer.name for layer in first.layers if layer.name.endswith("_out")]
    befores = [layer for layer in second.layers if layer.name.endswith(("preact_bn", "post_bn"))]
    for name, layer in zip(["pool1_pool", *blocks], befores, strict=True):
        target = _activations(first, first.get_layer(name).output, inputs)
        before = _activations(second, layer.input, inputs)
        stride = round(target.shape[1] / before.shape[1])
        wanted = np.mean(target[:, ::stride, ::stride], axis=(0, 1, 2))
        mean, variance = before.mean(axis=(0, 1, 2)), before.var(axis=(0, 1, 2))
        deviation = np.sqrt(variance + layer.epsilon)
        layer.set_weights([deviation, mean + _offset(before, wanted), mean, variance])


def _activations(network: Any, output: Any, inputs: np.ndarray) -> np.ndarray:
    part = keras.Model(network.input, output)  # called by itself: to compile each takes longer
    batches = [part(inputs[at : at + BATCH]) for at in range(0, len(inputs), BATCH)]
    arrays = [keras.ops.convert_to_numpy(batch).astype(np.float32) for batch in batches]
    return np.concatenate(arrays)


def _offset(values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Search what to add to each channel so that its positive part has the mean `wanted`."""
    least, most = -values.max(axis=(0, 1, 2)), wanted - values.min(axis=(0, 1, 2))
    for _ in range(HALVINGS):
        middle = (least + most) / 2
        too_much = np.maximum(values + middle, 0).mean(axis=(0, 1, 2)) > wanted
        least, most = np.where(too_much, least, middle), np.where(too_much, middle, most)
    return (least + most) / 2

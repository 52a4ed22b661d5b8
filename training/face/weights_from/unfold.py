"""Take the weights of an exported `.tflite` back into Keras, to go on training from what ships.

An export folds each batch normalisation into the convolution before it. Here each gets a scale
and an offset of its own again: those that leave the answers as they are, and the activations'
statistics as the training faces give them.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from emotion.face.preprocess import to_model_input
from inference.litert import load_interpreter
from training.common.errors import TrainingError

BATCH = 64


def restore(network: Any, path: Path, size: int, faces: Sequence[np.ndarray]) -> None:
    """Give `network` the weights of a float16 LiteRT file of the same architecture.

    Args:
        network: as `training.face.models.build` makes it.
        path: a file that `training.export` wrote as float16.
        size: edge of the input in pixels.
        faces: training faces as `emotion.face.preprocess` takes them; 512 did.

    Raises:
        TrainingError: the file is of another architecture or format.
        WeightsError: it is damaged.
    """
    if any(isinstance(layer, keras.Model) for layer in network.layers):
        raise TrainingError("start: a .tflite cannot begin this network; name a .keras")
    constants = _read_constants(path)
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
            _set_convolution(network, layer, constants)
        elif isinstance(layer, keras.layers.Dense):
            kernel, bias = _constants_of(layer, constants)
            layer.set_weights([kernel.T, bias])
    _spread_statistics(network, to_model_input(faces, size))


def _read_constants(path: Path) -> dict[str, np.ndarray]:
    interpreter = load_interpreter(path, threads=1)
    return {
        details["name"]: interpreter.get_tensor(details["index"]).astype(np.float32)
        for details in interpreter.get_tensor_details()
        if details["dtype"] is np.float16
    }


def _constants_of(layer: Any, constants: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return a layer's kernel and bias, found by its name in theirs."""
    own = re.compile(rf"(^|/){re.escape(layer.name)}(_\d+)?/")
    arrays = [array for name, array in constants.items() if own.search(name)]
    kernels = [array for array in arrays if array.ndim > 1]
    biases = [array for array in arrays if array.ndim == 1]
    if len(kernels) != 1 or len(biases) != 1:
        raise TrainingError(
            f"start: expected the float16 weights of '{layer.name}', one kernel and one bias; "
            f"found {len(kernels)} and {len(biases)}"
        )
    return kernels[0], biases[0]


def _set_convolution(network: Any, layer: Any, constants: dict[str, np.ndarray]) -> None:
    kernel, bias = _constants_of(layer, constants)
    # LiteRT: (out, height, width, in), and (1, height, width, channels) for a depthwise one.
    kernel = kernel.transpose(1, 2, 3, 0)
    if kernel.shape != tuple(layer.kernel.shape):
        raise TrainingError(
            f"start: expected {tuple(layer.kernel.shape)} for '{layer.name}', found {kernel.shape}"
        )
    if layer is next(each for each in network.layers if isinstance(each, keras.layers.Conv2D)):
        for scaling in _layers(network, keras.layers.Rescaling):
            kernel = kernel / np.float32(scaling.scale)  # the export folded this in, too
    layer.kernel.assign(kernel)
    if layer.use_bias:
        layer.bias.assign(bias)
        return
    ours = [n for n in _layers(network, keras.layers.BatchNormalization) if n.input is layer.output]
    if len(ours) != 1:
        raise TrainingError(f"start: no normalisation behind '{layer.name}' to take its bias")
    nothing, one = np.zeros_like(bias), np.ones_like(bias)
    ours[0].set_weights([one, bias, nothing, one - ours[0].epsilon])


def _layers(network: Any, kind: type) -> list[Any]:
    return [layer for layer in network.layers if isinstance(layer, kind)]


def _spread_statistics(network: Any, inputs: np.ndarray) -> None:
    """Let each normalisation divide by its inputs' own deviation, and multiply by it again."""
    layers = _layers(network, keras.layers.BatchNormalization)
    watcher = keras.Model(network.inputs, [layer.input for layer in layers])
    sums = [np.zeros((2, layer.gamma.shape[0])) for layer in layers]
    counts = np.zeros(len(layers))
    for begin in range(0, len(inputs), BATCH):
        activations = watcher.predict_on_batch(inputs[begin : begin + BATCH])
        for index, values in enumerate(activations):
            flat = np.asarray(values, np.float64).reshape(-1, values.shape[-1])
            sums[index] += flat.sum(axis=0), np.square(flat).sum(axis=0)
            counts[index] += len(flat)
    for layer, (total, squares), count in zip(layers, sums, counts, strict=True):
        mean = total / count
        variance = np.maximum(squares / count - mean**2, 0)
        _, bias, _, _ = layer.get_weights()
        layer.set_weights([np.sqrt(variance + layer.epsilon), bias + mean, mean, variance])

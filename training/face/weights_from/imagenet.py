"""ImageNet's weights as a start, where this machine can get them."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


def copy_imagenet(backbone: Any, application: Callable[..., Any]) -> int:
    """Copy ImageNet's weights into the layers of the same shapes, in their order.

    Args:
        backbone: a network built like `application`'s, whatever its strides.
        application: a function of `keras.applications`.

    Returns:
        The number of layers that took weights: 0 where they cannot be downloaded.
    """
    try:
        source = application(include_top=False, weights="imagenet")
    except Exception as error:  # a proxy, a name server, a full disk: Keras passes on anything
        print(f"ImageNet's weights cannot be had ({error}): starting from scratch", file=sys.stderr)
        return 0
    ours = iter([layer for layer in backbone.layers if layer.trainable_weights])
    copied = 0
    for layer in source.layers:
        if layer.trainable_weights:
            copied += _copy_to_next(layer, ours)
    print(f"{copied} layers begin with ImageNet's weights", file=sys.stderr)
    return copied


def lift_mean(layer: Any, shift: np.ndarray) -> None:
    """Let a batch normalisation take a constant off: our pixels are not centred.

    Args:
        layer: behind the first convolution.
        shift: float (channels or fewer,), of the first ones.
    """
    mean = np.copy(np.asarray(layer.moving_mean))
    mean[: shift.size] += shift
    layer.moving_mean.assign(mean)


def _copy_to_next(layer: Any, ours: Iterator[Any]) -> bool:
    """Copy a layer's weights to the next of `ours` that has their shapes, passing over others."""
    weights = layer.get_weights()
    shapes = [array.shape for array in weights]
    for candidate in ours:
        if [array.shape for array in candidate.get_weights()] == shapes:
            candidate.set_weights(weights)
            return True
    return False

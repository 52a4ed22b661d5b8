"""A network for training, with layers that this backend computes faster than Keras' own."""

from typing import Any

import keras

from training.face.models.jax_layers import FASTER_ON_JAX


def with_faster_layers(network: Any) -> Any:
    """Return a network with the same answers, and the same weights in the same order."""
    faster = _layers()
    if not faster:
        return network

    def replace(layer: Any) -> Any:
        return faster.get(type(layer), type(layer)).from_config(layer.get_config())

    # Recursive, as the ResNet holds its backbone as one layer.
    copy = keras.models.clone_model(network, clone_function=replace, recursive=True)
    copy.set_weights(network.get_weights())
    return copy


def _layers() -> dict[Any, Any]:
    """Return what to put in the place of which of Keras' layers."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        from training.face.models.tensorflow_layers import FASTER

        return FASTER
    return FASTER_ON_JAX if backend == "jax" else {}

"""The models by name, each with the two heads `fer` and `ferplus`."""

import dataclasses
from collections.abc import Callable
from typing import Any

import keras

from training.common.errors import TrainingError
from training.face.models.cnn import cnn
from training.face.models.efficientnet import efficientnet
from training.face.models.resnet import resnet50v2
from training.face.models.vgg import vgg16
from training.face.recipe import Recipe

MODELS: dict[str, Callable[[Recipe], keras.Model]] = {
    "cnn": cnn,
    "vgg16": vgg16,
    "resnet50v2": resnet50v2,
    "efficientnetb0": efficientnet,
    "efficientnetb3": efficientnet,
}


def build(recipe: Recipe) -> Any:
    """Build the network that `recipe` names, for inputs (batch, any, any, 3), 0 to 255.

    With `recipe.imagenet`, what it shares with ImageNet's network starts from there; where
    these weights cannot be had, it says so and starts from scratch.

    Raises:
        TrainingError: there is no such model.
    """
    if recipe.model not in MODELS:
        raise TrainingError(
            f"recipe: model must be one of {', '.join(MODELS)}, not '{recipe.model}'"
        )
    return MODELS[recipe.model](recipe)


def deployable(network: Any, recipe: Recipe, size: int) -> Any:
    """Return a float32 copy of a trained network for inputs of `size` pixels only."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        copy = build(dataclasses.replace(recipe, imagenet=False))
    finally:
        keras.config.set_dtype_policy(policy)
    copy.set_weights(network.get_weights())
    return at_size(copy, size)


def at_size(network: Any, size: int) -> Any:
    """Return a copy of a network that takes inputs of one size only."""
    inputs = keras.Input((size, size, 3), name="faces")
    copy = keras.models.clone_model(network, input_tensors=inputs)
    copy.set_weights(network.get_weights())
    return copy

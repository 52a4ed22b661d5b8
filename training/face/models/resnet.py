"""ResNets from keras.applications, less strided: faces are small."""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from training.face.models.heads import two_heads
from training.face.recipe import Recipe
from training.face.weights_from.imagenet import copy_imagenet

FULL_RESOLUTION = "conv1_conv"
"""Layer whose stride of 2 is left out: 48 pixels would end as 2x2. With that of the pooling behind
it left out too, an epoch takes five times as long."""


def less_strided(application: Callable[..., Any], width: float = 1.0) -> Any:
    """Build a ResNet without its top and its first stride: 48 pixels end as 3x3.

    Args:
        application: a function of `keras.applications`.
        width: factor on the channels.
    """
    config = application(include_top=False, weights=None, input_shape=(None, None, 3)).get_config()
    for layer in config["layers"]:
        # Shapes noted for the width and the strides that it was built with would contradict ours.
        layer.pop("build_config", None)
        if layer["class_name"] == "Conv2D":
            layer["config"]["filters"] = round(layer["config"]["filters"] * width)
        if layer["name"] == FULL_RESOLUTION:
            layer["config"]["strides"] = (1, 1)
    return keras.Model.from_config(config)


def resnet50v2(recipe: Recipe) -> Any:
    """Build ResNet50V2 (He 2016, arXiv 1603.05027), less strided."""
    application = keras.applications.ResNet50V2
    backbone = less_strided(application, recipe.width)
    if recipe.imagenet:
        copy_imagenet(backbone, application)
    inputs = keras.Input((None, None, 3), name="faces")
    x = backbone(layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return two_heads(inputs, x, recipe.dropout, "resnet50v2")

"""ResNet50V2 (He 2016, arXiv 1603.05027) from keras.applications, at stride 1 for small faces."""

from typing import Any

import keras
from keras import layers

from training.models.heads import two_heads
from training.models.imagenet import copy_imagenet
from training.recipe import Recipe

FULL_RESOLUTION = ("conv1_conv", "pool1_pool")
"""Layers whose stride of 2 would leave 12 of 48 pixels before the first residual block."""


def resnet50v2(recipe: Recipe) -> Any:
    """Build the network with its first two strides set to 1: 48 pixels end as 6x6."""
    application = keras.applications.ResNet50V2
    config = application(include_top=False, weights=None, input_shape=(None, None, 3)).get_config()
    for layer in config["layers"]:
        if layer["name"] in FULL_RESOLUTION:
            layer["config"]["strides"] = (1, 1)
    backbone = keras.Model.from_config(config)
    if recipe.imagenet:
        copy_imagenet(backbone, application)
    inputs = keras.Input((None, None, 3), name="faces")
    x = backbone(layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return two_heads(inputs, x, recipe.dropout, "resnet50v2")

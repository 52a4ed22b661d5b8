"""EfficientNet B0 and B3 (Tan 2019, arXiv 1905.11946) from keras.applications."""

from typing import Any

import keras

from training.models.cbam import cbam
from training.models.heads import two_heads
from training.models.imagenet import copy_imagenet
from training.recipe import Recipe

APPLICATIONS = {
    "efficientnetb0": keras.applications.EfficientNetB0,
    "efficientnetb3": keras.applications.EfficientNetB3,
}
DROP_CONNECT = 0.2
"""What keras.applications fixes it at, for the last block."""


def efficientnet(recipe: Recipe) -> Any:
    """Build `recipe.model`, with CBAM behind its last block if `recipe.attention`."""
    inputs = keras.Input((None, None, 3), name="faces")
    application = APPLICATIONS[recipe.model]
    backbone = application(include_top=False, weights=None, input_tensor=inputs)
    for layer in backbone.layers:
        if layer.name.startswith("block") and layer.name.endswith("drop"):
            layer.rate *= recipe.drop_connect / DROP_CONNECT
    if recipe.imagenet:
        copy_imagenet(backbone, application)
    features = cbam(backbone.output) if recipe.attention else backbone.output
    features = keras.layers.GlobalAveragePooling2D(name="pool")(features)
    return two_heads(inputs, features, recipe.dropout, recipe.model)

"""EfficientNet B0 and B3 (Tan 2019, arXiv 1905.11946) from keras.applications."""

from typing import Any

import keras
import numpy as np

from training.face.models.cbam import cbam
from training.face.models.heads import two_heads
from training.face.recipe import Recipe
from training.face.weights_from.imagenet import copy_imagenet, lift_mean

APPLICATIONS = {
    "efficientnetb0": keras.applications.EfficientNetB0,
    "efficientnetb3": keras.applications.EfficientNetB3,
}
DROP_CONNECT = 0.2
"""What keras.applications fixes it at, for the last block."""
PIXEL_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
PIXEL_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
"""Of ImageNet's pixels, 0 to 1, red, green, blue."""


def efficientnet(recipe: Recipe) -> Any:
    """Build `recipe.model`, with CBAM behind its last block if `recipe.attention`."""
    inputs = keras.Input((None, None, 3), name="faces")
    application = APPLICATIONS[recipe.model]
    backbone = application(include_top=False, weights=None, input_tensor=inputs)
    for layer in backbone.layers:
        if layer.name.startswith("block") and layer.name.endswith("drop"):
            layer.rate *= recipe.drop_connect / DROP_CONNECT
    if recipe.imagenet and copy_imagenet(backbone, application):
        _take_pixels(backbone)
    features = cbam(backbone.output) if recipe.attention else backbone.output
    features = keras.layers.GlobalAveragePooling2D(name="pool")(features)
    return two_heads(inputs, features, recipe.dropout, recipe.model)


def _take_pixels(backbone: Any) -> None:
    """Lay ImageNet's normalisation of pixels into the stem.

    keras.applications builds it into a network with `weights="imagenet"` only; ours has pixels of
    0 to 1 before the stem. At the picture's edge, which is padded with zeros, the two differ.
    """
    stem = backbone.get_layer("stem_conv")
    (kernel,) = stem.get_weights()
    kernel = kernel / PIXEL_DEVIATION[:, None]
    stem.set_weights([kernel])
    lift_mean(backbone.get_layer("stem_bn"), (kernel * PIXEL_MEAN[:, None]).sum(axis=(0, 1, 2)))

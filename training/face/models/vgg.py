"""VGG16 (Simonyan 2014, arXiv 1409.1556) with batch normalisation: it trains from scratch."""

from typing import Any

import keras
from keras import layers

from training.face.models.heads import two_heads
from training.face.recipe import Recipe
from training.face.weights_from.imagenet import copy_imagenet

BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
"""Filters and convolutions of each block."""


def vgg16(recipe: Recipe) -> Any:
    """Build the thirteen convolutions at stride 1; 48 pixels leave 1x1 behind the fifth block."""
    inputs = keras.Input((None, None, 3), name="faces")
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    for filters, convolutions in BLOCKS:
        for _ in range(convolutions):
            x = layers.Conv2D(round(filters * recipe.width), 3, padding="same")(x)
            x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.MaxPooling2D()(x)
    if recipe.imagenet:
        copy_imagenet(keras.Model(inputs, x), keras.applications.VGG16)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dense(round(512 * recipe.width), activation="relu")(x)
    return two_heads(inputs, x, recipe.dropout, "vgg16")

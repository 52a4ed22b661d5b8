"""A plain convolutional network, the kind that most student projects on FER2013 train."""

from typing import Any

import keras
from keras import layers

from training.face.models.heads import two_heads
from training.face.recipe import Recipe


def cnn(recipe: Recipe) -> Any:
    """Build blocks of convolutions that double their filters and halve the picture."""
    shape = recipe.cnn
    inputs = keras.Input((None, None, 3), name="faces")
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    for block in range(shape.blocks):
        for _ in range(shape.convolutions):
            x = convolution(x, shape.filters * 2**block)
        x = layers.MaxPooling2D()(x)
        x = layers.SpatialDropout2D(shape.block_dropout)(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dense(shape.dense, activation="relu")(x)
    return two_heads(inputs, x, recipe.dropout, "cnn")


def convolution(x: Any, filters: int) -> Any:
    """Add a 3x3 convolution with batch normalisation and ReLU."""
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization()(x))

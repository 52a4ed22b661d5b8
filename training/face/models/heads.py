"""The end that all networks share: two softmax heads on one feature vector."""

from typing import Any

import keras

from core.labels import EMOTIONS, FERPLUS


def two_heads(inputs: Any, features: Any, dropout: float, name: str) -> keras.Model:
    """Close a network with the heads `fer` (7) and `ferplus` (8), both as probabilities."""
    features = keras.layers.Dropout(dropout, name="head_dropout")(features)
    outputs = {
        head: keras.layers.Dense(classes, activation="softmax", dtype="float32", name=head)(
            features
        )
        for head, classes in (("fer", len(EMOTIONS)), ("ferplus", len(FERPLUS)))
    }
    return keras.Model(inputs, outputs, name=name)

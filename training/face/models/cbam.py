"""CBAM: attention over channels, then over places (Woo 2018, arXiv 1807.06521)."""

from typing import Any

import keras
from keras import layers, ops

REDUCTION = 16
"""Of the channels between the two layers that weigh them."""


def cbam(features: Any) -> Any:
    """Weigh a (batch, height, width, channels) feature map by channel and by place."""
    channels = features.shape[-1]
    shared = [
        layers.Dense(channels // REDUCTION, activation="relu", name="cbam_squeeze"),
        layers.Dense(channels, name="cbam_expand"),
    ]
    mean = layers.GlobalAveragePooling2D(keepdims=True, name="cbam_mean")(features)
    peak = layers.GlobalMaxPooling2D(keepdims=True, name="cbam_peak")(features)
    for layer in shared:
        mean, peak = layer(mean), layer(peak)
    weight = layers.Activation("sigmoid", name="cbam_channels")(mean + peak)
    features = layers.Multiply(name="cbam_by_channel")([features, weight])
    place = layers.Conv2D(1, 7, padding="same", activation="sigmoid", name="cbam_places")(
        ChannelStatistics(name="cbam_statistics")(features)
    )
    return layers.Multiply(name="cbam_by_place")([features, place])


@keras.saving.register_keras_serializable("affectune")
class ChannelStatistics(layers.Layer):  # type: ignore[misc]
    """The mean and the peak over the channels of each place: (batch, height, width, 2)."""

    def call(self, features: Any) -> Any:
        mean = ops.mean(features, axis=-1, keepdims=True)
        return ops.concatenate([mean, ops.max(features, axis=-1, keepdims=True)], axis=-1)

"""The sidecar of the speech model: what it was trained to hear, checked against the code."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import field_validator

from emotion.voice.model_input import PARAMETERS
from inference.sidecar import Sidecar, Temperature

LABELS = ("neutral", "calm", "happy", "sad", "angry", "fear", "disgust", "surprise")
"""The emotions of RAVDESS in the order of its file names, in this project's words."""


class SpeechSidecar(Sidecar):
    """What a speech model file holds; written by `training.voice`, read where it serves."""

    prefix: ClassVar[str] = "speech"
    title: ClassVar[str] = "a speech sidecar"

    labels: tuple[str, ...]
    """Column i of the output is `labels[i]`."""
    features: Mapping[str, int | float]
    """`model_input.PARAMETERS` at the time of training, the sample rate among them."""
    temperature: Temperature

    @field_validator("labels")
    @classmethod
    def _check_labels(cls, labels: tuple[str, ...]) -> tuple[str, ...]:
        if sorted(labels) != sorted(LABELS):
            raise ValueError(
                f"must name the labels {', '.join(LABELS)}; it names {', '.join(labels) or 'none'}"
            )
        return labels

    @field_validator("features")
    @classmethod
    def _check_features(cls, features: Mapping[str, int | float]) -> Mapping[str, int | float]:
        if features != PARAMETERS:
            raise ValueError(
                f"is of a model trained on other features than this code computes: expected "
                f"{PARAMETERS}, got {features}"
            )
        return features

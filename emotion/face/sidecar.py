"""The sidecar of a face model: what it takes, and what its columns mean."""

from typing import ClassVar

from pydantic import PositiveInt, field_validator

from core.labels import EMOTIONS
from inference.sidecar import Sidecar, Temperature


class FaceSidecar(Sidecar):
    """What a face model file holds; written by `training.face.export`.

    The labels here are the only label order: column i of the output is `labels[i]`.
    """

    prefix: ClassVar[str] = "weights"
    title: ClassVar[str] = "a sidecar"

    architecture: str
    labels: tuple[str, ...]
    input_size: PositiveInt
    """Edge in pixels of the square, three-channel input; see `preprocess.to_model_input`."""
    output: str
    """Name of the output that holds the probabilities of `labels`."""
    temperature: Temperature

    @field_validator("labels")
    @classmethod
    def _check_labels(cls, labels: tuple[str, ...]) -> tuple[str, ...]:
        if sorted(labels) != sorted(EMOTIONS):
            raise ValueError(
                f"must name the labels {', '.join(EMOTIONS)}; it names "
                f"{', '.join(labels) or 'none'}"
            )
        return labels

"""The sidecar of the speech model: what it was trained to hear, checked against the code."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core.errors import WeightsError
from inference.sidecar import file_sha256, sidecar_path

SCHEMA = 1
LABELS = ("neutral", "calm", "happy", "sad", "angry", "fear", "disgust", "surprise")
"""The emotions of RAVDESS in the order of its file names, in this project's words."""


@dataclass(frozen=True)
class SpeechSidecar:
    """What a speech model file holds; written by `training.voice`, read where it serves."""

    file: str
    sha256: str
    """Of the model file, lower-case hexadecimal."""
    labels: tuple[str, ...]
    """Column i of the output is `labels[i]`."""
    features: Mapping[str, float]
    """`voice_input.PARAMETERS` at the time of training, the sample rate among them."""
    temperature: float
    """Divides the logits before the softmax (Guo 2017, arXiv 1706.04599)."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    data: str = ""
    date: str = ""
    licence: str = ""
    schema: int = SCHEMA

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


def load_speech_sidecar(weights: Path, features: Mapping[str, float]) -> SpeechSidecar:
    """Read the sidecar of a speech model, and check it against the file and the code.

    Args:
        weights: the `.tflite` file.
        features: parameters of the feature function that will feed the model.

    Raises:
        WeightsError: a file is missing or damaged, or was made for other features or labels.
    """
    path = sidecar_path(weights)
    for needed in (weights, path):
        if not needed.is_file():
            raise WeightsError(f"speech: expected a file at '{needed}', found none")
    sidecar = _parse(path)
    if sidecar.file != weights.name or sidecar.sha256 != file_sha256(weights):
        raise WeightsError(
            f"speech: '{weights.name}' is not the file that '{path.name}' describes; it is "
            "damaged or belongs to another sidecar"
        )
    if sorted(sidecar.labels) != sorted(LABELS):
        raise WeightsError(
            f"speech: '{path.name}' must name the labels {', '.join(LABELS)}; it names "
            f"{', '.join(sidecar.labels) or 'none'}"
        )
    if dict(sidecar.features) != dict(features):
        raise WeightsError(
            f"speech: '{weights.name}' was trained on other features than this code computes: "
            f"expected {dict(features)}, got {dict(sidecar.features)}"
        )
    return sidecar


def _parse(path: Path) -> SpeechSidecar:
    try:
        fields: Any = json.loads(path.read_text(encoding="utf-8"))
        sidecar = SpeechSidecar(**{**fields, "labels": tuple(fields["labels"])})
        valid = sidecar.schema == SCHEMA and float(sidecar.temperature) > 0
        dict(sidecar.features)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"speech: '{path}' is not a speech sidecar: {error}") from error
    if not valid:
        raise WeightsError(f"speech: '{path.name}' needs schema {SCHEMA} and a temperature above 0")
    return sidecar

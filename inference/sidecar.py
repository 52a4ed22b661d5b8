"""A trained model's sidecar: the JSON beside the file that says what it is, checked at load."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core.errors import WeightsError
from core.labels import EMOTIONS

SCHEMA = 1


@dataclass(frozen=True)
class Sidecar:
    """What a model file holds; written by `training.export`, read wherever the model is.

    The labels here are the only label order: column i of the output is `labels[i]`.
    """

    file: str
    """Name of the model file, in the sidecar's own folder."""
    sha256: str
    """Of the model file, lower-case hexadecimal."""
    architecture: str
    labels: tuple[str, ...]
    input_size: int
    """Edge in pixels of the square, three-channel input; see `preprocess.to_model_input`."""
    output: str
    """Name of the output that holds the probabilities of `labels`."""
    temperature: float
    """Divides the logits (log-probabilities) before the softmax (Guo 2017, arXiv 1706.04599)."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    data: str = ""
    date: str = ""
    licence: str = ""
    schema: int = SCHEMA

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


def sidecar_path(weights: Path) -> Path:
    """Return where the sidecar of `weights` lies: its whole name with `.json` behind it."""
    return weights.with_name(weights.name + ".json")


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def load_sidecar(weights: Path) -> Sidecar:
    """Read and check the sidecar of a model file, and the file against it.

    Raises:
        WeightsError: a file is missing or unreadable, a field is missing or of the wrong
            type, the labels are not the seven emotions, or the hash differs.
    """
    path = sidecar_path(weights)
    if not os.path.isfile(weights):  # noqa: PTH113 - `Path.is_file` raises on too long a name
        raise WeightsError(f"weights: expected a model file at '{weights}', found none")
    if not path.is_file():
        raise WeightsError(f"weights: '{weights.name}' needs its sidecar '{path}', found none")
    sidecar = _parse(path)
    if sidecar.file != weights.name:
        raise WeightsError(
            f"weights: sidecar '{path.name}' describes '{sidecar.file}', not '{weights.name}'"
        )
    if sorted(sidecar.labels) != sorted(EMOTIONS):
        raise WeightsError(
            f"weights: '{path.name}' must name the labels {', '.join(EMOTIONS)}; "
            f"it names {', '.join(sidecar.labels) or 'none'}"
        )
    actual = file_sha256(weights)
    if actual != sidecar.sha256:
        raise WeightsError(
            f"weights: '{weights.name}' has SHA-256 {actual[:12]}..., but its sidecar expects "
            f"{sidecar.sha256[:12]}...; the file is damaged or belongs to another sidecar"
        )
    return sidecar


def _parse(path: Path) -> Sidecar:
    try:
        fields: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"weights: '{path}' is not readable JSON: {error}") from error
    if not isinstance(fields, dict):
        raise WeightsError(f"weights: '{path.name}' must hold a JSON object")
    if fields.get("schema") != SCHEMA:
        raise WeightsError(
            f"weights: '{path.name}' has schema {fields.get('schema')!r}, expected {SCHEMA}"
        )
    try:
        sidecar = Sidecar(**{**fields, "labels": tuple(fields["labels"])})
        valid = (
            all(isinstance(text, str) for text in (sidecar.file, sidecar.sha256, sidecar.output))
            and isinstance(sidecar.input_size, int)
            and sidecar.input_size > 0
            and float(sidecar.temperature) > 0
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"weights: '{path.name}' is not a sidecar: {error}") from error
    if not valid:
        raise WeightsError(
            f"weights: '{path.name}' needs file, sha256 and output as text, input_size above 0 "
            "and temperature above 0"
        )
    return sidecar

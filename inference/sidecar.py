"""A trained model's sidecar: the JSON beside the file that says what it is, checked at load."""

import hashlib
import json
import os
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import WeightsError

SCHEMA: Final = 1
LAST = ("metrics", "data", "date", "licence", "schema")
"""Fields that are written last: first what a model is, then how good it is, of what and when."""

Temperature = Annotated[float, Field(gt=0, allow_inf_nan=False)]
"""Divides the logits (log-probabilities) before the softmax (Guo 2017, arXiv 1706.04599)."""


class Sidecar(BaseModel):
    """What every sidecar says; each kind of model adds what it needs to be asked.

    A validator of a kind says what is wrong as the rest of a sentence that begins with the
    sidecar's name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    prefix: ClassVar[str]
    """Begins every sentence of an error."""
    title: ClassVar[str]
    """What the JSON should have been, with its article."""

    file: str
    """Name of the model file, in the sidecar's own folder."""
    sha256: str
    """Of the model file, lower-case hexadecimal."""
    metrics: Mapping[str, float] = {}
    data: str = ""
    date: str = ""
    licence: str = ""
    schema_version: Literal[1] = Field(default=SCHEMA, alias="schema")

    def write(self, path: Path) -> None:
        """Write the JSON that `load_sidecar` reads."""
        fields = self.model_dump(mode="json", by_alias=True)
        last = {name: fields.pop(name) for name in LAST}
        path.write_text(json.dumps(fields | last, indent=2) + "\n", encoding="utf-8")


Kind = TypeVar("Kind", bound=Sidecar)


def sidecar_path(weights: Path) -> Path:
    """Return where the sidecar of `weights` lies: its whole name with `.json` behind it."""
    return weights.with_name(weights.name + ".json")


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def load_sidecar(weights: Path, kind: type[Kind]) -> Kind:
    """Read and check the sidecar of a model file, and the file against it.

    Args:
        weights: the model file.
        kind: what the model is; its validators have their say.

    Raises:
        WeightsError: a file is missing or unreadable, a field is missing, unknown or not what
            the kind needs, or the hash differs.
    """
    prefix, path = kind.prefix, sidecar_path(weights)
    if not os.path.isfile(weights):  # noqa: PTH113 - `Path.is_file` raises on too long a name
        raise WeightsError(f"{prefix}: expected a model file at '{weights}', found none")
    if not os.path.isfile(path):  # noqa: PTH113
        raise WeightsError(f"{prefix}: '{weights.name}' needs its sidecar '{path}', found none")
    sidecar = _read(path, kind)
    if sidecar.file != weights.name:
        raise WeightsError(
            f"{prefix}: sidecar '{path.name}' describes '{sidecar.file}', not '{weights.name}'"
        )
    actual = file_sha256(weights)
    if actual != sidecar.sha256:
        raise WeightsError(
            f"{prefix}: '{weights.name}' has SHA-256 {actual[:12]}..., but its sidecar expects "
            f"{sidecar.sha256[:12]}...; the file is damaged or belongs to another sidecar"
        )
    return sidecar


def _read(path: Path, kind: type[Kind]) -> Kind:
    begin = f"{kind.prefix}: '{path.name}'"
    try:
        sidecar = kind.model_validate_json(path.read_bytes(), strict=True)
    except OSError as error:
        raise WeightsError(f"{begin} is not readable: {error.strerror or error}") from error
    except ValidationError as error:
        raise WeightsError(f"{begin} {_complaint(error, kind)}") from error
    if "schema_version" not in sidecar.model_fields_set:
        raise WeightsError(f"{begin} has no schema, expected {SCHEMA}")
    return sidecar


def _complaint(error: ValidationError, kind: type[Sidecar]) -> str:
    """Say what is wrong first: another schema explains everything else."""
    details = min(error.errors(), key=lambda each: each["loc"] != ("schema",))
    name, context = ".".join(map(str, details["loc"])), details.get("ctx", {})
    match details["type"]:
        case "value_error":
            return str(context["error"])
        case "literal_error" if name == "schema":
            return f"has schema {details['input']!r}, expected {SCHEMA}"
        case "greater_than":
            return f"needs {name} above {context['gt']:g}"
        case "missing":
            reason = f"'{name}' is missing"
        case "extra_forbidden":
            reason = f"it has no field '{name}'"
        case "json_invalid":
            reason = f"it is not readable JSON: {context['error']}"
        case _:
            reason = f"{name or 'it'}: {details['msg']}, got {reprlib.repr(details['input'])}"
    return f"is not {kind.title}: {reason}"

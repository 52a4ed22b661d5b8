"""One loader for all sidecars: what it reads, and what it refuses of every kind of model."""

import json
import shutil

import pytest

from core.errors import WeightsError
from emotion.face.sidecar import FaceSidecar
from emotion.fusion import FusionSidecar
from emotion.voice.sidecar import SpeechSidecar
from inference.sidecar import load_sidecar, sidecar_path
from music.measure.song_mood import SongMoodSidecar
from tests.conftest import ROOT

KINDS = {
    "efficientnetb3.tflite": FaceSidecar,
    "speech.tflite": SpeechSidecar,
    "fusion.npz": FusionSidecar,
    "song_mood.npz": SongMoodSidecar,
}


@pytest.fixture(params=KINDS)
def weights(request, tmp_path):
    """A copy of shipped weights that a test may spoil."""
    shipped, copy = ROOT / "weights" / request.param, tmp_path / request.param
    shutil.copy(shipped, copy)
    shutil.copy(sidecar_path(shipped), sidecar_path(copy))
    return copy


def read(weights) -> dict:
    return json.loads(sidecar_path(weights).read_text(encoding="utf-8"))


def refuse(weights, match):
    kind = KINDS[weights.name]
    with pytest.raises(WeightsError, match=f"^{kind.prefix}: .*{match}"):
        load_sidecar(weights, kind)


def test_what_is_shipped_is_read_and_written_as_it_is(weights):
    sidecar = load_sidecar(weights, KINDS[weights.name])
    fields = read(weights)
    sidecar.write(sidecar_path(weights))
    assert read(weights) == fields


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"colour": "red"}, "sidecar: it has no field 'colour'"),
        ({"sha256": 5}, "sidecar: sha256: .* valid string, got 5"),
        ({"metrics": {"accuracy": "good"}}, "sidecar: metrics.accuracy: .* number, got 'good'"),
        ({"metrics": {"accuracy": "0.9"}}, "sidecar: metrics.accuracy: .* number, got '0.9'"),
        ({"schema": 9, "colour": "red"}, "has schema 9, expected 1"),
        ({"schema": "1"}, "has schema '1', expected 1"),
        ({"file": "other.bin"}, "describes 'other.bin', not"),
        ({"sha256": "0" * 64}, "its sidecar expects 000000000000.* belongs to another sidecar"),
    ],
    ids=lambda value: None if isinstance(value, str) else "-".join(value),
)
def test_a_field_that_does_not_fit_is_refused(weights, changes, match):
    sidecar_path(weights).write_text(json.dumps(read(weights) | changes), encoding="utf-8")
    refuse(weights, match)


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("file", "sidecar: 'file' is missing"),
        ("sha256", "sidecar: 'sha256' is missing"),
        ("schema", "has no schema, expected 1"),
    ],
)
def test_a_missing_field_is_named(weights, name, match):
    fields = read(weights)
    del fields[name]
    sidecar_path(weights).write_text(json.dumps(fields), encoding="utf-8")
    refuse(weights, match)


@pytest.mark.parametrize("temperature", [0, -1, "warm", "0.9", None, True])
def test_a_temperature_is_a_number_above_0(weights, temperature):
    fields = read(weights)
    if "temperatures" in fields:
        fields["temperatures"]["full"] = temperature
    else:
        fields["temperature"] = temperature
    sidecar_path(weights).write_text(json.dumps(fields), encoding="utf-8")
    refuse(weights, r"(needs temperatures?(\.full)? above 0|sidecar: temperatures?(\.full)?: )")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[1]", b"null", b"1e999"])
def test_what_is_no_object_is_refused(weights, content):
    sidecar_path(weights).write_bytes(content)
    refuse(weights, "sidecar: ")


def test_a_missing_file_is_named(weights):
    sidecar_path(weights).unlink()
    refuse(weights, f"needs its sidecar '.*{weights.name}.json', found none")
    weights.unlink()
    refuse(weights, f"expected a model file at '.*{weights.name}', found none")


def test_a_damaged_file_is_refused(weights):
    weights.write_bytes(weights.read_bytes() + b" ")
    refuse(weights, "the file is damaged or belongs to another sidecar")

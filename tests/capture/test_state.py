"""The words for each state."""

import pytest

from capture.state import SENTENCES, SourceState, SourceStatus, mood_sentence
from core.status import LiveStatus


def status(state, message="the camera was unplugged"):
    return SourceStatus(
        kind="webcam",
        name="camera {0}",
        status=state,
        message=message,
        width=None,
        height=None,
        fps=0.0,
    )


@pytest.mark.parametrize(
    ("state", "live", "headline", "detail", "sentence"),
    [
        (
            "connecting", "starting", "Looking for the camera", "camera {0}",
            "Looking for the camera: camera {0}",
        ),
        (
            "lost", "camera_lost", "Camera lost, trying again", "the camera was unplugged",
            "Camera lost, trying again: the camera was unplugged",
        ),
        (
            "stopping", "paused", "Letting go of the camera", "camera {0}",
            "Letting go of the camera: camera {0}",
        ),
        (
            "paused", "paused", "Paused: the camera is off", "Press Resume to go on.",
            "Paused: the camera is off. Press Resume to go on.",
        ),
        (
            "none", "no_camera", "No camera", "the camera was unplugged",
            "No camera: the camera was unplugged",
        ),
    ],
)  # fmt: skip
def test_a_source_without_a_picture(state, live, headline, detail, sentence):
    absence = status(SourceState(state)).absence
    assert (absence.status, absence.headline, absence.detail) == (live, headline, detail)
    assert absence.sentence == sentence


def test_a_source_with_a_picture():
    assert status(SourceState.OK, "").absence is None


@pytest.mark.parametrize(
    ("live", "heard_only", "sentence"),
    [
        ("starting", False, "Starting"),
        ("live", False, "You look happy"),
        ("live", True, "You sound happy"),
        ("unsure", False, "Not sure"),
        ("no_face", False, "No face in view"),
        ("pinned", False, "Pinned: happy"),
    ],
)
def test_a_mood(live, heard_only, sentence):
    assert mood_sentence(LiveStatus(live), "happy", heard_only) == sentence


def test_every_status_has_its_words():
    absent = {status(state).absence.status for state in SourceState if state is not SourceState.OK}
    assert absent | set(SENTENCES) == set(LiveStatus)

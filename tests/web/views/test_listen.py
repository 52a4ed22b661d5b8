"""The live microphone: what is heard is fused into the running mood."""

import pytest

from capture.spec import SourceSpec
from tests.audio.sounds import encode, tone
from tests.web.conftest import make_services
from tests.web.views.test_state import error_of
from web.app import create_app


@pytest.fixture
def client():
    return create_app(make_services(spec=SourceSpec("browser"))).test_client()


def test_a_clip_counts_for_the_mood(client):
    answer = client.post("/api/listen", data=encode(tone()), content_type="audio/wav").json
    assert answer["voice"]["status"] == "ok"
    assert answer["emotion"] == answer["voice"]["emotion"]
    assert client.get("/api/playlist").json["emotion"] == answer["emotion"]


def test_what_is_no_sound_is_refused(client):
    sent = {"data": b"no sound", "content_type": "audio/webm"}
    assert client.post("/api/listen", **sent).status_code == 400
    sent["content_type"] = "text/plain"
    assert "audio/" in error_of(client.post("/api/listen", **sent), 415)
    sent = {"data": bytes(2 * 1024 * 1024), "content_type": "audio/wav"}
    assert "1 MB" in error_of(client.post("/api/listen", **sent), 413)

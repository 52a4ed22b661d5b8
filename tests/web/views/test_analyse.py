"""POST /api/analyse: a photo, a voice or both in; what they say and a playlist out."""

import base64
import contextlib
from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.admission import AdmissionControl
from core.errors import WeightsError
from core.labels import EMOTIONS
from emotion.multimodal import PhotoVoicePipeline
from emotion.photo.reader import PhotoReader
from tests.audio import sounds
from tests.emotion.face.pictures import encode, portrait
from tests.fakes import FakeListener, FakeRecogniser, product_fusion
from tests.web.conftest import DECODERS, make_services
from tests.web.forms import file, form
from web.admission import MAX_ANALYSES_ADMITTED, Admissions
from web.app import create_app


@pytest.fixture(scope="module")
def photo():
    return encode(portrait())


@pytest.fixture(scope="module")
def voice():
    return sounds.encode(sounds.tone())


def ask(client, query="", **fields):
    return client.post(f"/api/analyse{query}", **form({k: file(v) for k, v in fields.items()}))


def silence():
    return FakeListener(None)


def hearing(services, open_listener):
    """Return a client of an Affectune that hears otherwise than the fixture's."""
    photo_voice = PhotoVoicePipeline(
        lambda: PhotoReader(FakeRecogniser()), open_listener, product_fusion, DECODERS.sound
    )
    return create_app(replace(services, photo_voice=photo_voice)).test_client()


def decoded(url):
    head, _, data = url.partition(",")
    assert head == "data:image/jpeg;base64"
    return cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)


class TestAnswer:
    def test_both(self, client, photo, voice):
        answer = ask(client, photo=photo, voice=voice)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        document = answer.json
        assert set(document) == {
            *("photo", "voice", "status", "message", "emotion", "confidence", "probabilities"),
            *("sources", "playlist"),
        }
        assert (document["status"], document["emotion"]) == ("ok", "happy")
        assert document["message"] == "You look and sound happy."
        assert document["sources"] == ["photo", "voice"]
        assert list(document["probabilities"]) == list(EMOTIONS)
        assert document["confidence"] > 0.9
        assert document["voice"]["status"] == "ok"
        assert document["voice"]["emotion"] == "happy"
        assert list(document["voice"]["probabilities"]) == list(EMOTIONS)

    def test_a_photo_alone(self, client, photo):
        document = ask(client, photo=photo).json
        assert document["voice"] is None
        assert (document["sources"], document["emotion"]) == (["photo"], "happy")
        assert (document["photo"]["width"], document["photo"]["height"]) == (640, 480)
        (face,) = document["photo"]["faces"]
        assert set(face) == {"id", "box", "emotion", "sure", "probabilities"}
        picture = decoded(document["photo"]["image"])
        assert picture.shape == (480, 640, 3)
        assert np.abs(picture.astype(int) - portrait()).max() > 100, "nothing is drawn on it"

    def test_a_voice_alone(self, client, voice):
        document = ask(client, voice=voice).json
        assert document["photo"] is None
        assert (document["sources"], document["message"]) == (["voice"], "You sound happy.")

    def test_the_playlist_is_the_one_for_it(self, client, photo):
        document = ask(client, "?limit=4&mode=lift", photo=photo).json["playlist"]
        playlist = client.get("/api/playlist?emotion=happy&limit=4&mode=lift").json
        assert [song["id"] for song in document["songs"]] == [
            song["id"] for song in playlist["songs"]
        ]
        assert document["mode"] == "lift"
        assert len(document["songs"]) == 4

    def test_no_face_is_told_with_a_hint_and_no_songs(self, client):
        document = ask(client, photo=encode(np.full((200, 200, 3), 99, np.uint8))).json
        assert (document["status"], document["emotion"]) == ("no_face", None)
        assert document["photo"]["image"] is None
        assert "No face found." in document["message"]
        assert document["playlist"]["songs"] == []
        assert document["playlist"]["reason"] == document["message"]

    def test_a_photo_without_a_face_leaves_the_word_to_the_voice(self, client, voice):
        nobody = encode(np.full((200, 200, 3), 99, np.uint8))
        document = ask(client, photo=nobody, voice=voice).json
        assert (document["status"], document["emotion"], document["sources"]) == (
            "ok",
            "happy",
            ["voice"],
        )

    def test_silence_leaves_the_word_to_the_photo(self, photo, voice, services):
        document = ask(hearing(services, silence), photo=photo, voice=voice).json
        assert (document["emotion"], document["sources"]) == ("happy", ["photo"])
        assert document["voice"]["status"] == "unsure"
        assert document["voice"]["message"]

    def test_neither_face_nor_voice(self, voice, services):
        nobody = encode(np.full((200, 200, 3), 99, np.uint8))
        document = ask(hearing(services, silence), photo=nobody, voice=voice).json
        assert (document["status"], document["emotion"]) == ("unsure", None)
        assert document["message"].startswith("No face found.")
        assert document["message"].endswith("There is no voice in this clip.")

    def test_the_mood_of_the_session_stays(self, client, photo):
        before = client.get("/api/state").json["version"]
        ask(client, photo=photo)
        assert client.get("/api/state").json["version"] == before


class TestRefusals:
    @pytest.mark.parametrize(
        ("fields", "status", "message"),
        [
            ({}, 400, "Expected a photo, a voice, or both; got neither."),
            ({"picture": file(b"x")}, 400, "Unknown file field 'picture'"),
            ({"photo": file(b"")}, 400, "The file in 'photo' is empty."),
            ({"photo": file(b"hello")}, 400, "expected a photo as JPEG, PNG, WebP or HEIC"),
            ({"voice": file(b"hello")}, 400, "sound: expected WAV, MP3"),
            ({"photo": file(bytes(20 * 2**20 + 1))}, 413, "expected at most 20 MB"),
            ({"voice": file(bytes(10 * 2**20 + 1))}, 413, "expected at most 10 MB"),
            ({"voice": file(bytes(32 * 2**20))}, 413, "The request is larger than 30 MB."),
        ],
    )
    def test_what_is_refused(self, client, fields, status, message):
        fields = fields or {"photo": file(b"", name="")}
        answer = client.post("/api/analyse", **form(fields))
        assert answer.status_code == status
        assert message in answer.json["error"]["message"]

    def test_one_kind_under_the_others_name(self, client, photo, voice):
        for field, data in (("voice", photo), ("photo", voice)):
            answer = ask(client, **{field: data})
            assert answer.status_code == 400
            assert (
                answer.json["error"]["code"] == {"voice": "bad_sound", "photo": "bad_photo"}[field]
            )

    def test_one_that_is_too_long(self, client):
        answer = ask(client, voice=sounds.encode(np.zeros(16_000 * 70, np.float32)))
        assert answer.status_code == 400
        assert "60 s" in answer.json["error"]["message"]

    @pytest.mark.parametrize("query", ["?mode=loud", "?limit=0"])
    def test_a_query_that_makes_no_sense(self, client, photo, query):
        assert ask(client, query, photo=photo).status_code == 400

    def test_a_body_that_is_no_form(self, client):
        assert client.post("/api/analyse", json={}).status_code == 415
        assert client.get("/api/analyse").status_code == 405

    def test_a_model_that_is_missing_is_our_fault_and_told(self, services, voice):
        def broken():
            raise WeightsError("speech: expected a file at 'speech.tflite', found none")

        answer = ask(hearing(services, broken), voice=voice)
        assert answer.status_code == 503
        assert "speech.tflite" in answer.json["error"]["message"]


def narrow(services):
    """Let one request in at a time, and none wait."""
    analyses = AdmissionControl(
        max_admitted=1, max_concurrent=1, queue_timeout_s=20.0, full="busy", late="busy"
    )
    return replace(services, admissions=Admissions(analyses=analyses))


class TestCrowd:
    def test_one_too_many_is_asked_to_come_again(self, client, services, photo):
        with contextlib.ExitStack() as others:
            for _ in range(MAX_ANALYSES_ADMITTED):
                others.enter_context(services.admissions.analyses.admission())
            answer = ask(client, photo=photo)
        assert answer.status_code == 503
        assert answer.json["error"] == {
            "code": "busy",
            "message": "This computer is busy with other photos and voices.",
        }
        assert int(answer.headers["Retry-After"]) > 0
        assert ask(client, photo=photo).status_code == 200, "the place is free again"

    def test_the_microphone_is_counted_with_them(self, client, services):
        with contextlib.ExitStack() as others:
            for _ in range(MAX_ANALYSES_ADMITTED):
                others.enter_context(services.admissions.analyses.admission())
            answer = client.post("/api/listen", data=b"sound", content_type="audio/wav")
        assert (answer.status_code, answer.json["error"]["code"]) == (503, "busy")

    def test_a_failure_gives_the_place_back(self, services, photo):
        client = create_app(narrow(services)).test_client()
        for _ in range(3):
            assert ask(client, photo=b"hello").status_code == 400
        assert ask(client, photo=photo).status_code == 200

    def test_another_application_has_places_of_its_own(self, client, services, photo):
        other = create_app(make_services()).test_client()
        with contextlib.ExitStack() as others:
            for _ in range(MAX_ANALYSES_ADMITTED):
                others.enter_context(services.admissions.analyses.admission())
            assert ask(client, photo=photo).status_code == 503
            assert ask(other, photo=photo).status_code == 200


class TestNothingIsKept:
    def test_no_file_is_opened_for_writing(self, client, photo, voice, monkeypatch):
        """Whatever opens a file, Python tells its audit hook; these requests open none to write."""
        opened = watch_writes()
        large = encode(cv2.resize(portrait(), (3000, 2250)), quality=99)
        assert len(large) > 600_000, "Werkzeug would have put it on the disk"
        assert ask(client, photo=large, voice=voice).status_code == 200
        assert ask(client, photo=large[:-1000], voice=voice).status_code == 400
        assert opened == []


def watch_writes():
    """Return a list that fills with the paths opened for writing from now on."""
    import os
    import sys

    opened = []
    wanted = os.O_WRONLY | os.O_RDWR | os.O_CREAT

    def hook(event, arguments):
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & wanted:
            opened.append(str(arguments[0]))

    sys.addaudithook(hook)
    return opened

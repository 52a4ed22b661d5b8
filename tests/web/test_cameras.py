"""The camera of a browser: its pictures make a mood of its own, or are refused."""

import threading
import time
from types import SimpleNamespace

import pytest

from capture.spec import SourceSpec
from tests.fakes import FakeClock, FakeDetector, blank
from tests.web.browsing import browse, jpeg, send, send_until_live
from tests.web.conftest import make_services
from tests.web.views.test_state import error_of
from web import admission, cameras
from web.app import create_app
from web.cameras import CameraOffError


@pytest.fixture
def app():
    """A server without a camera: the pages bring theirs."""
    return create_app(make_services(spec=SourceSpec("browser")))


@pytest.fixture
def client(app):
    return browse(app)


class TestBrowserCamera:
    def test_its_pictures_make_a_mood(self, client):
        state = send_until_live(client)
        assert state["emotion"] == "sad"
        assert state["source"]["kind"] == "browser"
        assert (state["source"]["width"], state["source"]["height"]) == (320, 240)
        assert len(state["faces"]) == 1
        assert client.get("/api/state").json["emotion"] == "sad"
        assert client.get("/api/playlist").json["emotion"] == "sad"

    def test_it_is_its_browsers_alone(self, app, client):
        send_until_live(client)
        other = app.test_client().get("/api/state").json
        assert (other["status"], other["emotion"]) == ("no_camera", None)

    def test_it_takes_the_place_of_the_servers_until_it_leaves(self, live_client):
        live_client.get("/")
        assert send_until_live(live_client)["emotion"] == "sad"
        assert live_client.get("/api/state").json["source"]["kind"] == "browser"
        state = live_client.post("/api/camera", json={"action": "leave"}).json
        assert (state["source"]["kind"], state["emotion"]) == ("webcam", "happy")

    def test_a_picture_under_way_does_not_outlast_its_camera(self, app, client):
        send_until_live(client)
        identity = client.get_cookie("affectune_visitor").value
        visitor = app.extensions["affectune"].visitors.get(identity)
        camera = visitor.own_camera()
        visitor.leave_camera()
        with pytest.raises(CameraOffError, match="turned off"):
            camera.take(blank())
        assert client.get("/api/history").json["moods"][-1]["status"] == "no_camera"

    def test_a_browser_without_cookies_is_told(self, app):
        message = error_of(send(app.test_client(use_cookies=False)), 403)
        assert "Allow cookies for this address" in message

    def test_pause_and_resume(self, client):
        send_until_live(client)
        assert client.post("/api/camera", json={"action": "pause"}).json["status"] == "paused"
        assert "paused" in error_of(send(client), 409)
        client.post("/api/camera", json={"action": "resume"})
        assert send(client).status_code == 200

    def test_a_page_that_stops_sending_is_told_and_then_forgotten(self, client, monkeypatch):
        send_until_live(client)
        monkeypatch.setattr(cameras, "STALL_AFTER", -1.0)
        state = client.get("/api/state").json
        assert state["status"] == "camera_lost"
        assert "has sent no picture" in state["message"]
        monkeypatch.setattr(cameras, "ABANDONED_AFTER", -1.0)
        assert client.get("/api/state").json["status"] == "no_camera"

    def test_one_picture_comes_at_no_rate(self, client):
        assert send(client).json["source"]["fps"] == 0
        assert send(client).json["source"]["fps"] > 0

    def test_after_a_pause_a_page_is_given_time_for_its_next_picture(self, client, monkeypatch):
        send(client)
        client.post("/api/camera", json={"action": "pause"})
        later = FakeClock(time.monotonic() + 10)
        monkeypatch.setattr(cameras, "time", SimpleNamespace(monotonic=later))
        resumed = client.post("/api/camera", json={"action": "resume"}).json
        assert resumed["source"]["status"] == "ok"

    def test_webp_will_do(self, client):
        assert send(client, jpeg(extension=".webp"), content_type="image/webp").status_code == 200


class TestNoCamera:
    """Where nobody has one, a mood is picked by hand, and the rest has nothing to act on."""

    @pytest.mark.parametrize("action", ["pause", "resume", "leave"])
    def test_there_is_nothing_to_pause(self, client, action):
        client.put("/api/pin", json={"emotion": "happy"})
        state = client.post("/api/camera", json={"action": action}).json
        assert (state["status"], state["emotion"]) == ("no_camera", "happy")

    def test_nobody_to_follow(self, client):
        assert client.put("/api/faces", json={"follow": "average"}).json["follow"] == "largest"


class TestBusy:
    """Pictures of all browsers take turns, and those of one come one at a time."""

    def test_others_take_too_long(self, monkeypatch):
        monkeypatch.setattr(admission, "PICTURE_QUEUE_TIMEOUT_S", 0.01)
        services = make_services(spec=SourceSpec("browser"))
        client = browse(create_app(services))
        pictures = services.admissions.pictures
        with pictures.turn(), pictures.turn():
            answer = send(client)
        assert "busy reading other pictures" in error_of(answer, 503)
        assert answer.json["error"]["code"] == "busy"
        assert send(client).status_code == 200

    def test_the_one_before_takes_too_long(self, monkeypatch):
        """On a detector that waits for the test."""
        monkeypatch.setattr(cameras, "PICTURE_QUEUE_TIMEOUT_S", 0.01)
        services = make_services(spec=SourceSpec("browser"))
        client = browse(create_app(services))
        camera = services.visitors.get(client.get_cookie("affectune_visitor").value).own_camera()
        under_way, go_on = threading.Event(), threading.Event()

        def detect_slowly(*_):
            under_way.set()
            go_on.wait(10)
            return []

        monkeypatch.setattr(FakeDetector, "detect", detect_slowly)
        reading = threading.Thread(target=camera.take, args=(blank(),))
        reading.start()
        assert under_way.wait(10)
        assert "picture before this one" in error_of(send(client), 503)
        go_on.set()
        reading.join()


class TestRefused:
    @pytest.mark.parametrize(
        ("data", "status", "words"),
        [
            (b"", 400, "Expected a picture as JPEG or WebP."),
            (b"GIF89a", 400, "Expected a picture as JPEG or WebP."),
            (jpeg()[:200], 400, "Expected a picture as JPEG or WebP."),
            (jpeg(8, 8), 400, "at least 32 x 32"),
            (jpeg(32, 2000), 400, "at most 4 to 1, got"),
            (jpeg(extension=".png"), 400, "Expected a picture as JPEG or WebP."),
        ],
        ids=["empty", "other", "truncated", "tiny", "strip", "png"],
    )
    def test_what_is_no_picture(self, client, data, status, words):
        assert words in error_of(send(client, data), status)
        assert client.get("/api/state").json["status"] == "no_camera", "it counts as a camera"

    def test_more_pixels_than_any_camera_needs(self, client):
        head = bytearray(jpeg())
        place = head.index(b"\xff\xc0") + 5
        head[place : place + 4] = (60_000).to_bytes(2, "big") * 2
        assert "at most 1920 x 1080" in error_of(send(client, bytes(head)), 413)

    def test_more_bytes_than_any_picture_needs(self, client):
        assert "512 kB" in error_of(send(client, b"\xff\xd8" + bytes(600 * 1024)), 413)

    def test_another_type(self, client):
        assert "image/jpeg" in error_of(send(client, content_type="text/plain"), 415)


class TestFaces:
    def test_who_counts_can_be_chosen(self, client):
        face = send_until_live(client)["faces"][0]["id"]
        assert client.put("/api/faces", json={"follow": face}).json["follow"] == face
        assert client.put("/api/faces", json={"follow": "average"}).json["follow"] == "average"

    @pytest.mark.parametrize("follow", ["nobody", 99, None, True, [1], 1.5])
    def test_who_is_not_there_is_refused(self, client, follow):
        send_until_live(client)
        message = error_of(client.put("/api/faces", json={"follow": follow}), 400)
        assert message.startswith("follow: ")

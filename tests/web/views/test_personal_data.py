"""What is kept of a visitor, and that it can be taken along and forgotten."""

import csv
import io
import json
import threading

import pytest

from capture.spec import SourceSpec
from core.errors import StoreError
from store.database import open_database
from store.visitors import VisitorRecords
from tests.web.conftest import make_services
from tests.web.views.test_state import error_of
from web.app import create_app
from web.mood_log import MoodLog


@pytest.fixture
def client(tmp_path):
    with open_database(tmp_path / "affectune.db") as database:
        services = make_services(spec=SourceSpec("browser"), database=database)
        yield create_app(services).test_client()


def test_a_correction_holds_and_is_kept(client):
    state = client.post("/api/correct", json={"emotion": "sad"}).json
    assert state["emotion"] == "sad"
    assert state["pinned"]["until"] > 0
    kept = client.get("/api/me.json").json
    assert [(entry["seen"], entry["corrected"]) for entry in kept["corrections"]] == [(None, "sad")]


def test_a_correction_is_of_what_was_shown(client):
    client.put("/api/pin", json={"emotion": "neutral"})
    client.post("/api/correct", json={"emotion": "neutral", "seen": "sad"})
    (kept,) = client.get("/api/me.json").json["corrections"]
    assert (kept["seen"], kept["corrected"]) == ("sad", "neutral")
    assert "seen: expected one of" in error_of(
        client.post("/api/correct", json={"emotion": "sad", "seen": "bored"}), 400
    )


@pytest.mark.parametrize("emotion", ["bored", None, 3])
def test_a_correction_names_one_of_the_seven(client, emotion):
    response = client.post("/api/correct", json={"emotion": emotion})
    assert error_of(response, 400).startswith("emotion: expected one of angry, ")


def test_moods_and_thumbs_can_be_taken_along(client):
    client.put("/api/pin", json={"emotion": "happy"})
    client.put("/api/pin", json={"emotion": "sad"})
    song = client.get("/api/playlist").json["songs"][0]
    client.post("/api/feedback", json={"song_id": song["id"], "value": 1})
    client.get("/api/history")
    response = client.get("/api/me.json")
    assert "attachment" in response.headers["Content-Disposition"]
    kept = json.loads(response.text)
    assert [entry["emotion"] for entry in kept["moods"]][-1] == "happy"
    assert kept["ratings"][0]["name"] == song["name"]
    rows = list(csv.reader(io.StringIO(client.get("/api/me.csv").text)))
    assert any(song["name"] in row for row in rows)


def test_forget_me_removes_all_and_nobody_elses(client):
    other = client.application.test_client()
    other.post("/api/correct", json={"emotion": "fear"})
    client.post("/api/correct", json={"emotion": "sad"})
    assert client.delete("/api/me").json["removed"] >= 1
    kept = client.get("/api/me.json").json
    assert (kept["corrections"], kept["moods"], kept["ratings"]) == ([], [], [])
    assert client.get("/api/state").json["pinned"] is None
    assert len(other.get("/api/me.json").json["corrections"]) == 1


def test_a_sessions_moods_are_kept_when_it_ends(tmp_path):
    with open_database(tmp_path / "affectune.db") as database:
        services = make_services(spec=SourceSpec("browser"), database=database)
        client = create_app(services).test_client()
        client.get("/")
        client.put("/api/pin", json={"emotion": "happy"})
        services.visitors.close()
        identity = client.get_cookie("affectune_visitor").value
        (mood,) = (entry for entry in services.records.export(identity).moods if entry.emotion)
        assert (mood.emotion, mood.ended is not None) == ("happy", True)


def test_a_client_without_cookies_leaves_no_moods(watched):
    app = create_app(watched)
    change_mood(watched, "happy")
    for _ in range(3):
        app.test_client(use_cookies=False).get("/api/state")
    came_back = app.test_client()
    came_back.get("/")
    came_back.get("/api/state")
    watched.visitors.close()
    assert watched.records.visitors() == [came_back.get_cookie("affectune_visitor").value]


def test_a_store_that_fails_at_the_end_of_a_session_is_logged(tmp_path, caplog):
    database = open_database(tmp_path / "affectune.db")
    services = make_services(spec=SourceSpec("browser"), database=database)
    client = create_app(services).test_client()
    client.get("/")
    client.put("/api/pin", json={"emotion": "happy"})
    database.close()
    (tmp_path / "affectune.db").write_bytes(b"no database")
    services.visitors.close()
    assert "not kept" in caplog.text


@pytest.fixture
def watched(tmp_path):
    """A server with a camera of its own, whose session all visitors share."""
    with open_database(tmp_path / "affectune.db") as database:
        yield make_services(database=database)


def change_mood(services, *emotions):
    for emotion in emotions:
        services.live.session.pin(emotion)


def moods_of(client):
    client.get("/api/history")
    return [entry["emotion"] for entry in client.get("/api/me.json").json["moods"]]


def test_what_was_forgotten_does_not_come_back(watched):
    client = create_app(watched).test_client()
    client.get("/")
    change_mood(watched, "happy", "sad", None)
    assert [mood for mood in moods_of(client) if mood] == ["happy", "sad"]
    client.delete("/api/me")
    assert moods_of(client) == []


class TestForgetWhileARequestIsUnderWay:
    """Moods from before must not come back, whichever request is the last to end."""

    @pytest.fixture
    def client(self, watched):
        client = create_app(watched).test_client()
        client.get("/")
        change_mood(watched, "happy", "sad")
        client.get("/api/state")
        return client

    def another(self, client):
        """Return the same browser, for another request of it at the same time."""
        other = client.application.test_client()
        other.set_cookie("affectune_visitor", client.get_cookie("affectune_visitor").value)
        return other

    def kept_moods(self, watched, client):
        return watched.records.export(client.get_cookie("affectune_visitor").value).moods

    def test_one_that_is_about_to_keep_them(self, watched, client, monkeypatch):
        about_to, go_on = threading.Event(), threading.Event()
        record = MoodLog.record

        def wait_and_record(mood_log, visitor):
            about_to.set()
            assert go_on.wait(10)
            record(mood_log, visitor)

        monkeypatch.setattr(MoodLog, "record", wait_and_record)
        asking = threading.Thread(target=self.another(client).get, args=("/api/history",))
        asking.start()
        assert about_to.wait(10)
        client.delete("/api/me")
        go_on.set()
        asking.join()
        assert self.kept_moods(watched, client) == ()

    def test_one_that_is_keeping_them(self, watched, client, monkeypatch):
        keeping, go_on = threading.Event(), threading.Event()
        record = VisitorRecords.record

        def wait_and_record(*arguments):
            keeping.set()
            assert go_on.wait(10)
            record(*arguments)

        monkeypatch.setattr(VisitorRecords, "record", wait_and_record)
        asking = threading.Thread(target=self.another(client).get, args=("/api/history",))
        asking.start()
        assert keeping.wait(10)
        forgetting = threading.Thread(target=self.another(client).delete, args=("/api/me",))
        forgetting.start()
        forgetting.join(0.3)  # it waits for the request before it
        assert forgetting.is_alive()
        go_on.set()
        asking.join()
        forgetting.join()
        assert self.kept_moods(watched, client) == ()

    def test_thumbs_are_gone_from_memory_too(self, client):
        song = client.get("/api/playlist?emotion=happy").json["songs"][0]
        client.post("/api/feedback", json={"song_id": song["id"], "value": 1})
        client.delete("/api/me")
        songs = client.get("/api/playlist?emotion=happy&limit=500").json["songs"]
        assert {entry["feedback"] for entry in songs} == {0}


def test_what_a_camera_saw_before_a_visitor_came_is_not_the_visitors(watched):
    change_mood(watched, "happy", "sad")
    client = create_app(watched).test_client()
    client.get("/")
    change_mood(watched, "fear", "angry")
    assert moods_of(client) == ["sad", "fear"]


def test_a_store_that_keeps_nothing_takes_nothing_away(watched, monkeypatch, caplog):
    def refuse(*_):
        raise StoreError("the disk is full")

    monkeypatch.setattr(VisitorRecords, "record", refuse)
    client = create_app(watched).test_client()
    client.get("/")
    change_mood(watched, "happy", "sad")
    for _ in range(3):
        assert client.get("/api/history").json["moods"][-1]["emotion"] == "sad"
        assert client.get("/api/me.json").json["moods"] == []
    assert caplog.text.count("the disk is full") == 1


def test_moods_are_ones_own_while_the_cameras_take_turns(watched):
    """The server's camera sees somebody else while this browser uses its own."""
    app = create_app(watched)
    client = app.test_client()
    client.get("/")
    change_mood(watched, "happy")
    client.get("/api/state")
    visitor = watched.visitors.get(client.get_cookie("affectune_visitor").value)
    visitor.own_camera()
    visitor.session.pin("fear")
    change_mood(watched, "sad", "angry")
    client.get("/api/state")
    client.post("/api/camera", json={"action": "leave"})
    change_mood(watched, "surprise")
    assert moods_of(client) == ["happy", "fear", "angry"]

"""What the page polls and changes, through HTTP."""

import csv

import pytest

from config import Config
from core.labels import EMOTIONS
from music.listen.links import ADDRESSES
from tests.conftest import ROOT
from tests.web.conftest import make_services
from web.app import create_app


def error_of(response, status):
    assert response.status_code == status
    return response.json["error"]["message"]


class TestState:
    def test_everything_the_page_needs(self, live_client):
        state = live_client.get("/api/state").json
        assert set(state) == {
            *("version", "status", "message", "emotion", "confidence", "probabilities", "faces"),
            *("pinned", "mode", "follow", "source", "timings_ms", "viewers", "model", "problems"),
        }
        assert (state["status"], state["emotion"]) == ("live", "happy")
        assert list(state["probabilities"]) == list(EMOTIONS)
        assert sum(state["probabilities"].values()) == pytest.approx(1, abs=1e-3)
        assert state["confidence"] == pytest.approx(0.9, abs=0.02)
        (face,) = state["faces"]
        assert len(face["box"]) == 4
        assert list(face["probabilities"]) == list(EMOTIONS)
        assert {k: state["source"][k] for k in ("kind", "status", "width", "height")} == {
            "kind": "webcam",
            "status": "ok",
            "width": 64,
            "height": 48,
        }
        assert set(state["timings_ms"]) == {"detect", "recognise", "encode", "frame_age"}

    def test_it_is_never_cached(self, client):
        assert client.get("/api/state").headers["Cache-Control"] == "no-store"


class TestPlaylist:
    def test_rows_of_the_moods_file(self, live_client):
        answer = live_client.get("/api/playlist").json
        with (ROOT / "songs" / "happy.csv").open(encoding="utf-8", newline="") as file:
            rows = {(row["name"], row["artist"], row["album"]) for row in csv.DictReader(file)}
        assert answer["emotion"] == "happy"
        assert len(answer["songs"]) == 10
        assert {(s["name"], s["artist"], s["album"]) for s in answer["songs"]} <= rows

    def test_a_song_has_links_and_a_reason(self, live_client):
        song = live_client.get("/api/playlist?limit=1").json["songs"][0]
        assert set(song) == {
            *("id", "name", "artist", "album", "release_year", "mood", "reason", "links"),
            *("audio_url", "preview_url", "feedback"),
        }
        assert set(song["links"]) == set(ADDRESSES)
        assert song["reason"]

    def test_all_rows_can_be_had(self, client):
        songs = client.get("/api/playlist?emotion=sad&limit=500").json["songs"]
        with (ROOT / "songs" / "sad.csv").open(encoding="utf-8", newline="") as file:
            assert len(songs) == len(list(csv.DictReader(file)))

    def test_before_there_is_a_mood_it_is_empty_and_says_so(self, client):
        answer = client.get("/api/playlist").json
        assert answer["emotion"] is None
        assert answer["songs"] == []
        assert "first clear mood" in answer["reason"]

    def test_it_follows_the_mood(self, recogniser, live_client, eventually):
        before = live_client.get("/api/playlist").json
        recogniser.emotion = "sad"
        eventually(lambda: live_client.get("/api/playlist").json["emotion"] == "sad")
        after = live_client.get("/api/playlist").json
        assert after["version"] > before["version"]
        assert {s["mood"] for s in after["songs"]} == {"sad"}

    def test_the_same_mood_keeps_its_list_and_a_new_visit_brings_others(self, client):
        def ids():
            return [song["id"] for song in client.get("/api/playlist").json["songs"]]

        client.put("/api/pin", json={"emotion": "happy"})
        first = ids()
        assert ids() == first
        client.put("/api/pin", json={"emotion": "sad"})
        client.put("/api/pin", json={"emotion": "happy"})
        assert set(ids()) != set(first)

    def test_unchanged_it_is_304_and_changed_it_is_not(self, client):
        client.put("/api/pin", json={"emotion": "happy"})
        first = client.get("/api/playlist")
        again = client.get("/api/playlist", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        client.put("/api/pin", json={"emotion": "sad"})
        changed = client.get("/api/playlist", headers={"If-None-Match": first.headers["ETag"]})
        assert changed.status_code == 200

    @pytest.mark.parametrize("limit", ["0", "-1", "501", "ten", "", "1e3", "9" * 99, "٣"])
    def test_an_absurd_limit_is_refused(self, client, limit):
        message = error_of(client.get("/api/playlist", query_string={"limit": limit}), 400)
        assert message.startswith("limit: expected a whole number from 1 to 500, got '")

    @pytest.mark.parametrize("query", ["emotion=bored", "emotion=", "mode=up"])
    def test_an_unknown_choice_is_refused(self, client, query):
        assert "expected one of" in error_of(client.get(f"/api/playlist?{query}"), 400)


class TestFeedback:
    def ids(self, client):
        return [song["id"] for song in client.get("/api/playlist").json["songs"]]

    def test_a_song_thumbed_down_goes_and_another_takes_its_place(self, client):
        client.put("/api/pin", json={"emotion": "happy"})
        before = self.ids(client)
        answer = client.post("/api/feedback", json={"song_id": before[3], "value": -1})
        assert answer.json == {"song_id": before[3], "feedback": -1}
        after = self.ids(client)
        assert after[:3] + after[4:] == before[:3] + before[4:]
        assert after[3] not in before

    def test_a_thumb_up_keeps_the_list_and_shows(self, client):
        client.put("/api/pin", json={"emotion": "happy"})
        before = client.get("/api/playlist")
        ids = self.ids(client)
        client.post("/api/feedback", json={"song_id": ids[0], "value": 1})
        changed = client.get("/api/playlist", headers={"If-None-Match": before.headers["ETag"]})
        assert [song["id"] for song in changed.json["songs"]] == ids
        assert [song["feedback"] for song in changed.json["songs"]] == [1] + [0] * 9
        client.post("/api/feedback", json={"song_id": ids[0], "value": 0})
        assert client.get("/api/playlist").headers["ETag"] == before.headers["ETag"]

    def test_one_visitors_thumbs_are_not_anothers(self, services, client):
        other = create_app(services).test_client()
        for each in (client, other):
            each.put("/api/pin", json={"emotion": "happy"})
        before = self.ids(other)
        client.post("/api/feedback", json={"song_id": before[0], "value": -1})
        assert self.ids(other) == before

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({"song_id": "no such", "value": 1}, "song_id: expected a song's id, got 'no such'"),
            ({"song_id": 7, "value": 1}, "song_id: expected a song's id, got '7'"),
            ({"value": 1}, "song_id: expected a song's id, got 'None'"),
            ({"song_id": "x", "value": 2}, "value: expected 1, -1 or 0, got '2'"),
            ({"song_id": "x", "value": True}, "value: expected 1, -1 or 0, got 'True'"),
            ({"song_id": "x"}, "value: expected 1, -1 or 0, got 'None'"),
            ({"song": "x"}, "Unknown field 'song'; expected song_id, value."),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, client, body, message):
        assert error_of(client.post("/api/feedback", json=body), 400) == message


class TestPin:
    def test_pin_and_unpin(self, client):
        state = client.put("/api/pin", json={"emotion": "fear", "seconds": 60}).json
        assert state["emotion"] == "fear"
        assert state["pinned"]["emotion"] == "fear"
        assert state["pinned"]["until"] > 0
        assert client.put("/api/pin", json={"emotion": None}).json["pinned"] is None

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({"emotion": "bored"}, "emotion: expected one of angry, "),
            ({"emotion": 3}, "emotion: expected one of angry, "),
            ({"emotion": ["sad"]}, "emotion: expected one of angry, "),
            ({}, "Expected 'emotion'"),
            ({"emotions": "sad"}, "Unknown field 'emotions'; expected emotion, seconds."),
            ({"emotion": "sad", "seconds": "long"}, "seconds: expected a number"),
            ({"emotion": "sad", "seconds": True}, "seconds: expected a number"),
            ({"emotion": "sad", "seconds": -5}, "seconds: expected more than 0"),
            ({"emotion": "sad", "seconds": 10**400}, "seconds: expected a number"),
            (["sad"], "Expected a JSON object"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, client, body, message):
        assert error_of(client.put("/api/pin", json=body), 400).startswith(message)
        assert client.get("/api/state").json["pinned"] is None

    def test_a_body_that_is_no_json_is_refused(self, client):
        response = client.put("/api/pin", data="emotion=sad", content_type="text/plain")
        assert "application/json" in error_of(response, 415)
        broken = client.put("/api/pin", data="{", content_type="application/json")
        assert "Expected a JSON object" in error_of(broken, 400)

    def test_a_body_that_is_too_deep_is_refused(self, client):
        deep = client.put("/api/pin", data="[" * 60_000, content_type="application/json")
        assert "Expected a JSON object" in error_of(deep, 400)

    def test_a_body_that_is_too_large_is_refused(self, client):
        response = client.put("/api/pin", json={"emotion": "x" * 100_000})
        assert "64 kB" in error_of(response, 413)


class TestCamera:
    def test_pause_and_resume(self, live_client, eventually):
        paused = live_client.post("/api/camera", json={"action": "pause"}).json
        assert paused["status"] == "paused"
        live_client.post("/api/camera", json={"action": "resume"})
        eventually(lambda: live_client.get("/api/state").json["status"] == "live")

    def test_another_action_is_refused(self, client):
        message = error_of(client.post("/api/camera", json={"action": "explode"}), 400)
        assert message == "action: expected one of pause, resume, leave; got 'explode'"


def test_the_mode_changes_the_list(client):
    client.put("/api/pin", json={"emotion": "sad"})
    assert client.put("/api/mode", json={"mode": "lift"}).json["mode"] == "lift"
    answer = client.get("/api/playlist").json
    assert answer["mode"] == "lift"
    assert answer["reason"].startswith("10 steps from sad to bright")
    assert all("A step up" in song["reason"] for song in answer["songs"][1:])
    assert "expected one of match" in error_of(client.put("/api/mode", json={"mode": "up"}), 400)


def test_history_tells_the_session(live_client):
    live_client.put("/api/pin", json={"emotion": "sad"})
    answer = live_client.get("/api/history").json
    assert [(m["status"], m["emotion"]) for m in answer["moods"]][-2:] == [
        ("live", "happy"),
        ("pinned", "sad"),
    ]
    assert answer["moods"][0]["from"] == answer["started"]


def test_healthz(live_client, recogniser, eventually):
    assert live_client.get("/healthz").json == {"status": "ok"}
    recogniser.predict = None
    eventually(lambda: live_client.get("/healthz").status_code == 503)
    assert live_client.get("/healthz").json["failures"]


def test_metrics_are_prometheus(live_client):
    text = live_client.get("/metrics").text
    for name in (
        "affectune_frames_grabbed_total",
        "affectune_viewers 0.0",
        "affectune_mood_flaps_per_minute 0.0",
        'affectune_stage_seconds{stage="detect"}',
    ):
        assert name in text


def test_a_bad_csv_is_named_and_the_others_play(tmp_path, caplog):
    for emotion in EMOTIONS:
        text = (ROOT / "songs" / f"{emotion}.csv").read_text(encoding="utf-8")
        (tmp_path / f"{emotion}.csv").write_text(text, encoding="utf-8")
    (tmp_path / "fear.csv").write_text("name,album\nThriller,Thriller\n")
    client = create_app(make_services(Config(songs=tmp_path))).test_client()
    problem = "songs/fear.csv: no column 'artist'; found name, album"
    assert client.get("/api/state").json["problems"] == [problem]
    assert problem in caplog.text
    assert client.get("/api/playlist?emotion=fear").json["songs"] == []
    assert len(client.get("/api/playlist?emotion=sad").json["songs"]) == 10


class TestErrors:
    def test_an_unknown_path(self, client):
        assert error_of(client.get("/api/nothing"), 404) == "There is nothing at /api/nothing."

    def test_a_wrong_method(self, client):
        response = client.post("/api/state", json={})
        assert "does not take POST" in error_of(response, 405)
        assert response.headers["Allow"] == "GET, HEAD, OPTIONS"

    def test_a_person_gets_a_page(self, client):
        response = client.get("/nothing", headers={"Accept": "text/html"})
        assert response.status_code == 404
        assert response.mimetype == "text/html"
        assert "There is nothing at /nothing." in response.text

    def test_a_bug_is_told_without_its_insides(self, services, client, monkeypatch, caplog):
        def broken():
            raise ZeroDivisionError("secret insides")

        monkeypatch.setattr(services.live, "state", broken)
        response = client.get("/api/state")
        assert "secret" not in error_of(response, 500)
        assert "secret insides" in caplog.text

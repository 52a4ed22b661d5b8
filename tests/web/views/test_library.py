"""Your music through HTTP: in, counted, and out again."""

import contextlib
import io
import tempfile
import threading
from dataclasses import replace

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from config import Config
from store.database import open_database
from tests.conftest import shared_data
from tests.music.importers.conftest import make_wav
from tests.web.conftest import make_services
from web import admission
from web.app import create_app
from web.uploads import MEGABYTE
from web.views import library as web_library

ROWS = "name,artist,album,mood\nPata Pata,Miriam Makeba,Pata Pata,Happy\n,nobody,x,Sad\nx,y,z,\n"


@pytest.fixture
def database(tmp_path):
    with open_database(tmp_path / "affectune.db") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path):
    make_wav(tmp_path / "music" / "a.wav")
    make_wav(tmp_path / "secret.wav")
    return tmp_path / "music"


@pytest.fixture
def services(database, folder):
    return make_services(Config(music=folder), database=database)


@pytest.fixture
def client(services):
    return create_app(services).test_client()


def send(client, content=ROWS, name="mine.csv", **fields):
    data = content if isinstance(content, bytes) else content.encode()
    fields = {"file": FileStorage(io.BytesIO(data), name), **fields}
    return post(client, fields)


def post(client, fields):
    boundary, body = encode_multipart(fields)
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post("/api/import", data=body, content_type=kind)


def refused(response, status):
    assert response.status_code == status
    return response.json["error"]["message"]


class TestImport:
    def test_a_list(self, client, services):
        assert send(client).json == {
            "name": "mine.csv",
            "new": 2,
            "known": 0,
            "left_out": 1,
            "skipped": ["line 3: the name is empty"],
            "notes": [],
            "unmeasured": [],
            "gone": 0,
        }
        assert {song.mood for song in services.library.songs()} == {"Happy", None}
        assert send(client).json["known"] == 2

    def test_for_a_mood(self, client, services):
        send(client, emotion="neutral")
        assert {song.mood for song in services.library.songs()} == {"Calm"}

    def test_no_mood_chosen(self, client, services):
        assert send(client, emotion="").json["new"] == 2

    def test_its_songs_are_in_the_next_list(self, client):
        rows = "".join(f"My song {n},me,mine,Happy\n" for n in range(200))
        send(client, "name,artist,album,mood\n" + rows)
        songs = client.get("/api/playlist?emotion=happy&limit=500").json["songs"]
        assert sum(song["artist"] == "me" for song in songs) == 200

    def test_files_it_may_name(self, client, services, folder, tmp_path):
        """Those of --music and no others: a list may come from anybody."""
        lines = ["a.wav", str(folder / "a.wav"), "../secret.wav", str(tmp_path / "secret.wav")]
        text = "#EXTM3U\n" + "".join(f"#EXTINF:1,Me - {n}\n{x}\n" for n, x in enumerate(lines))
        send(client, text, "list.m3u")
        paths = {song.name: song.path for song in services.library.songs()}
        assert paths == {
            "0": str(folder / "a.wav"),
            "1": str(folder / "a.wav"),
            "2": None,
            "3": None,
        }

    def test_nothing_is_written_beside_the_store(self, client, tmp_path, monkeypatch):
        def refuse(*_, **__):
            raise AssertionError("a temporary file")

        monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refuse)
        monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
        before = {path.name for path in tmp_path.rglob("*")}
        rows = "name,artist\n" + "".join(f"song {n},{'y' * 300}\n" for n in range(2000))
        answer = send(client, rows, "../../evil.csv")
        assert answer.status_code == 200, answer.text
        after = {path.name for path in tmp_path.rglob("*")}
        assert {name for name in after - before if not name.startswith("affectune.db")} == set()

    def test_kaggles_moods(self, client):
        path = shared_data("Kaggle's songs", "music", "data_moods.csv")
        assert send(client, path.read_bytes(), path.name).json["new"] == 686


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "name", "message"),
        [
            (b"", "mine.csv", "The file in 'file' is empty."),
            (b" \n", "mine.csv", "mine.csv is empty."),
            (
                b"\0\1\2" * 99,
                "mine.csv",
                "mine.csv: expected a text file of songs, got binary data.",
            ),
            (b"a,b\n1,2\n", "mine.csv", "mine.csv: no column for the name; found a, b"),
            (b"name,artist\n,\n", "x.csv", "x.csv: expected songs, found none"),
            (b"<html></html>", "x.xspf", "x.xspf: expected XSPF, a <playlist>; found <html>"),
            (b"ID3", "song.mp3", "song.mp3: expected a list of songs, or a folder of music files"),
        ],
    )
    def test_what_is_no_list_of_songs(self, client, services, content, name, message):
        assert refused(send(client, content, name), 400) == message
        assert services.library.count() == 0

    def test_an_entity_bomb(self, client):
        bomb = b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><playlist>&b;</playlist>'
        assert "without a DTD" in refused(send(client, bomb, "x.xspf"), 400)

    def test_no_file_and_wrong_fields(self, client):
        assert refused(post(client, {"emotion": "sad"}), 400).startswith("Expected 'file'")
        assert "Unknown text field 'mood'" in refused(send(client, mood="Sad"), 400)
        assert "emotion: expected one of" in refused(send(client, emotion="bored"), 400)
        assert "multipart/form-data" in refused(client.post("/api/import", json={}), 415)

    def test_one_too_large(self, client):
        assert "10 MB" in refused(send(client, b"x" * (10 * MEGABYTE + 1)), 413)
        assert "10 MB" in refused(send(client, b"x" * (30 * MEGABYTE)), 413)

    def test_a_full_library(self, client, monkeypatch):
        send(client)
        monkeypatch.setattr(web_library, "MAX_SONGS", 2)
        assert refused(send(client), 409) == "The library is full: it holds 2 songs."

    def test_a_list_of_more_than_a_library_holds(self, client, services, monkeypatch):
        monkeypatch.setattr(web_library, "MAX_SONGS", 1500)
        rows = "".join(f"song {n},y\n" for n in range(5000))
        message = refused(send(client, "name,artist\n" + rows), 400)
        assert message.startswith("mine.csv: expected 1,500 songs at most, found more")
        assert services.library.count() == 2000

    def test_one_at_a_time(self, database, monkeypatch):
        monkeypatch.setattr(admission, "IMPORT_QUEUE_TIMEOUT_S", 0.01)
        services = make_services(database=database)
        client = create_app(services).test_client()
        with services.admissions.imports.turn():
            assert "Another list" in refused(send(client), 503)
        assert send(client).status_code == 200

    def test_no_more_in_memory_than_a_few(self, client, services):
        with contextlib.ExitStack() as others:
            for _ in range(admission.MAX_IMPORTS_ADMITTED):
                others.enter_context(services.admissions.imports.admission())
            assert "Other lists are waiting" in refused(send(client), 503)
        assert send(client).status_code == 200

    def test_how_far_it_is_is_told_meanwhile(self, services):
        """What it tells the page's bar; the mood of its second batch waits until that was seen."""
        arrived, asked = threading.Event(), threading.Event()

        def classify(songs):
            if app.test_client().get("/api/library").json["reading"]["done"]:
                arrived.set()
                asked.wait(10)
            return [None] * len(songs)

        app = create_app(replace(services, song_mood_classifier=classify))
        rows = "name,artist\n" + "".join(f"song {n},y\n" for n in range(2500))
        importing = threading.Thread(target=send, args=(app.test_client(), rows))
        importing.start()
        assert arrived.wait(10)
        client = app.test_client()
        assert client.get("/api/library").json["reading"] == {
            "name": "mine.csv",
            "total": 2500,
            "done": 1000,
        }
        asked.set()
        importing.join()
        assert client.get("/api/library").json["reading"] is None

    def test_a_failure_lets_the_next_one_in(self, client):
        send(client, b"a,b\n")
        assert send(client).status_code == 200

    def test_a_store_in_memory_takes_songs_as_a_file_does(self):
        client = create_app(make_services()).test_client()
        assert client.get("/api/library").json["songs"] == 0
        assert send(client).json["new"] == 2
        assert client.get("/api/library").json["songs"] == 2
        assert client.delete("/api/library").json == {"removed": 2}
        another = create_app(make_services()).test_client()
        assert another.get("/api/library").json["songs"] == 0

    def test_from_another_site(self, client):
        assert (
            client.post("/api/import", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        )


class TestLibrary:
    def test_counts(self, client):
        send(client)
        send(client, "name,artist\nx,y\n", "other.csv")
        answer = client.get("/api/library")
        assert answer.json == {
            "songs": 3,
            "origins": [{"origin": "mine.csv", "songs": 2}, {"origin": "other.csv", "songs": 1}],
            "previews": False,
            "reading": None,
            "music": None,
        }
        assert answer.headers["Cache-Control"] == "no-store"

    def test_out_again(self, client):
        send(client)
        send(client, "name,artist\nx,y\n", "other.csv")
        assert client.delete("/api/library?origin=other.csv").json == {"removed": 1}
        assert "no import called 'other.csv'" in refused(
            client.delete("/api/library?origin=other.csv"), 404
        )
        assert client.delete("/api/library").json == {"removed": 2}
        assert client.get("/api/library").json["songs"] == 0

    def test_two_at_once_lose_nothing(self, services):
        app = create_app(services)
        texts = [
            "name,artist\n" + "".join(f"song {n}-{m},y\n" for m in range(500)) for n in range(4)
        ]
        threads = [
            threading.Thread(target=send, args=(app.test_client(), text, f"{n}.csv"))
            for n, text in enumerate(texts)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert services.library.count() == 2000

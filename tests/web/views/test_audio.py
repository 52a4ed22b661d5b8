"""Playing songs through HTTP: files in ranges, previews, and lists to take along."""

import csv
import io
import os
import wave
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from config import Config
from core.labels import EMOTIONS
from core.song import Song, song_id
from music.catalogue.files import DEFAULT_SONG_MOODS, Catalogue
from music.listen.deezer import Deezer
from music.listen.previews import Previews
from music.recommend.jukebox import Jukebox
from tests.music.listen.deezer_server import MP3, QUOTA, deezer_server, send
from tests.web.conftest import make_services
from web.app import create_app

TOKEN = "a long secret"
SIZE = 44 + 2 * 8000
"""Bytes of a WAV file of a second: its header, and 16-bit samples at 8 kHz."""


def write_wav(path):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(n % 251 for n in range(2 * 8000)))


def a_song(name, path=None):
    return Song(
        *(song_id(name, "", "A"), name, "", "A", 1999, None, None, 0.9, 0.7, "happy"),
        path=path and str(path),
    )


@pytest.fixture
def music(tmp_path):
    """A folder of music with one WAV file."""
    (tmp_path / "music").mkdir()
    write_wav(tmp_path / "music" / "one.wav")
    return tmp_path / "music"


class Client(FlaskClient):
    """Reads each answer to its end and closes it, as a server does."""

    def open(self, *args, **options):
        return super().open(*args, buffered=True, **options)


def client_of(songs, music, previews=None, **config):
    services = make_services(Config(music=music, **config))
    shelves = dict.fromkeys(EMOTIONS, ()) | {"happy": tuple(songs)}
    jukebox = Jukebox(
        Catalogue(shelves, ()), DEFAULT_SONG_MOODS, services.library, services.records, seed=1
    )
    previews = previews or services.previews
    app = create_app(replace(services, jukebox=jukebox, previews=previews))
    app.test_client_class = Client
    return app.test_client()


@pytest.fixture
def client(music):
    return client_of([a_song("One", music / "one.wav"), a_song("Nowhere")], music)


ONE = f"/audio/{song_id('One', '', 'A')}"
NOWHERE = song_id("Nowhere", "", "A")


def error_of(response, status):
    assert response.status_code == status, response.text
    return response.json["error"]["message"]


class TestRanges:
    def test_the_whole_file(self, client, music):
        response = client.get(ONE)
        assert response.status_code == 200
        assert response.data == (music / "one.wav").read_bytes()
        assert response.headers["Content-Type"] == "audio/wav"
        assert response.headers["Accept-Ranges"] == "bytes"
        assert response.headers["Cache-Control"] == "private, no-cache"
        assert response.content_length == SIZE

    @pytest.mark.parametrize(
        ("asked", "first", "last"),
        [
            ("bytes=0-", 0, SIZE - 1),
            ("bytes=0-0", 0, 0),
            ("bytes=100-199", 100, 199),
            ("bytes=16000-99999999999999999999", 16000, SIZE - 1),
            (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
            ("bytes=-1", SIZE - 1, SIZE - 1),
            ("bytes=-500", SIZE - 500, SIZE - 1),
        ],
    )
    def test_one_range(self, client, music, asked, first, last):
        response = client.get(ONE, headers={"Range": asked})
        assert response.status_code == 206
        assert response.data == (music / "one.wav").read_bytes()[first : last + 1]
        assert response.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
        assert response.content_length == last - first + 1

    @pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=99999999999999999999-", "bytes=-0"])
    def test_a_range_beyond_the_file(self, client, asked):
        response = client.get(ONE, headers={"Range": asked})
        assert "range" in error_of(response, 416)
        assert response.headers["Content-Range"] == f"bytes */{SIZE}"

    @pytest.mark.parametrize(
        "asked",
        ["bytes=0-1,5-6", "bytes=-20000", "seconds=1-2", "bytes", "bytes=", "bytes=-", "bytes=a-b"],
    )
    def test_what_is_no_one_range_gets_the_whole(self, client, asked):
        response = client.get(ONE, headers={"Range": asked})
        assert (response.status_code, len(response.data)) == (200, SIZE)

    def test_head_has_the_headers_and_no_sound(self, client):
        response = client.head(ONE, headers={"Range": "bytes=0-9"})
        assert (response.status_code, response.data) == (200, b"")
        assert response.content_length == SIZE
        assert response.headers["Accept-Ranges"] == "bytes"

    @pytest.mark.parametrize("validator", ["ETag", "Last-Modified"])
    def test_if_range_gives_the_rest_of_the_same_file_only(self, client, music, validator):
        first = client.get(ONE, headers={"Range": "bytes=0-9"})
        rest = {"Range": "bytes=10-", "If-Range": first.headers[validator]}
        assert client.get(ONE, headers=rest).status_code == 206
        os.utime(music / "one.wav", (1, 1_000_000_000))
        assert client.get(ONE, headers=rest).status_code == 200

    @pytest.mark.parametrize(
        ("header", "validator"),
        [("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")],
    )
    def test_unchanged_it_is_304(self, client, header, validator):
        validators = {header: client.get(ONE).headers[validator]}
        assert (client.get(ONE, headers=validators).status_code) == 304

    @pytest.mark.parametrize("mtime", [-1, 0, 2**40])
    def test_a_file_from_another_age(self, client, music, mtime):
        os.utime(music / "one.wav", (mtime, mtime))
        assert client.get(ONE).status_code == 200

    def test_an_empty_file(self, client, music):
        (music / "one.wav").write_bytes(b"")
        assert client.get(ONE, headers={"Range": "bytes=0-"}).data == b""


class TestFiles:
    @pytest.mark.parametrize(
        "path",
        [
            "/audio/nothing",
            "/audio/..%2f..%2fetc%2fpasswd",
            "/audio/%2e%2e",
            "/audio/%00",
            "/audio/" + "x" * 2000,
            "/audio/😀",
            "/audio/one.wav",
        ],
    )
    def test_by_id_only(self, client, path):
        assert "There is no" in error_of(client.get(path), 404)

    @pytest.mark.parametrize("path", ["/audio/../music/one.wav", "/audio/a/b", "/audio/"])
    def test_no_path_is_taken(self, client, path):
        assert client.get(path).status_code == 404

    def test_a_song_without_a_file(self, client):
        message = error_of(client.get(f"/audio/{NOWHERE}"), 404)
        assert message == "This song has no music file on this computer."

    def test_a_file_that_is_gone(self, client, music):
        (music / "one.wav").unlink()
        assert error_of(client.get(ONE), 404).startswith("'one.wav' is gone; ")

    def test_a_file_outside_the_folders(self, music, tmp_path):
        write_wav(tmp_path / "private.wav")
        client = client_of([a_song("One", music / ".." / "private.wav")], music)
        message = error_of(client.get(ONE), 404)
        assert message == "'private.wav' is not a music file in a folder of yours."
        (song,) = client.get("/api/playlist?emotion=happy").json["songs"]
        assert song["audio_url"] is None

    def test_without_a_folder_no_file_is_played(self, music):
        client = client_of([a_song("One", music / "one.wav")], None)
        assert "folder of yours" in error_of(client.get(ONE), 404)

    @pytest.mark.parametrize("name", ['quo"ted', "a\nb", "😀", "<b>", "x" * 240, "#%2e?"])
    def test_an_unusual_name(self, music, name):
        path = music / f"{name}.wav"
        write_wav(path)
        client = client_of([a_song(name, path)], music)
        (song,) = client.get("/api/playlist?emotion=happy").json["songs"]
        assert len(client.get(song["audio_url"]).data) == SIZE
        for kind in ("m3u8", "xspf", "csv"):
            assert client.get(f"/api/playlist.{kind}?emotion=happy").status_code == 200

    def test_another_site_cannot_play_it(self, client):
        headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "audio"}
        assert client.get(ONE, headers=headers).status_code == 403

    def test_the_page_may_play_what_is_here(self, client):
        assert "media-src 'self'" in client.get("/").headers["Content-Security-Policy"]


class TestList:
    def test_a_song_says_where_it_plays(self, client):
        songs = client.get("/api/playlist?emotion=happy").json["songs"]
        by_name = {song["name"]: song for song in songs}
        assert by_name["One"]["audio_url"] == ONE
        assert by_name["Nowhere"]["audio_url"] is None
        assert {song["preview_url"] for song in songs} == {None}

    def test_with_previews_on_a_song_without_a_file_has_one(self, client):
        assert client.post("/api/previews", json={"on": True}).json == {"on": True}
        songs = client.get("/api/playlist?emotion=happy").json["songs"]
        by_name = {song["name"]: song for song in songs}
        assert by_name["Nowhere"]["preview_url"] == f"/api/preview/{NOWHERE}"
        assert client.post("/api/previews", json={"on": False}).json == {"on": False}
        songs = client.get("/api/playlist?emotion=happy").json["songs"]
        assert {song["preview_url"] for song in songs} == {None}

    def test_they_can_be_on_from_the_start(self, music):
        client = client_of([a_song("Nowhere")], music, previews=Previews(Deezer(), on=True))
        (song,) = client.get("/api/playlist?emotion=happy").json["songs"]
        assert song["preview_url"]

    @pytest.mark.parametrize("body", [{}, {"on": 1}, {"on": "yes"}, {"on": None}, {"off": True}])
    def test_a_switch_is_on_or_off(self, client, body):
        assert client.post("/api/previews", json=body).status_code == 400


class TestPreviews:
    @pytest.fixture
    def deezer(self, monkeypatch):
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with deezer_server() as server:
            server.tracks = [server.track(1, "Nowhere", "A")]
            yield server

    @pytest.fixture
    def client(self, music, deezer):
        previews = Previews(Deezer(deezer.address, ["127.0.0.1"]), on=True)
        return client_of([a_song("Nowhere")], music, previews)

    def test_it_is_passed_on_in_ranges(self, client):
        whole = client.get(f"/api/preview/{NOWHERE}")
        assert (whole.data, whole.mimetype) == (MP3, "audio/mpeg")
        part = client.get(f"/api/preview/{NOWHERE}", headers={"Range": "bytes=5-9"})
        assert (part.status_code, part.data) == (206, MP3[5:10])

    def test_off_nothing_is_asked_of_anybody(self, client, deezer):
        client.post("/api/previews", json={"on": False})
        assert "Previews are off" in error_of(client.get(f"/api/preview/{NOWHERE}"), 404)
        assert deezer.asked == []

    def test_a_list_alone_asks_nobody(self, client, deezer):
        client.get("/api/playlist?emotion=happy")
        assert deezer.asked == []

    @pytest.mark.parametrize(
        ("answer", "status", "code"),
        [
            (QUOTA, 503, "deezer_busy"),
            (lambda handler: send(handler, b"", "text/html", 500), 502, "deezer_unreachable"),
            ({"data": []}, 404, "no_preview"),
        ],
    )
    def test_trouble_is_told(self, client, deezer, answer, status, code):
        deezer.answers["/search"] = answer
        response = client.get(f"/api/preview/{NOWHERE}")
        assert error_of(response, status)
        assert response.json["error"]["code"] == code

    def test_an_unknown_song(self, client):
        assert error_of(client.get("/api/preview/x"), 404) == "There is no song 'x'."


class TestTakeAlong:
    def test_all_three_are_the_list_of_this_visitor(self, client):
        client.put("/api/pin", json={"emotion": "happy"})
        names = [song["name"] for song in client.get("/api/playlist").json["songs"]]
        assert len(names) == 2
        m3u8 = client.get("/api/playlist.m3u8")
        assert [
            line.partition(" - ")[2] for line in m3u8.text.splitlines() if "#EXTINF" in line
        ] == names
        root = ElementTree.fromstring(client.get("/api/playlist.xspf").data)
        ns = "{http://xspf.org/ns/0/}"
        assert [track.findtext(f"{ns}title") for track in root.iter(f"{ns}track")] == names
        table = csv.DictReader(
            io.StringIO(client.get("/api/playlist.csv").data.decode("utf-8-sig"))
        )
        assert [row["name"] for row in table] == names

    def test_a_list_of_before_can_be_taken_while_the_page_still_shows_it(self, client):
        client.put("/api/pin", json={"emotion": "happy"})
        shown = client.get("/api/playlist").json
        client.put("/api/pin", json={"emotion": "sad"})
        query = "&".join(f"{name}={shown[name]}" for name in ("emotion", "mode", "version"))
        table = client.get(f"/api/playlist.csv?{query}").data.decode("utf-8-sig")
        names = [row["name"] for row in csv.DictReader(io.StringIO(table))]
        assert names == [song["name"] for song in shown["songs"]]

    @pytest.mark.parametrize(
        ("kind", "type"),
        [
            ("m3u8", "audio/x-mpegurl; charset=utf-8"),
            ("xspf", "application/xspf+xml"),
            ("csv", "text/csv; charset=utf-8"),
        ],
    )
    def test_each_is_a_file_to_keep(self, client, kind, type):
        response = client.get(f"/api/playlist.{kind}?emotion=happy")
        assert response.headers["Content-Type"] == type
        assert response.headers["Content-Disposition"] == (
            f"attachment; filename=affectune-happy.{kind}"
        )
        assert response.headers["Cache-Control"] == "no-store"

    def test_a_file_has_the_address_it_is_asked_by(self, client):
        headers = {"Host": "192.168.1.4:5000"}
        text = client.get("/api/playlist.m3u8?emotion=happy", headers=headers).text
        assert f"\nhttp://192.168.1.4:5000{ONE}\n" in text
        assert "one.wav" not in text

    def test_before_there_is_a_mood_it_is_empty(self, client):
        response = client.get("/api/playlist.m3u8")
        assert response.text == "#EXTM3U\n#PLAYLIST:Affectune\n"
        assert "affectune.m3u8" in response.headers["Content-Disposition"]

    @pytest.mark.parametrize("query", ["emotion=bored", "mode=up", "limit=0", "version=new"])
    def test_it_takes_what_the_list_takes(self, client, query):
        assert client.get(f"/api/playlist.csv?{query}").status_code == 400


class TestToken:
    """A player that the list was taken to has no cookie: its addresses open that song alone."""

    @pytest.fixture
    def client(self, music):
        songs = [a_song("One", music / "one.wav"), a_song("Two", music / "one.wav")]
        return client_of(songs, music, token=TOKEN)

    @pytest.fixture
    def addresses(self, client):
        login = {"Authorization": f"Bearer {TOKEN}"}
        text = client.get("/api/playlist.m3u8?emotion=happy", headers=login).text
        return [line for line in text.splitlines() if line.startswith("http://")]

    def test_a_player_can_play_the_list(self, client, addresses):
        assert len(addresses) == 2
        for address in addresses:
            assert client.get(address).status_code == 200

    def test_the_address_of_one_opens_no_other(self, client, addresses):
        keys = [address.partition("?")[2] for address in addresses]
        assert keys[0] != keys[1]
        other = addresses[0].replace(keys[0], keys[1])
        assert client.get(other).status_code == 401

    @pytest.mark.parametrize("query", ["", "?key=", "?key=0", "?key=ä", f"?key={TOKEN}"])
    def test_without_its_key_nothing_plays(self, client, query):
        assert client.get(ONE + query).status_code == 401

    def test_a_key_opens_nothing_else(self, client, addresses):
        song, _, key = addresses[0].rpartition("/")[2].partition("?")
        for path in ("state", "playlist.m3u8", f"preview/{song}"):
            assert client.get(f"/api/{path}?{key}").status_code == 401

    def test_the_token_is_not_in_the_list(self, addresses):
        assert not any(TOKEN.replace(" ", "") in address for address in addresses)

"""Playing in a real browser: a file, seeking in it, and what is told where it fails."""

import wave
from dataclasses import replace

import pytest

from config import Config
from core.labels import EMOTIONS
from core.song import Song, song_id
from music.catalogue.files import DEFAULT_SONG_MOODS, Catalogue
from music.listen.deezer import Deezer
from music.listen.previews import Previews
from music.recommend.jukebox import Jukebox
from tests.browser.conftest import make_services
from tests.music.listen.deezer_server import deezer_server

SECONDS = 120
"""Of 44.1 kHz stereo: 21 MB, more than a browser reads ahead."""


def write_wav(path):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44100)
        for _ in range(SECONDS):
            file.writeframes(bytes(4 * 44100))


def a_song(name, path=None):
    features = (1999, None, None, 0.9, 0.7, "happy")
    return Song(song_id(name, "", "A"), name, "", "A", *features, path=path and str(path))


@pytest.fixture
def play(serve, open_page, tmp_path):
    """Serve one song, open the page with its mood pinned, and return the page and its answers."""

    def play_it(song, previews=None):
        services = make_services(Config(music=tmp_path))
        services.live.session.pin("happy", None)
        shelves = dict.fromkeys(EMOTIONS, ()) | {"happy": (song,)}
        jukebox = Jukebox(
            Catalogue(shelves, ()), DEFAULT_SONG_MOODS, services.library, services.records, seed=1
        )
        previews = previews or services.previews
        address = serve(replace(services, jukebox=jukebox, previews=previews))
        page = open_page(address)
        answers = []
        page.on("response", lambda answer: answers.append(answer))
        page.get_by_role("button", name=f"Play {song.name}").click()
        return page, answers

    return play_it


def wait_for(page, condition):
    page.wait_for_function(
        f"() => {{ const a = document.getElementById('audio'); return {condition}; }}"
    )


def test_a_file_plays_and_seeks(play, tmp_path):
    write_wav(tmp_path / 'a "song" #1 😀.wav')
    page, answers = play(a_song("One", tmp_path / 'a "song" #1 😀.wav'))
    wait_for(page, "!a.paused && a.currentTime > 0.2")
    assert page.evaluate("document.getElementById('audio').duration") == pytest.approx(SECONDS)
    page.evaluate("document.getElementById('audio').currentTime = 100")
    wait_for(page, "!a.seeking && a.currentTime > 100.2")
    sound = [answer for answer in answers if "/audio/" in answer.url]
    assert {answer.status for answer in sound} == {206}
    assert len(sound) > 1, "seeking asks for the place, not for all before it"


def test_why_a_file_does_not_play_is_told(play, tmp_path):
    page, _ = play(a_song("One", tmp_path / "gone.wav"))
    page.get_by_text("'gone.wav' is gone; was it moved, or a disk unplugged?").wait_for()


def test_off_line_a_preview_says_so(play, monkeypatch):
    with deezer_server() as deezer:
        address = deezer.address
    page, answers = play(a_song("One"), Previews(Deezer(address), on=True))
    page.get_by_text("Deezer cannot be reached; previews need").wait_for()
    hosts = {answer.url.split("/")[2] for answer in answers}
    assert len(hosts) == 1, "the page itself asks nobody but this server"

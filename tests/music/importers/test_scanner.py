"""Reading the folder of --music beside the server."""

import os

import pytest

from music.importers.scanner import Scanner
from store.database import open_database
from store.songs import Library
from tests.music.importers.conftest import make_wav


@pytest.fixture
def scanner(tmp_path):
    environment = {**os.environ, "AFFECTUNE_DATA_DIR": str(tmp_path / "data")}
    with_music = Scanner(tmp_path / "music", environment)
    yield with_music
    with_music.stop()


def songs_in(tmp_path):
    with open_database(tmp_path / "data" / "affectune.db") as database:
        return {song.name for song in Library(database).songs()}


def test_it_imports_the_folder_and_says_so(scanner, tmp_path, eventually, monkeypatch):
    make_wav(tmp_path / "music" / "Artist - Pata Pata.wav")
    monkeypatch.chdir(tmp_path)
    assert scanner.state() == {"folder": str(tmp_path / "music"), "status": "waiting"}
    scanner.start()
    eventually(lambda: scanner.state()["status"] == "done", timeout=60)
    state = scanner.state()
    assert (state["new"], state["left_out"]) == (1, 0)
    assert state["unmeasured"][0].startswith(str(tmp_path / "music"))  # too short
    assert songs_in(tmp_path) == {"Pata Pata"}
    eventually(lambda: not scanner.alive)
    assert scanner.failure is None


def test_a_folder_that_is_not_there(scanner, tmp_path, eventually):
    scanner.start()
    eventually(lambda: scanner.state()["status"] == "failed", timeout=60)
    assert "cannot be read: No such file" in scanner.state()["message"]


def test_it_stops_in_the_middle_and_goes_on(scanner, tmp_path, eventually):
    for number in range(60):
        make_wav(tmp_path / "music" / f"Artist - {number}.wav", seconds=5.5)
    scanner.start()
    eventually(lambda: scanner.state().get("done"), timeout=60)
    assert scanner.stop(timeout=5)
    assert scanner.state()["status"] == "stopped"
    assert not scanner.alive
    assert songs_in(tmp_path)


def test_stopped_before_it_began(scanner):
    scanner.stop()
    assert scanner.state()["status"] == "waiting"

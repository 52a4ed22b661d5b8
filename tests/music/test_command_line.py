"""`python -m music`, as a person at a shell uses it."""

import csv
import json
import os
import signal
import subprocess
import sys
from functools import partial

import pytest

from core.episode import Episode
from core.song import Song, song_id
from music.__main__ import main
from music.importers.spotify_client import SpotifyClient
from store.database import open_database
from store.songs import Library
from store.visitors import VisitorRecords
from tests.conftest import ROOT, shared_data
from tests.music.importers.conftest import make_wav, tag
from tests.music.importers.spotify_server import ID, PLAYLIST, SECRET, spotify_server

ITEMS = f"/v1/playlists/{PLAYLIST}/items"
ROWS = "name,artist,album,mood\nPata Pata,Miriam Makeba,Pata Pata,Happy\n,nobody,x,Sad\nx,y,z,Sad\n"


@pytest.fixture
def environment(tmp_path):
    return {"AFFECTUNE_DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def music(environment, capsys):
    """Run a command line; returns the exit code and what was printed, to stdout and stderr."""

    def run(*arguments):
        code = main([str(argument) for argument in arguments], environment)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def until_the_quota():
    """Return Spotify's answers for a playlist's pages: one, and then no more for an hour."""
    return [(200, {}), (429, {"Retry-After": "3600"})]


@pytest.fixture
def spotify(environment, monkeypatch):
    """A stand-in for Spotify, that the command asks."""
    environment |= {"SPOTIFY_CLIENT_ID": ID, "SPOTIFY_CLIENT_SECRET": SECRET}
    with spotify_server() as server:
        client = partial(SpotifyClient, accounts=server.accounts, api=server.api)
        monkeypatch.setattr("music.importers.command.SpotifyClient", client)
        yield server


def songs_in(tmp_path):
    with open_database(tmp_path / "data" / "affectune.db") as database:
        return Library(database).songs()


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(ROWS)
    return path


class TestImport:
    def test_a_list(self, music, rows, tmp_path):
        code, out, err = music("import", rows)
        assert code == 0
        assert out == "mine.csv: 2 new, 0 known already, 1 left out.\n"
        assert err == "  line 3: the name is empty\n"
        assert {song.mood for song in songs_in(tmp_path)} == {"Happy", "Sad"}

    def test_again_it_brings_nothing(self, music, rows, tmp_path):
        music("import", rows)
        assert "0 new, 2 known already" in music("import", rows)[1]
        assert len(songs_in(tmp_path)) == 2

    def test_a_mood_of_ones_own(self, music, rows, tmp_path):
        music("import", rows, "--mood", "Calm")
        assert {song.mood for song in songs_in(tmp_path)} == {"Calm"}

    def test_what_is_left_out_is_counted_from_twenty_on(self, music, tmp_path):
        path = tmp_path / "bad.csv"
        path.write_text("name,artist\nx,y\n" + ",y\n" * 30)
        _, _, err = music("import", path)
        assert err.splitlines()[-1] == "  and 10 more; --verbose names them"
        assert len(music("import", path, "--verbose")[2].splitlines()) == 30

    def test_one_that_fails_leaves_the_others(self, music, rows, tmp_path):
        code, out, err = music("import", tmp_path / "gone.csv", rows)
        assert code == 9
        assert "gone.csv' cannot be read: No such file or directory" in err
        assert "2 new" in out

    def test_a_folder_and_its_files(self, music, tmp_path):
        path = make_wav(tmp_path / "music" / "a.wav")
        tag(path, title="Pata Pata", artist="Miriam Makeba")
        (tmp_path / "music" / "b.mp3").write_text("no music")
        code, out, err = music("import", tmp_path / "music", "--no-measure")
        assert (code, out) == (0, "music: 1 new, 0 known already, 1 left out.\n")
        assert "b.mp3: " in err
        (song,) = songs_in(tmp_path)
        assert (song.name, song.path, song.valence) == ("Pata Pata", str(path), None)

    def test_of_a_file_that_is_renamed_one_song_is_left(self, music, tmp_path):
        old, other = (make_wav(tmp_path / "music" / f"Artist - {n}.wav") for n in ("Old", "Other"))
        playlist = tmp_path / "list.m3u"
        playlist.write_text(f"#EXTINF:1,Artist - Other\n{other}\n")
        music("import", tmp_path / "music", playlist, "--no-measure")
        old.rename(tmp_path / "music" / "Artist - New.wav")
        other.unlink()
        _, out, _ = music("import", tmp_path / "music", "--no-measure")
        assert out == (
            "music: 1 new, 0 known already, 0 left out, 1 forgotten, as their files are gone.\n"
        )
        assert {song.name for song in songs_in(tmp_path)} == {"New", "Other"}  # the list has it

    def test_a_song_too_short_to_be_measured_is_there_all_the_same(self, music, tmp_path):
        make_wav(tmp_path / "music" / "Artist - Short.wav")
        (tmp_path / "music" / "b.mp3").write_text("no music")
        _, out, err = music("import", tmp_path / "music", "--workers", "1")
        assert out == ("music: 1 new, 0 known already, 1 left out, the sound of 1 not measured.\n")
        assert "Short.wav: expected at least 5 s of sound" in err
        assert [song.name for song in songs_in(tmp_path)] == ["Short"]

    def test_spotify_without_credentials(self, music):
        code, _, err = music("import", "spotify:playlist:37i9dQZF1DXcBWIGoYBM5M")
        assert code == 9
        assert "needs an app's id and secret in SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET" in err

    def test_a_spotify_playlist_until_the_quota_is_used_up_and_on(self, music, spotify, tmp_path):
        spotify.refuse = {"/v1/audio-features": [(403, {})], ITEMS: until_the_quota()}
        code, _, err = music("import", PLAYLIST)
        assert code == 9
        assert "Spotify's quota is used up: it asks to wait 3601 seconds" in err
        assert len(songs_in(tmp_path)) == 50
        del spotify.refuse[ITEMS]
        code, out, _ = music("import", f"https://open.spotify.com/playlist/{PLAYLIST}")
        assert code == 0
        assert out.startswith("Spotify playlist 'Mine': 70 new, 0 known already, 0 left out.")
        assert "It went on after the first 50 songs" in out
        assert "Spotify keeps its audio features from this app" in out
        assert {(song.artist.partition(",")[0], song.album) for song in songs_in(tmp_path)} == {
            ("Miriam Makeba", "Pata Pata")
        }

    @pytest.mark.parametrize("forgotten", ["--songs", f"--songs=spotify:playlist:{PLAYLIST}"])
    def test_a_playlist_that_was_cut_off_and_forgotten_begins_anew(
        self, music, spotify, tmp_path, forgotten
    ):
        spotify.refuse = {ITEMS: until_the_quota()}
        assert music("import", PLAYLIST)[0] == 9
        del spotify.refuse[ITEMS]
        assert music("forget", forgotten)[1] == "50 songs are gone.\n"
        assert music("import", PLAYLIST)[0] == 0
        assert len(songs_in(tmp_path)) == 120

    @pytest.mark.parametrize("workers", ["-1", "0", "two"])
    def test_a_number_of_workers_that_is_none_is_refused(self, music, rows, workers, capsys):
        with pytest.raises(SystemExit) as ended:
            music("import", rows, f"--workers={workers}")
        assert ended.value.code == 2
        assert "expected a whole number of 1 or more" in capsys.readouterr().err

    def test_lines_for_a_program(self, music, rows):
        lines = [json.loads(line) for line in music("import", "--json", rows)[1].splitlines()]
        assert lines[0] == {"stage": "mine.csv", "done": 0, "total": 3}
        assert lines[-1]["new"] == 2
        assert lines[-1]["skipped"] == ["line 3: the name is empty"]

    def test_a_store_that_cannot_be_opened(self, music, rows, environment, tmp_path):
        environment["AFFECTUNE_DATABASE_URL"] = f"sqlite:///{tmp_path}"
        code, _, err = music("import", rows)
        assert code == 8
        assert err.startswith("music: store")

    def test_options_of_the_server_do_not_matter(self, music, rows, environment):
        environment |= {"AFFECTUNE_HOST": "0.0.0.0", "AFFECTUNE_NONSENSE": "x"}
        assert music("import", rows)[0] == 0

    def test_kaggles_moods(self, music, tmp_path):
        path = shared_data("Kaggle's songs", "music", "data_moods.csv")
        assert music("import", path)[1] == "data_moods.csv: 686 new, 0 known already, 0 left out.\n"


def test_killed_in_the_middle_it_goes_on(tmp_path, eventually):
    """Twenty thousand songs, and `kill -9` once some are kept."""
    path = tmp_path / "many.csv"
    with path.open("w") as file:
        file.write("name,artist\n")
        file.writelines(f"song {n},artist {n % 100}\n" for n in range(20_000))
    command = [sys.executable, "-m", "music", "import", "--json", str(path)]
    environment = {**os.environ, "AFFECTUNE_DATA_DIR": str(tmp_path / "data")}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout:
            if json.loads(line)["done"]:
                break
        process.send_signal(signal.SIGKILL)
    kept = songs_in(tmp_path)
    assert 0 < len(kept) < 20_000
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["new"] == 20_000 - len(kept)
    assert summary["known"] == len(kept)
    assert len(songs_in(tmp_path)) == 20_000


class TestKept:
    @pytest.fixture
    def kept(self, tmp_path, rows, music):
        music("import", rows)
        song = Song(song_id("x", "", "y"), "x", "", "y", *[None] * 6)
        with open_database(tmp_path / "data" / "affectune.db") as database:
            records = VisitorRecords(database)
            records.rate("anna", song, 1)
            records.record("bert", [Episode(1.0, 2.0, "ok", "happy")])

    def test_all_of_it_can_be_taken_along(self, music, kept, tmp_path):
        folder = tmp_path / "mine"
        code, out, _ = music("export", folder)
        assert (code, out) == (0, f"{folder}: 2 songs, and what is kept of 2 visitors.\n")
        assert sorted(path.name for path in folder.iterdir()) == [
            "songs.csv",
            *("visitor-1.csv", "visitor-1.json", "visitor-2.csv", "visitor-2.json"),
        ]
        assert json.loads((folder / "visitor-1.json").read_text())["ratings"][0]["value"] == 1
        with (folder / "songs.csv").open(newline="") as file:
            assert {row["mood"] for row in csv.DictReader(file)} == {"Happy", "Sad"}
        assert "0 new, 2 known already" in music("import", folder / "songs.csv")[1]

    def test_taken_along_again_it_has_nobody_who_was_forgotten(self, music, kept, tmp_path):
        folder = tmp_path / "mine"
        music("export", folder)
        (folder / "visitor-guide.pdf").write_text("of somebody else")
        music("forget")
        music("export", folder)
        assert {path.name for path in folder.iterdir()} == {"songs.csv", "visitor-guide.pdf"}

    def test_a_folder_that_cannot_be_written_is_one_sentence(self, music, kept, tmp_path):
        code, _, err = music("export", tmp_path / "mine.csv")
        assert code != 0
        assert err == f"music: export: '{tmp_path / 'mine.csv'}' cannot be written: File exists\n"

    def test_visitors_are_forgotten_and_songs_are_not(self, music, kept, tmp_path):
        assert music("forget")[1] == "2 thumbs, moods and corrections are gone.\n"
        assert music("forget")[1] == "0 thumbs, moods and corrections are gone.\n"
        assert len(songs_in(tmp_path)) == 2

    def test_songs_are_forgotten_by_import_or_all(self, music, kept, tmp_path):
        assert music("forget", "--songs", "other.csv")[1] == "0 songs are gone.\n"
        assert music("forget", "--songs", "mine.csv")[1] == "2 songs are gone.\n"
        music("import", tmp_path / "mine.csv")
        assert music("forget", "--songs")[1] == "2 songs are gone.\n"
        assert songs_in(tmp_path) == []


class TestCheck:
    def test_the_shipped_songs_or_a_folder_of_ones_own(self, music, tmp_path):
        code, out, _ = music("check", tmp_path)
        assert code == 5
        assert "happy.csv" in out
        assert "songs, " in music("check")[1]

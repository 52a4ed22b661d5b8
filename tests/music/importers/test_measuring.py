"""Measuring music files in other processes: each once, and none at another's cost."""

import multiprocessing
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from music.importers.folder import open_folder
from music.importers.measuring import Processes, measure_all, work_in
from music.importers.run import import_songs
from store.database import open_database
from store.songs import Library
from tests.conftest import ROOT
from tests.music.importers.conftest import make_wav
from tests.music.importers.measures import SOUND, by_name, times_measured


@pytest.fixture
def library(tmp_path):
    with open_database(tmp_path / "affectune.db") as database:
        yield Library(database)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "music"


def fill(folder, library, *names):
    paths = [make_wav(folder / f"{name}.wav") for name in names]
    import_songs(open_folder(folder), library)
    return paths


def classify(songs):
    return ["Happy" if song["valence"] > 0.5 else "Sad" for song in songs]


def measure(folder, library):
    with Processes(by_name, 2) as processes:
        return measure_all(work_in(folder, library), library, processes, classify)


def test_each_file_once(folder, library):
    paths = fill(folder, library, "a", "b", "c")
    assert measure(folder, library) == []
    assert {(s.valence, s.energy, s.mood) for s in library.songs()} == {(0.9, 0.7, "Happy")}
    version = library.version
    assert measure(folder, library) == []
    assert library.version == version
    assert [times_measured(path) for path in paths] == [1, 1, 1]


def test_a_file_that_has_changed_is_measured_again(folder, library):
    (path,) = fill(folder, library, "a")
    measure(folder, library)
    make_wav(path, seconds=1)
    measure(folder, library)
    assert times_measured(path) == 2


def test_files_of_other_folders_are_left_alone(folder, library, tmp_path):
    fill(folder, library, "a")
    fill(tmp_path / "music too", library, "b")
    assert [song.name for song in work_in(folder, library).unmeasured] == ["a"]


def test_what_was_known_of_a_song_stays(folder, library):
    fill(folder, library, "a")
    (song,) = library.songs()
    library.add([replace(song, mood="Calm")], "a.csv")
    measure(folder, library)
    assert [(s.mood, s.valence) for s in library.songs()] == [("Calm", 0.9)]


def test_a_bad_file_and_one_that_crashes_the_decoder_cost_themselves(folder, library):
    fill(folder, library, "a", "bad", "crash", "d")
    skipped = measure(folder, library)
    assert [str(item) for item in skipped] == [
        f"{folder}/bad.wav: expected music, got silence",
        f"{folder}/crash.wav: the decoder crashed on it",
    ]
    assert [s.valence for s in sorted(library.songs(), key=lambda s: s.name)] == [
        *(0.9, None, None),
        0.9,
    ]


def test_a_sound_kept_but_not_noted_is_noted(folder, library):
    """As after a power cut between the two."""
    (path,) = fill(folder, library, "a")
    status = path.stat()
    library.keep_sound(str(path), status.st_size, status.st_mtime_ns, SOUND)
    assert measure(folder, library) == []
    assert times_measured(path) == 0
    assert [song.mood for song in library.songs()] == ["Happy"]


@pytest.mark.skipif(sys.platform == "win32", reason="looks into /proc")
def test_no_process_outlives_the_one_that_started_it(tmp_path, eventually):
    code = (
        "from music.importers.measuring import Processes\n"
        "from tests.music.importers.measures import by_name\n"
        "import sys, time\n"
        "if __name__ == '__main__':\n"
        "    processes = Processes(by_name, 1)\n"
        "    processes.measure([sys.argv[1]])\n"
        "    print(*processes._pool._processes, flush=True)\n"
        "    time.sleep(60)\n"
    )
    script = tmp_path / "start.py"
    script.write_text(code)
    with subprocess.Popen(
        [sys.executable, str(script), str(make_wav(tmp_path / "a.wav"))],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        worker = int(process.stdout.readline())
        stat = Path(f"/proc/{worker}/stat")
        assert stat.exists()
        process.send_signal(signal.SIGKILL)

    def gone():
        try:
            return stat.read_text().rpartition(")")[2].split()[0] == "Z"  # nobody's to reap
        except OSError:
            return True

    eventually(gone)


def test_no_process_is_left_behind(folder, library):
    fill(folder, library, "a")
    measure(folder, library)
    assert multiprocessing.active_children() == []

"""Lists from 100,000 songs: how long an answer takes, how long loading, and how much memory.

    python -m benchmarks.music
    python -m benchmarks.music --songs 20000 --lists 100

The songs are made up: artists with two songs and artists with two hundred, seventy-six years with
most songs in the latest, moods by the quarter of the valence-energy plane.
"""

import argparse
import csv
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.live import machine
from benchmarks.stats import Result, Spread, Stopwatch, Verdict, milliseconds, table, verdict_table
from config import ROOT
from core.labels import EMOTIONS, MODES
from core.song import Song, song_id
from music.catalogue.files import load_catalogue
from music.recommend.jukebox import Jukebox
from music.recommend.listener import Listener
from store.database import open_database
from store.songs import Library
from store.visitors import VisitorRecords

RATINGS = 100
WARM_UP = 20
LOADS = 5
COLUMNS = ("name", "album", "artist", "release_year", "genre", "language", "valence", "energy")
LANGUAGES = ("en", "es", "fr", "de", "pt", "ja", "instrumental")


def make_songs(count: int) -> list[Song]:
    """Return that many songs, always the same."""
    rng = np.random.default_rng(0)
    artists = (count / 8 * rng.random(count) ** 1.5).astype(int)
    years = 2025 - np.minimum(rng.exponential(20, count), 75).astype(int)
    plane = rng.beta(2, 2, (count, 2)).round(3)
    return [
        _song(n, int(artist), int(year), valence=float(valence), energy=float(energy))
        for n, (artist, year, (valence, energy)) in enumerate(
            zip(artists, years, plane, strict=True)
        )
    ]


def _song(number: int, artist: int, year: int, *, valence: float, energy: float) -> Song:
    name, album = f"Made-up Song {number}", f"Album {artist}-{year}"
    moods = ("Sad", "Energetic", "Calm", "Happy")
    return Song(
        id=song_id(name, album, f"Artist {artist}"),
        name=name,
        album=album,
        artist=f"Artist {artist}",
        release_year=year,
        genre=f"Genre {artist % 40}",
        language=LANGUAGES[artist % len(LANGUAGES)],
        valence=valence,
        energy=energy,
        emotion=None,
        mood=moods[2 * (valence > 0.5) + (energy > 0.5)],
    )


def write_shelves(songs: Sequence[Song], directory: Path) -> None:
    """Write the songs as seven CSV files, as in songs/."""
    for shelf, emotion in enumerate(EMOTIONS):
        with (directory / f"{emotion}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(asdict(song) for song in songs[shelf :: len(EMOTIONS)])


def measure_answers(file: Path, lists: int) -> Result:
    """Measure lists of ten for a visitor with a hundred thumbs, with the library in a database."""
    with open_database(f"sqlite:///{file}") as database:
        catalogue = load_catalogue(ROOT / "songs", EMOTIONS)
        library, records = Library(database), VisitorRecords(database)
        jukebox = Jukebox(catalogue, catalogue.moods, library, records, seed=1)
        listener = Listener(id="visitor")
        rng = np.random.default_rng(1)
        for song in rng.choice(np.array(library.songs(), object), RATINGS, replace=False):
            jukebox.rate(listener, song.id, int(rng.choice((1, -1))))
        spreads = {mode: _answers(jukebox, listener, mode, lists) for mode in MODES}
        thumb = _thumbs(jukebox, lists // 5)
    rows = [(f"{mode}, a new list", *_cells(spread)) for mode, spread in spreads.items()]
    rows.append(("a thumb down, kept on disk", *_cells(thumb)))
    print(f"\nLists of ten with {RATINGS} thumbs given, {lists} each, ms:\n")
    print(table(("", "median", "p95", "worst"), rows))
    data = {mode: vars(spread) for mode, spread in spreads.items()} | {"thumb": vars(thumb)}
    verdicts = [
        Verdict(
            f"{mode}: answer, p95 (median {milliseconds(spread.median)})",
            1000 * spread.p95,
            5,
            "ms",
        )
        for mode, spread in spreads.items()
    ]
    return Result(data, verdicts)


def _answers(jukebox: Jukebox, listener: Listener, mode: str, lists: int) -> Spread:
    """Return the seconds that lists took, of all emotions in turn, none asked for before."""
    seconds = []
    for version in range(WARM_UP + lists):
        elapsed = Stopwatch()
        playlist = jukebox.playlist(
            listener, EMOTIONS[version % 7], mode, limit=10, version=version
        )
        seconds.append(elapsed())
        assert len(playlist.songs) == 10  # noqa: S101
    return Spread.of(seconds[WARM_UP:])


def _thumbs(jukebox: Jukebox, count: int) -> Spread:
    """Return the seconds until a song thumbed down is kept and replaced in its list."""
    listener = Listener(id="other")
    seconds = []
    for version in range(count):
        playlist = jukebox.playlist(
            listener, EMOTIONS[version % 7], "lift", limit=10, version=version
        )
        elapsed = Stopwatch()
        jukebox.rate(listener, playlist.songs[4].song.id, -1)
        seconds.append(elapsed())
    return Spread.of(seconds)


def _cells(spread: Spread) -> tuple[str, str, str]:
    return milliseconds(spread.median), milliseconds(spread.p95), milliseconds(spread.worst)


def measure_loading(shelves: Path, file: Path) -> Result:
    """Measure loading from CSV and from the database, each time in a new process."""
    sources = {"csv": [str(shelves)], "database": [str(ROOT / "songs"), str(file)]}
    loads_of = {kind: [_load(kind, paths) for _ in range(LOADS)] for kind, paths in sources.items()}
    rows, verdicts = [], []
    for kind, loads in loads_of.items():
        seconds = statistics.median(load["seconds"] for load in loads)
        memory = {
            when: statistics.median(load["megabytes"][when] for load in loads)
            for when in ("before", "after", "most")
        }
        rows.append((kind, f"{seconds:.2f}", *(f"{value:.0f}" for value in memory.values())))
        verdicts.append(Verdict(f"load from {kind}, median of {LOADS}", seconds, 1, "s"))
        verdicts.append(Verdict(f"most memory with songs from {kind}", memory["most"], 150, "MB"))
    print(f"\nLoading, median of {LOADS} processes; memory is all of the process, MB:\n")
    print(table(("from", "s", "before", "after", "most"), rows))
    return Result({"loads": loads_of}, verdicts)


def _load(kind: str, paths: Sequence[str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.music_load", kind, *paths]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    return dict(json.loads(answer.stdout))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure lists from a large library of songs.")
    parser.add_argument("--songs", type=int, default=100_000, help="how many (100000)")
    parser.add_argument("--lists", type=int, default=300, help="lists a mode (300)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures here")
    options = parser.parse_args(arguments)
    print(f"{options.songs} songs on {machine()}")
    with tempfile.TemporaryDirectory() as directory:
        shelves, file = Path(directory), Path(directory) / "affectune.db"
        songs = make_songs(options.songs)
        write_shelves(songs, shelves)
        with open_database(f"sqlite:///{file}") as database:
            Library(database).add(songs, "benchmark")
        del songs
        results = [measure_answers(file, options.lists), measure_loading(shelves, file)]
    print(f"\n{verdict_table(v for result in results for v in result.verdicts)}")
    if options.json:
        data = {"machine": machine()} | {k: v for result in results for k, v in result.data.items()}
        options.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

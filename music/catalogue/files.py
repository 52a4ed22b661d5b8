"""The catalogue: one CSV file of songs an emotion, read once at start."""

import logging
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from sys import intern
from types import MappingProxyType

from core.csv_cells import unescape_formula
from core.errors import CatalogueError
from core.labels import SONG_MOODS
from core.song import Song, song_id
from music.catalogue.csv_table import CsvTable

log = logging.getLogger(__name__)

REQUIRED = ("name", "album", "artist")
COLUMNS = (*REQUIRED, "release_year", "genre", "language", "valence", "energy")
DEFAULT_SONG_MOODS: Mapping[str, str] = MappingProxyType(
    {
        "angry": "Energetic",
        "disgust": "Sad",
        "fear": "Energetic",
        "happy": "Happy",
        "sad": "Sad",
        "surprise": "Happy",
        "neutral": "Calm",
    }
)
"""Mood of the library's songs that suit an emotion, where `SONG_MOODS_FILES` say nothing else."""
SONG_MOODS_FILES = ("moods.csv", "settings/moods.csv")
"""Where a folder of songs may say whose list a mood may join; the first that is there counts.

It is no catalogue and lies apart from them in `songs/`; in folders of an older Affectune it lies
beside them.
"""
MAX_PROBLEMS = 3
"""Rows of a file that are named one by one; the rest is a number."""
YEARS = range(1000, 2101)


@dataclass(frozen=True)
class Catalogue:
    """All songs, by emotion, and what was wrong with the files."""

    songs: Mapping[str, tuple[Song, ...]]
    """One entry an emotion; empty where its file could not be read."""
    problems: tuple[str, ...]
    """A sentence for each file or row that could not be used."""
    moods: Mapping[str, str] = field(default_factory=lambda: DEFAULT_SONG_MOODS)
    """As `load_song_moods` returns it."""


def load_catalogue(directory: Path, emotions: Iterable[str]) -> Catalogue:
    """Read `<emotion>.csv` for each emotion, and which moods suit them.

    One bad file leaves the others alone.

    Raises:
        CatalogueError: the folder does not exist, or none of its files could be used.
    """
    if not os.path.isdir(directory):  # noqa: PTH112 - `Path.is_dir` raises on too long a name
        raise CatalogueError(f"songs: expected a folder at '{directory}', found none")
    emotions = tuple(emotions)
    moods, problems = load_song_moods(directory, emotions)
    songs: dict[str, tuple[Song, ...]] = {}
    for emotion in emotions:
        try:
            songs[emotion], bad_rows = read_songs(directory / f"{emotion}.csv", emotion)
        except CatalogueError as error:
            songs[emotion], bad_rows = (), [str(error)]
        problems += bad_rows[:MAX_PROBLEMS]
        if len(bad_rows) > MAX_PROBLEMS:
            problems.append(
                f"songs/{emotion}.csv: {len(bad_rows) - MAX_PROBLEMS} more rows left out"
            )
    for problem in problems:
        log.warning("%s", problem)
    if not any(songs.values()):
        raise CatalogueError(f"songs: no usable file in '{directory}'; first: {problems[0]}")
    return Catalogue(songs, tuple(problems), moods)


def read_songs(path: Path, emotion: str) -> tuple[tuple[Song, ...], list[str]]:
    """Read one file of songs; a malformed row costs that row.

    Args:
        path: CSV with a header, UTF-8, at least the columns name, album and artist;
            release_year, genre, language, valence and energy may be missing or empty, others
            are ignored.
        emotion: whose songs they are.

    Returns:
        The songs, and a sentence for each row left out, naming the file and the line.

    Raises:
        CatalogueError: the file is missing, empty, not UTF-8, without a needed column, or
            has no usable row.
    """
    table = CsvTable(path, f"songs/{path.name}", "songs", REQUIRED)
    fields = table.picker(COLUMNS)
    songs: list[Song] = []
    problems: list[str] = []
    for row in table.rows():
        try:
            songs.append(_song(fields(row), emotion))
        except CatalogueError as error:
            problems.append(f"{table.place}: {error}")
    if not songs:
        reason = f"; first: {problems[0]}" if problems else ", found none"
        raise CatalogueError(f"{table.label}: expected songs below the header{reason}")
    return tuple(songs), problems


def load_song_moods(
    directory: Path, emotions: Collection[str]
) -> tuple[Mapping[str, str], list[str]]:
    """Read from the first of `SONG_MOODS_FILES`, columns emotion and mood, what suits an emotion.

    Returns:
        emotion -> mood of the library's songs that suit it, by `DEFAULT_SONG_MOODS` where there is
        no such file or it does not say; and a sentence for each row, or the file, that could
        not be used.
    """
    moods = {emotion: DEFAULT_SONG_MOODS[emotion] for emotion in emotions}
    problems: list[str] = []
    name = next((name for name in SONG_MOODS_FILES if (directory / name).exists()), None)
    if name is None:
        return moods, problems
    try:
        table = CsvTable(directory / name, f"songs/{name}", "moods", ("emotion", "mood"))
        fields = table.picker(("emotion", "mood"))
        for row in table.rows():
            try:
                emotion, mood = fields(row)
                moods[_one_of(emotion, "emotion", emotions)] = _one_of(mood, "mood", SONG_MOODS)
            except CatalogueError as error:
                problems.append(f"{table.place}: {error}")
    except CatalogueError as error:
        problems.append(str(error))
    return moods, problems


def _one_of(text: str, column: str, choices: Collection[str]) -> str:
    if text not in choices:
        raise CatalogueError(f"expected {column} to be one of {', '.join(choices)}, got {text!r}")
    return text


def _song(fields: tuple[str, ...], emotion: str) -> Song:
    name, album, artist = map(unescape_formula, fields[:3])
    year, genre, language, valence, energy = fields[3:]
    if not name or not artist:
        raise CatalogueError(f"'{'artist' if name else 'name'}' is empty")
    return Song(  # by position: a fifth faster than by keyword, and there may be 100,000
        song_id(name, album, artist),
        name,
        intern(album),
        intern(artist),
        _year(year),
        intern(genre) or None,
        intern(language) or None,
        _fraction(valence, "valence"),
        _fraction(energy, "energy"),
        emotion,
    )


@lru_cache
def _year(text: str) -> int | None:
    if not text:
        return None
    if len(text) != 4 or not text.isdecimal() or int(text) not in YEARS:
        raise CatalogueError(f"expected a release_year like 1977, got {text[:40]!r}")
    return int(text)


@lru_cache(maxsize=4096)
def _fraction(text: str, column: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise CatalogueError(f"expected {column} from 0 to 1, got {text[:40]!r}")
    return value

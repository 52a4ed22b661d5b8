"""The catalogue: one CSV file of songs an emotion, read once at start."""

import csv
import hashlib
import io
import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from errors import CatalogueError

log = logging.getLogger(__name__)

REQUIRED = ("name", "album", "artist")
MOST_PROBLEMS = 3
"""Rows of a file that are named one by one; the rest is a number."""
YEARS = range(1000, 2101)


@dataclass(frozen=True, slots=True)
class Song:
    """A song of the catalogue, or of a person's own library."""

    id: str
    """The same for the same name, artist and album in every run and every file."""
    name: str
    album: str
    artist: str
    release_year: int | None
    genre: str | None
    language: str | None
    """ISO 639-1 code of the words sung, or `instrumental`."""
    valence: float | None
    """Unpleasant 0 to pleasant 1; editorial in songs/, else as imported or measured."""
    energy: float | None
    """Calm 0 to intense 1; likewise."""
    emotion: str | None
    """The emotion in whose file it stands; None for a song of the library."""
    mood: str | None = None
    """Calm, Energetic, Happy or Sad, for a song of the library where it is known."""
    path: str | None = None
    """Absolute path of its music file; None where there is none on this computer."""


@dataclass(frozen=True)
class Catalogue:
    """All songs, by emotion, and what was wrong with the files."""

    songs: Mapping[str, tuple[Song, ...]]
    """One entry an emotion; empty where its file could not be read."""
    problems: tuple[str, ...]
    """A sentence for each file or row that could not be used."""


def load_catalogue(directory: Path, emotions: Iterable[str]) -> Catalogue:
    """Read `<emotion>.csv` for each emotion; one bad file leaves the others alone.

    Raises:
        CatalogueError: the folder does not exist, or none of its files could be used.
    """
    if not os.path.isdir(directory):  # noqa: PTH112 - `Path.is_dir` raises on too long a name
        raise CatalogueError(f"songs: expected a folder at '{directory}', found none")
    songs: dict[str, tuple[Song, ...]] = {}
    problems: list[str] = []
    for emotion in emotions:
        try:
            songs[emotion], bad_rows = read_songs(directory / f"{emotion}.csv", emotion)
        except CatalogueError as error:
            songs[emotion], bad_rows = (), [str(error)]
        problems += bad_rows[:MOST_PROBLEMS]
        if len(bad_rows) > MOST_PROBLEMS:
            problems.append(
                f"songs/{emotion}.csv: {len(bad_rows) - MOST_PROBLEMS} more rows left out"
            )
    for problem in problems:
        log.warning("%s", problem)
    if not any(songs.values()):
        raise CatalogueError(f"songs: no usable file in '{directory}'; first: {problems[0]}")
    return Catalogue(songs, tuple(problems))


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
    label = f"songs/{path.name}"
    reader = csv.DictReader(io.StringIO(_read_text(path, label)), strict=True)
    songs: list[Song] = []
    problems: list[str] = []
    try:
        columns = [column.strip() for column in reader.fieldnames or []]
        missing = [column for column in REQUIRED if column not in columns]
        if missing:
            raise CatalogueError(
                f"{label}: no column '{missing[0]}'; found {', '.join(columns) or 'none'}"
            )
        reader.fieldnames = columns
        for row in reader:
            try:
                songs.append(_song(row, emotion, f"{label}, line {reader.line_num}"))
            except CatalogueError as error:
                problems.append(str(error))
    except csv.Error as error:
        raise CatalogueError(f"{label}, line {reader.line_num}: not CSV: {error}") from error
    if not songs:
        found = f"; first: {problems[0]}" if problems else ", found none"
        raise CatalogueError(f"{label}: expected songs below the header{found}")
    return tuple(songs), problems


def _read_text(path: Path, label: str) -> str:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise CatalogueError(f"{label}: expected a file at '{path}', found none") from error
    except OSError as error:
        raise CatalogueError(f"{label}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CatalogueError(
            f"{label}: expected UTF-8, but byte {error.start} is 0x{error.object[error.start]:02x};"
            " save it as UTF-8"
        ) from error
    if not text.strip():
        raise CatalogueError(f"{label}: expected a header and songs, the file is empty")
    return text


def _song(row: Mapping[str | None, str | None], emotion: str, place: str) -> Song:
    if None in row or None in row.values():
        raise CatalogueError(f"{place}: expected as many fields as the header has columns")
    texts = {column: (value or "").strip() for column, value in row.items()}
    for column in REQUIRED:
        if not texts[column] and column != "album":
            raise CatalogueError(f"{place}: '{column}' is empty")
    name, album, artist = (texts[column] for column in REQUIRED)
    return Song(
        id=song_id(name, album, artist),
        name=name,
        album=album,
        artist=artist,
        release_year=_year(texts.get("release_year", ""), place),
        genre=texts.get("genre") or None,
        language=texts.get("language") or None,
        valence=_fraction(texts.get("valence", ""), "valence", place),
        energy=_fraction(texts.get("energy", ""), "energy", place),
        emotion=emotion,
    )


def song_id(name: str, album: str, artist: str) -> str:
    """Return 12 hexadecimal digits, the same for the same song whatever it was read from."""
    key = "\x1f".join((name, artist, album)).casefold()
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def _year(text: str, place: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or int(text) not in YEARS:
        raise CatalogueError(f"{place}: expected a release_year like 1977, got {text!r}")
    return int(text)


def _fraction(text: str, column: str, place: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise CatalogueError(f"{place}: expected {column} from 0 to 1, got {text!r}")
    return value

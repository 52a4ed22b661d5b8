"""What the columns of song lists are called, and what stands in them."""

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from core.labels import SONG_MOODS
from music.catalogue.files import YEARS
from music.importers.items import Track, make_song

NAMES: Final[Mapping[str, str]] = {
    name: field
    for field, names in {
        "name": "name, track name, title, track, song, song name, track title",
        "artist": "artist, artists, artist name, artist name s, artist s name, artist names, "
        "track artist, creator",
        "album": "album, album name, track album name",
        "release_year": "release year, year, release date, album release date, "
        "track album release date, released year",
        "genre": "genre, genres, top genre, artist genres, track genre, playlist genre",
        "language": "language",
        "mood": "mood",
        "danceability": "danceability",
        "energy": "energy",
        "valence": "valence",
        "acousticness": "acousticness",
        "instrumentalness": "instrumentalness",
        "liveness": "liveness",
        "speechiness": "speechiness",
        "loudness": "loudness, loudness db",
        "tempo": "tempo, bpm, beats per minute bpm",
        "key": "key",
        "mode": "mode",
        "time_signature": "time signature",
        "popularity": "popularity, track popularity",
        "duration_ms": "duration ms, track duration ms, length, length duration, duration",
    }.items()
    for name in names.split(", ")
}
"""Our name of each column, by what Kaggle's sets (data_moods, Top 2000s, tracks_features, most
streamed), both Exportifys (exportify.app, exportify.net) and our own lists call it when `plain`."""

FRACTIONS: Final = (
    *("danceability", "energy", "valence", "acousticness"),
    *("instrumentalness", "liveness", "speechiness"),
)
"""Columns from 0 to 1, or all of them from 0 to 100."""
NUMBERS: Final[Mapping[str, tuple[float, float]]] = {
    "loudness": (-100, 20),
    "tempo": (0, 1000),
    "key": (-1, 11),
    "mode": (0, 1),
    "time_signature": (0, 16),
    "popularity": (0, 100),
}
"""The other numbers, and what they may be: one beyond is a slip, or another column's."""
WORDS: Final = {
    "key": ("c", "c#", "d", "d#", "e", "f", "f#", "g", "g#", "a", "a#", "b"),
    "mode": ("minor", "major"),
}
"""What some lists write in place of these numbers."""
LIST: Final = re.compile(
    r"""\[\s*+(?:(?:'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")\s*+,?+\s*+)++\]""", re.DOTALL
)
"""Quoted texts in brackets. It never goes back, so that a cell of nothing but quotes takes no time
that grows with its square: the interpreter would be held up, and the video with it."""
MAX_IN_SECONDS: Final = 10_000
"""Lengths up to this are seconds, longer ones milliseconds: three hours, or ten seconds."""
MAX_DURATION_MS: Final = 24 * 3600 * 1000
CLOCK: Final = re.compile(r"(?:(\d+):)?(\d+):([0-5]\d(?:\.\d+)?)")
"""Hours where there are any, minutes and seconds."""
ASIDE: Final = ("key", "mode", "time_signature", "popularity")
"""Numbers that many programs write in a way of their own, and of which no mood depends much: one
that cannot be read is left out, and the song is not."""


def plain(column: str) -> str:
    """Return a column's name in small words: `Artist Name(s)` is `artist name s`."""
    return " ".join(re.findall(r"[^\W_]+", column.casefold()))


def fields_of(header: Iterable[str]) -> list[str | None]:
    """Return our name of each column; None for one that says nothing to us, or says it again.

    A `track` is a name where nothing else is one, else it is the number on the record.
    """
    columns = [plain(column) for column in header]
    names = [NAMES.get(column) for column in columns]
    if names.count("name") > 1:
        names = [None if c == "track" else f for c, f in zip(columns, names, strict=True)]
    fields: list[str | None] = []
    for field in names:
        fields.append(None if field in fields else field)
    return fields


def is_percent(rows: Iterable[Mapping[str, str]]) -> bool:
    """Return whether the fractions of most rows go from 0 to 100 and not from 0 to 1."""
    above = below = 0
    for row in rows:
        for field in FRACTIONS:
            with contextlib.suppress(ValueError):
                value = _number(row.get(field, ""), field)
                above += value > 1
                below += 0 < value < 1
    return above > below


def mood_of(text: str) -> str | None:
    """Return which of the four moods a word is; None for any other."""
    word = text.capitalize()
    return word if word in SONG_MOODS else None


def track_of(
    row: Mapping[str, str], percent: bool, unread: Callable[[str, str], object] = lambda *_: None
) -> Track:
    """Return what a row says.

    Args:
        row: text by our name of its column, without blanks around it.
        percent: whether fractions go from 0 to 100.
        unread: called with each of `ASIDE` that could not be read, and what stands there.

    Raises:
        ValueError: it has no name or artist, or a number that cannot be; says which.
    """
    features = _features(row, percent, unread)
    song = make_song(
        row.get("name", ""),
        artists(row.get("artist", "")),
        row.get("album", ""),
        year=year_of(row.get("release_year", "")),
        genre=row.get("genre", ""),
        language=row.get("language", ""),
        features=features,
        mood=mood_of(row.get("mood", "")),
    )
    return Track(song, features)


def artists(text: str) -> str:
    """Return artists as people write them, from `['A', 'B']`, `A;B` and Exportify's `A\\, B`."""
    if LIST.fullmatch(text):
        quoted = re.findall(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""", text, re.DOTALL)
        return ", ".join(re.sub(r"\\(.)", r"\1", a or b).strip() for a, b in quoted)
    parts = (part.strip() for part in text.replace("\\,", ",").split(";"))
    return ", ".join(part for part in parts if part)


def year_of(date: str) -> int | None:
    """Return the year of `1982-10-27`, `1982` or `27.10.1982`; None where there is none."""
    match = re.search(r"(?<!\d)\d{4}(?!\d)", date)
    return int(match[0]) if match and int(match[0]) in YEARS else None


def _features(
    row: Mapping[str, str], percent: bool, unread: Callable[[str, str], object]
) -> dict[str, float]:
    features = {}
    for field in FRACTIONS:
        if text := row.get(field):
            value = _number(text, field)
            if not 0 <= value <= (100 if percent else 1):
                raise _beyond(field, 0, 100 if percent else 1, text)
            features[field] = value / 100 if percent else value
    for field, (lowest, highest) in NUMBERS.items():
        if text := row.get(field):
            try:
                value = _number(text, field)
            except ValueError:
                if field not in ASIDE:
                    raise
                unread(field, text)
                continue
            if not lowest <= value <= highest:
                raise _beyond(field, lowest, highest, text)
            features[field] = value
    if text := row.get("duration_ms"):
        features["duration_ms"] = _milliseconds(text)
    return features


def _milliseconds(text: str) -> float:
    """Return a length: `3:45`, seconds or milliseconds."""
    if clock := CLOCK.fullmatch(text):
        hours, minutes, seconds = clock.groups(default="0")
        value = 1000 * (3600 * int(hours) + 60 * int(minutes) + float(seconds))
    else:
        value = _number(re.sub(r"(?<=\d),(?=\d{3}\b)", "", text), "the length")
        value *= 1000 if value <= MAX_IN_SECONDS else 1
    if not 0 <= value <= MAX_DURATION_MS:
        raise _beyond("the length", 0, MAX_DURATION_MS, text)
    return value


def _number(text: str, field: str) -> float:
    """Return a number; also of `0,73`, `128 bpm`, and a key or mode written as `F#` or `Major`."""
    if field == "tempo":
        text = re.sub(r"\s*bpm$", "", text, flags=re.IGNORECASE)
    with contextlib.suppress(ValueError):
        return float(text)
    with contextlib.suppress(ValueError):
        if field in WORDS:
            return WORDS[field].index(text.casefold())
        return float(text.replace(",", "."))
    raise ValueError(f"expected a number for {field}, got {text[:40]!r}")


def _beyond(field: str, lowest: float, highest: float, text: str) -> ValueError:
    return ValueError(f"expected {field} from {lowest:g} to {highest:g}, got {text[:40]!r}")

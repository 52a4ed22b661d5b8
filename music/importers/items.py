"""What a source of songs yields, item by item, and how an importer hands it over."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from core.song import Song, song_id

T = TypeVar("T")

MAX_TEXT_LENGTH: Final = 500
BATCH_SIZE: Final = 1000
"""Items kept together: often enough to lose little, seldom enough to flush little."""

Features = Mapping[str, float]
"""Spotify's audio features by their names there: danceability, energy, valence, acousticness,
instrumentalness, liveness and speechiness from 0 to 1, loudness in dB, tempo in beats a minute,
key, mode, time_signature, popularity from 0 to 100, duration_ms. Those not known are left out."""


@dataclass(frozen=True, slots=True)
class Track:
    """A song, and what is known of its sound."""

    song: Song
    features: Features = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that is not taken."""

    place: str
    """Where it stands: `line 12`, or a file's path."""
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should know of the whole source, in a sentence."""

    text: str


Item = Track | Skipped | Note


@dataclass(frozen=True)
class Source:
    """Something to import, opened."""

    label: str
    """What a person calls it."""
    origin: str
    """What the library remembers its songs by."""
    total: int | None
    """About how many items there will be; None where nobody knows."""
    batches: Iterator[Sequence[Item]]
    """Read once. What one batch brought is kept before the next one is asked for."""


def batched(items: Iterable[T], size: int = BATCH_SIZE) -> Iterator[list[T]]:
    """Yield lists of up to `size`."""
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def make_song(
    name: str,
    artist: str,
    album: str = "",
    *,
    year: int | None = None,
    genre: str = "",
    language: str = "",
    features: Features | None = None,
    mood: str | None = None,
    path: str | None = None,
) -> Song:
    """Return a song of the library.

    Raises:
        ValueError: its name or artist is empty, or a text longer than `MAX_TEXT_LENGTH`; says
            which.
    """
    texts = {"name": name, "artist": artist, "album": album, "genre": genre, "language": language}
    texts = {column: clean(text) for column, text in texts.items()}
    for column, text in texts.items():
        if not text and column in ("name", "artist"):
            raise ValueError(f"the {column} is empty")
        if len(text) > MAX_TEXT_LENGTH:
            raise ValueError(f"the {column} is longer than {MAX_TEXT_LENGTH} characters")
    features = features or {}
    return Song(
        id=song_id(texts["name"], texts["album"], texts["artist"]),
        name=texts["name"],
        album=texts["album"],
        artist=texts["artist"],
        release_year=year,
        genre=texts["genre"] or None,
        language=texts["language"] or None,
        valence=features.get("valence"),
        energy=features.get("energy"),
        emotion=None,
        mood=mood,
        path=path,
    )


def clean(text: str) -> str:
    """Return a text on one line, without what no store or page can take."""
    return re.sub(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]+", " ", text).strip()

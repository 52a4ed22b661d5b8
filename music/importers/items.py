"""What an importer finds, and how it hands it over."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from core.song import Song, song_id

T = TypeVar("T")

LONGEST_TEXT: Final = 500
BATCH: Final = 1000
"""Songs kept at once: often enough to lose little, seldom enough to flush little."""

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


Found = Track | Skipped | Note


@dataclass(frozen=True)
class Source:
    """Something to import, opened."""

    label: str
    """What a person calls it."""
    origin: str
    """What the library remembers its songs by."""
    total: int | None
    """About how many things will be found; None where nobody knows."""
    batches: Iterator[Sequence[Found]]
    """Read once. What one batch brought is kept before the next one is asked for."""


def batched(found: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Yield lists of up to `size`."""
    batch: list[T] = []
    for item in found:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def song(
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
        ValueError: its name or artist is empty, or a text longer than `LONGEST_TEXT`; says
            which.
    """
    texts = {"name": name, "artist": artist, "album": album, "genre": genre, "language": language}
    texts = {what: clean(text) for what, text in texts.items()}
    for what, text in texts.items():
        if not text and what in ("name", "artist"):
            raise ValueError(f"the {what} is empty")
        if len(text) > LONGEST_TEXT:
            raise ValueError(f"the {what} is longer than {LONGEST_TEXT} characters")
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

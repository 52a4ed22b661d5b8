"""A song, as the rooms hand it on, and the id it has in every file and run."""

import hashlib
from dataclasses import dataclass


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


def song_id(name: str, album: str, artist: str) -> str:
    """Return 12 hexadecimal digits, the same for the same song whatever it was read from."""
    key = "\x1f".join((name, artist, album)).casefold()
    return hashlib.sha256(key.encode()).hexdigest()[:12]

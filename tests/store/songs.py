"""Songs to fill a store with, and whether it is whole."""

import sqlite3
from pathlib import Path

import pytest

from core.errors import StoreError
from core.song import Song, song_id
from store.songs import Library


def song(number: int, **known) -> Song:
    name = f"song {number}"
    blank = dict.fromkeys(("release_year", "genre", "language", "valence", "energy", "emotion"))
    return Song(song_id(name, "album", "artist"), name, "album", "artist", **{**blank, **known})


def fill(library: Library) -> tuple[int, str]:
    """Add songs until the store refuses; return how many were taken, and what it said."""
    taken = 0
    with pytest.raises(StoreError) as refused:  # noqa: PT012 - how often it goes well is unknown
        while taken < 100_000:
            library.add([song(taken + n, genre="x" * 500) for n in range(50)], "filling")
            taken += 50
    return taken, str(refused.value)


def is_whole(path: Path) -> bool:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()

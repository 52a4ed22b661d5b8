"""Songs with their audio features and mood, read by the code that imports them when serving."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from core.errors import SongImportError
from core.labels import SONG_MOODS
from music.importers.items import Skipped, Track
from music.importers.sources import open_file
from music.measure.song_mood import FEATURES, to_rows
from training.common.errors import TrainingError

OTHERS: Final = ("key", "time_signature")
"""Numbers that lists have and no model of ours takes."""


@dataclass(frozen=True)
class SongTable:
    """n songs."""

    rows: np.ndarray
    """float64 (n, 12), the columns of `song_mood.FEATURES`; NaN where one is not known."""
    labels: np.ndarray
    """int (n,), places in `SONG_MOODS`; -1 where the list names no mood."""
    names: tuple[str, ...]
    artists: tuple[str, ...]
    others: np.ndarray | None = None
    """float64 (n, 2), `OTHERS`; NaN where one is not known."""

    def __len__(self) -> int:
        return len(self.labels)


def load_songs(path: Path) -> SongTable:
    """Read a list of songs such as Kaggle's `data_moods.csv`.

    Raises:
        TrainingError: it cannot be read, or a row of it could not be used.
    """
    try:
        items = [item for batch in open_file(path).batches for item in batch]
    except SongImportError as error:
        raise TrainingError(f"data: {error}") from error
    skipped = [item for item in items if isinstance(item, Skipped)]
    if skipped:
        raise TrainingError(f"data: {len(skipped)} rows cannot be used; first: {skipped[0]}")
    tracks = [item for item in items if isinstance(item, Track)]
    moods = [track.song.mood for track in tracks]
    return SongTable(
        rows=to_rows([features_of(track) for track in tracks]),
        labels=np.array([SONG_MOODS.index(mood) if mood else -1 for mood in moods]),
        names=tuple(track.song.name for track in tracks),
        artists=tuple(track.song.artist for track in tracks),
        others=np.array([[t.features.get(name, np.nan) for name in OTHERS] for t in tracks]),
    )


def features_of(track: Track) -> dict[str, float]:
    """Return the audio features of a track with its year."""
    year = track.song.release_year
    return dict(track.features) | ({} if year is None else {"release_year": year})


def repeated(songs: SongTable) -> int:
    """Return how many songs are in the table before: by name and artist, or by their sound.

    Names are compared without what stands in brackets or behind a dash ("Remastered"); sounds by
    the ten audio features.
    """
    titles = [
        (name.casefold().split(" - ")[0].split("(")[0].strip(), artist.casefold())
        for name, artist in zip(songs.names, songs.artists, strict=True)
    ]
    sounds = [row.tobytes() for row in songs.rows[:, : FEATURES.index("release_year")]]
    return int((_again(titles) | _again(sounds)).sum())


def _again(keys: Sequence[object]) -> np.ndarray:
    """Return bool (n,): whether the same key came before."""
    first: dict[object, int] = {}
    return np.array([first.setdefault(key, n) != n for n, key in enumerate(keys)], bool)

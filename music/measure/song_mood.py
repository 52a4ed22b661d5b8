"""The mood of a song by its audio features: Calm, Energetic, Happy or Sad.

Four forests are asked, by what is known of a song; see `FORESTS`.
"""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Self

import numpy as np
import numpy.typing as npt
from pydantic import model_validator

from core.errors import WeightsError
from core.labels import SONG_MOODS
from inference.calibration import calibrate
from inference.forest import Forest
from inference.sidecar import Sidecar, Temperature, load_sidecar

RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "valence": (0, 1),
    "energy": (0, 1),
    "loudness": (-100, 20),
    "tempo": (1, 1000),
    "duration_ms": (1, 24 * 3600 * 1000),
    "danceability": (0, 1),
    "acousticness": (0, 1),
    "instrumentalness": (0, 1),
    "liveness": (0, 1),
    "speechiness": (0, 1),
    "release_year": (1000, 2100),
    "popularity": (0, 100),
}
"""The features by their names at Spotify, in the order of a row's columns; loudness in dB, tempo
in beats a minute. What lies beyond its range counts as not known."""
FEATURES: Final = tuple(RANGES)

SOUND: Final = FEATURES[:5]
FORESTS: Final[Mapping[str, tuple[str, ...]]] = {
    "full": FEATURES,
    "listed": tuple(name for name in FEATURES if name != "instrumentalness"),
    "audio": FEATURES[:10],
    "sound": SOUND,
}
"""The features of each forest: all of them, as Kaggle's and Exportify's lists have; without
instrumentalness, as Kaggle's Top 2000s; without what is not heard; what a music file gives.

A song is judged by the first forest that misses nothing `NEEDED` and at most one other feature
(`sound` any). A gap is filled with the feature's median in training. Where none is left, which is
where valence or energy is not known, there is no mood.
"""
NEEDED: Final = ("valence", "energy", "instrumentalness", "release_year")
"""Features whose median would do more harm than another forest: that of instrumentalness costs 25
points (reports/song_mood/report.md)."""
GAPS: Final[Mapping[str, int]] = {"full": 1, "listed": 1, "audio": 1, "sound": len(SOUND)}

Rows = npt.NDArray[np.float64]
"""(n, 12), the columns of `FEATURES`; NaN where one is not known."""


@dataclass(frozen=True)
class SongMoods:
    """The moods of n songs."""

    moods: tuple[str | None, ...]
    """The likeliest; None where too little is known."""
    probabilities: npt.NDArray[np.float64]
    """(n, 4) in the order of `SONG_MOODS`; NaN where there is no mood."""


class SongMoodSidecar(Sidecar):
    """What a file of forests holds; written by `training.songs`."""

    prefix: ClassVar[str] = "song mood"
    title: ClassVar[str] = "its sidecar"

    labels: tuple[str, ...]
    """Column i of a leaf's counts is `labels[i]`."""
    features: tuple[str, ...]
    """Column i of a row is `features[i]`."""
    medians: tuple[float, ...]
    """Of the features in training, before `spread`."""
    temperatures: Mapping[str, Temperature]
    """By forest."""
    architecture: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        expected = (SONG_MOODS, FEATURES, len(FEATURES), set(FORESTS))
        given = (self.labels, self.features, len(self.medians), set(self.temperatures))
        if given != expected:
            raise ValueError(
                f"must have labels, features, number of medians and forests {expected}; "
                f"it has {given}"
            )
        return self


class SongMoodModel:
    """Tells moods. Stateless once loaded, so threads may share it.

    Args:
        weights: the `.npz` file, its sidecar beside it.

    Raises:
        WeightsError: a file is missing or damaged, or made for other features or moods.
    """

    def __init__(self, weights: Path) -> None:
        self.sidecar = load_sidecar(weights, SongMoodSidecar)
        self._medians = np.array(self.sidecar.medians)
        self._forests = _load_forests(weights)

    def predict(self, rows: Rows) -> SongMoods:
        """Tell the moods of songs.

        Args:
            rows: float (n, 12), in the columns of `FEATURES`; NaN, or a value beyond its range,
                where a feature is not known.
        """
        usable, choice = within_ranges(rows), choose(rows)
        filled = spread(np.where(np.isnan(usable), self._medians, usable))
        probabilities = np.full((len(rows), len(SONG_MOODS)), np.nan)
        for index, name in enumerate(FORESTS):
            chosen = choice == index
            probabilities[chosen] = self._ask(name, filled[np.ix_(chosen, columns_of(name))])
        moods = tuple(
            None if place < 0 else SONG_MOODS[best]
            for place, best in zip(choice, np.nan_to_num(probabilities).argmax(axis=1), strict=True)
        )
        return SongMoods(moods, probabilities)

    def _ask(self, name: str, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        return calibrate(self._forests[name].predict(rows), self.sidecar.temperatures[name])

    def classify(self, songs: Sequence[Mapping[str, float]]) -> list[str | None]:
        """Return the mood of each song, None where too little is known.

        Args:
            songs: features by their name; others than `FEATURES` are ignored.
        """
        return list(self.predict(to_rows(songs)).moods)


def to_rows(songs: Sequence[Mapping[str, float]]) -> Rows:
    """Return songs as rows; what a song does not name is NaN."""
    rows = [[song.get(name, np.nan) for name in FEATURES] for song in songs]
    return np.array(rows, np.float64).reshape(len(songs), len(FEATURES))


def within_ranges(rows: Rows) -> Rows:
    """Return rows with NaN where a value lies beyond its range."""
    lowest, highest = np.array(list(RANGES.values()), np.float64).T
    return np.where((rows >= lowest) & (rows <= highest), rows, np.nan)


def columns_of(forest: str) -> list[int]:
    """Return the columns of a row that one of `FORESTS` takes."""
    return [FEATURES.index(name) for name in FORESTS[forest]]


def choose(rows: Rows) -> npt.NDArray[np.intp]:
    """Return which of `FORESTS` is asked about each row; -1 for none."""
    missing = np.isnan(within_ranges(rows))
    needed = np.isin(FEATURES, NEEDED)
    choice = np.full(len(rows), -1)
    for index, name in reversed(list(enumerate(FORESTS))):
        used = np.isin(FEATURES, FORESTS[name])
        enough = missing[:, used].sum(axis=1) <= GAPS[name]
        choice[enough & ~missing[:, used & needed].any(axis=1)] = index
    return choice


def spread(rows: Rows) -> npt.NDArray[np.float32]:
    """Return rows as the forests take them, values pulled apart where songs lie close together.

    Extra trees draw thresholds evenly between the least and the largest value, and most songs
    have, for instance, an instrumentalness below 0.001. Nothing here is learned from data.

    Args:
        rows: (n, 12), within their ranges.
    """
    columns = dict(zip(FEATURES, rows.T, strict=True))
    for name in ("acousticness", "instrumentalness", "liveness", "speechiness"):
        columns[name] = np.log10(columns[name] + 1e-4)
    for name in ("valence", "energy"):
        share = np.clip(columns[name], 0.001, 0.999)
        columns[name] = np.log(share / (1 - share))
    columns["loudness"] = -np.log(3 - np.minimum(columns["loudness"], 2))
    columns["duration_ms"] = np.log(columns["duration_ms"])
    return np.stack(list(columns.values()), axis=1).astype(np.float32)


def _load_forests(weights: Path) -> dict[str, Forest]:
    try:
        with np.load(weights, allow_pickle=False) as arrays:
            return {
                name: Forest.from_arrays(
                    arrays, name, columns=len(columns), classes=len(SONG_MOODS)
                )
                for name, columns in FORESTS.items()
            }
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise WeightsError(f"song mood: '{weights.name}' holds no forests: {error}") from error

"""What a visitor likes, as far as thumbs tell: Thompson sampling over songs.

Each song has a Beta posterior of how likely it is to be liked. A list takes the songs whose draw
from their posterior is highest (W. R. Thompson, Biometrika 25, 1933): what is liked comes more
often, what is unknown is wide and gets its turn, what is disliked fades.

A thumb counts for its song, less for others by the same artist, and less again for the song's
neighbours: those of the same genre, and those in the same cell of the valence-energy plane.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from music.recommend.table import UNKNOWN, Rows, SongTable

PRIOR = (2.0, 2.0)
"""Alpha and beta of a song nothing is known of."""
OWN = 8.0
"""Thumbs that a song's own thumb counts as."""


@dataclass(frozen=True)
class Taste:
    """A visitor's thumbs."""

    ratings: Mapping[str, int] = field(default_factory=dict)
    """1 (up) or -1 (down) by song id."""


NO_TASTE = Taste()


class Bond(IntEnum):
    """What two songs can have in common, the closest first."""

    ARTIST = 0
    GENRE = 1
    CELL = 2


@dataclass(frozen=True)
class Weight:
    """How much thumbs on others count where songs share a bond."""

    each: float
    """What one thumb counts as."""
    max_total: float
    """What all of them together count as at most, so that a song's own thumb still tells."""


WEIGHTS = {Bond.ARTIST: Weight(2, 6), Bond.GENRE: Weight(0.5, 4), Bond.CELL: Weight(0.5, 4)}
"""Half or twice these weights serve the listener of tests/music/recommend/test_taste.py as well."""


class Evidence:
    """What a taste says about the songs of a table; thumbs on other songs are left out."""

    def __init__(self, table: SongTable, taste: Taste) -> None:
        rated = {
            table.row_of[id]: value for id, value in taste.ratings.items() if id in table.row_of
        }
        rows = np.array([*rated], np.int32)
        values = np.array([*rated.values()], np.int8)
        self._own = np.zeros(len(table), np.int8)
        self._own[rows] = values
        self._bonds = {
            Bond.ARTIST: _Thumbs(table.artist, rows, values),
            Bond.GENRE: _Thumbs(table.genre, rows, values),
            Bond.CELL: _Thumbs(table.cell, rows, values),
        }
        self.thumbs = len(rated)

    @property
    def disliked(self) -> Rows:
        """Rows of the songs with a thumb down."""
        return np.flatnonzero(self._own < 0).astype(np.int32)

    @property
    def favourites(self) -> npt.NDArray[np.bool_]:
        """Tell for each row whether it is by an artist with more thumbs up than down."""
        return self._bonds[Bond.ARTIST].liked()

    def own(self, row: int) -> int:
        """Return the song's own thumb: 1, -1, or 0 without."""
        return int(self._own[row])

    def balance(self, bond: Bond, row: int) -> int:
        """Return thumbs up less thumbs down for all songs that share a bond with this one."""
        return int(self._bonds[bond].balance(np.array([row], np.int32))[0])

    def says_nothing(self, row: int) -> bool:
        """Tell whether no song that shares any bond with this one has a thumb."""
        one = np.array([row], np.int32)
        return not any(thumbs.count(one)[0] for thumbs in self._bonds.values())

    def draw(self, rows: Rows, rng: np.random.Generator) -> npt.NDArray[np.float64]:
        """Return a draw from the posterior of each song, 0 (disliked) to 1 (liked)."""
        own = self._own[rows]
        alpha, beta = PRIOR[0] + OWN * (own > 0), PRIOR[1] + OWN * (own < 0)
        for bond, weight in WEIGHTS.items():
            ups, downs = self._bonds[bond].of(rows)
            total = np.maximum(weight.each * (ups + downs), weight.max_total)
            alpha += weight.each * ups * weight.max_total / total
            beta += weight.each * downs * weight.max_total / total
        return rng.beta(alpha, beta)


class _Thumbs:
    """Thumbs up and down, summed over the songs that share a bond."""

    def __init__(self, codes: Rows, rows: Rows, values: npt.NDArray[np.int8]) -> None:
        self._codes = codes
        size = int(codes.max(initial=UNKNOWN)) + 1
        self._ups = np.bincount(codes[rows[values > 0]], minlength=size)
        self._downs = np.bincount(codes[rows[values < 0]], minlength=size)
        self._ups[UNKNOWN] = self._downs[UNKNOWN] = 0  # songs do not share what nobody knows

    def of(self, rows: Rows) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        codes = self._codes[rows]
        return self._ups[codes], self._downs[codes]

    def liked(self) -> npt.NDArray[np.bool_]:
        """Tell for each row of the table whether its ups are more than its downs."""
        return (self._ups > self._downs)[self._codes]

    def balance(self, rows: Rows) -> npt.NDArray[np.int64]:
        ups, downs = self.of(rows)
        return ups - downs

    def count(self, rows: Rows) -> npt.NDArray[np.int64]:
        ups, downs = self.of(rows)
        return ups + downs

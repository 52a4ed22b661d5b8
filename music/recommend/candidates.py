"""Which songs each mode chooses from, in groups that a list is spread over.

`match` takes the emotion's own songs and those of its mood, in groups by decade. `lift` and
`calm` follow a path in Russell's plane of valence and energy (1980): it begins where the emotion
lies, the centre of its shelf, and ends where it is bright, or calm and pleasant. The idea is the
iso principle of music therapy: begin with music that meets the mood, and change it step by step
(I. M. Altshuler, "A psychiatrist's experience with music as a therapeutic agent", 1948). Evidence
is mixed: Starcke et al. (2021, doi 10.3390/ijerph182312486) found it to help after sadness; a
randomised experiment with 193 people (2026, doi 10.1177/10298649261421187) found no difference from
music that aims at the wanted mood at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from music.recommend.table import UNKNOWN, Floats, Rows, SongTable

BRIGHT = (0.95, 0.75)
"""Valence and energy where `lift` ends: the brighter half of songs/happy.csv."""
SERENE = (0.65, 0.1)
"""Where `calm` ends: pleasant, and calmer than most of songs/neutral.csv."""
MIN_PATH_LENGTH = 0.2
"""A mood that is near the end already begins this far before it."""
CORRIDOR = 0.3
"""How far from the path a song may lie."""
SAME_STEP = 10.0
"""What a song loses for each that is on its step before it: each step is to have one."""
MAX_FAVOURITES = 1000
"""Songs by liked artists that are looked at at most."""

Number = TypeVar("Number", float, np.float32, Floats)


def _no_distance(rows: Rows) -> Floats:
    return np.zeros(len(rows), np.float32)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Songs to choose from."""

    rows: Rows
    """One group after the other."""
    bounds: Rows
    """Where in `rows` each group begins, and where the last one ends."""
    distance: Callable[[Rows], Floats] = _no_distance
    """Tells how far songs of the table lie from the path; infinitely outside its corridor."""
    group_penalty: float = 0.0
    """What a song's draw, 0 to 1, loses for each song chosen before from its group."""

    def sample(
        self, favourites: npt.NDArray[np.bool_], size: int, rng: np.random.Generator
    ) -> tuple[Rows, Rows]:
        """Draw up to `size` songs of each group, and take the favourites besides.

        Args:
            favourites: for each row of the table, whether it is one.
            size: 1 and more.
            rng: draws, `MAX_FAVOURITES` of the favourites too where there are more.

        Returns:
            Their rows, and the number of each one's group.
        """
        liked = np.flatnonzero(favourites[self.rows])
        if len(liked) > MAX_FAVOURITES:
            liked = rng.choice(liked, MAX_FAVOURITES)
        selected = np.zeros(len(self.rows), np.bool_)
        selected[liked] = True
        for begin, end in pairwise(self.bounds.tolist()):
            if end - begin <= size:
                selected[begin:end] = True
            else:
                selected[begin + rng.choice(end - begin, size, replace=False)] = True
        place = np.flatnonzero(selected)
        group = np.searchsorted(self.bounds, place, side="right").astype(np.int32)
        return self.rows[place], group


NO_CANDIDATES = Candidates(np.zeros(0, np.int32), np.zeros(2, np.int32))


def by_decade(table: SongTable, rows: Rows) -> Candidates:
    """Group songs by their decade; those without a year are a group of their own."""
    if not len(rows):
        return NO_CANDIDATES
    decades = table.decade[rows]
    order = np.argsort(decades, kind="stable")
    begins = np.flatnonzero(np.diff(decades[order], prepend=-1))
    return Candidates(rows[order], np.append(begins, len(rows)).astype(np.int32))


class MoodPath:
    """A path of rising valence (`lift`), or of falling energy (`calm`).

    Args:
        table: of its songs, those with valence and energy can lie on the path.
        mode: `lift` or `calm`.
    """

    def __init__(self, table: SongTable, mode: str) -> None:
        self._table = table
        self._rises = mode == "lift"
        placed = np.flatnonzero(table.cell != UNKNOWN)
        along, _ = self._turned(table.valence[placed], table.energy[placed])
        order = np.argsort(along, kind="stable")
        self._rows = placed[order].astype(np.int32)
        self._along = along[order]

    def steps(self, emotion: str, count: int) -> Candidates:
        """Cut the path from an emotion into equal steps; return the songs beside each."""
        (begin, _), (end, _) = self._ends(emotion)
        return self._beside(emotion, np.linspace(begin, end, count + 1, dtype=np.float32))

    def between(self, emotion: str, before: Sequence[int], after: Sequence[int]) -> Candidates:
        """Return the songs further along the path than one row and less far than another.

        Args:
            emotion: where the path begins.
            before, after: a row, or none for the path's own beginning and end.
        """
        (begin, _), (end, _) = self._ends(emotion)
        past = (np.nextafter(self.progress(row), np.float32(2)) for row in before)
        low = max(past, default=begin)
        high = min((self.progress(row) for row in after), default=end)
        return self._beside(emotion, np.array([low, max(low, high)], np.float32))

    def progress(self, row: int) -> np.float32:
        """Return how far along a song lies: higher is brighter for `lift`, calmer for `calm`."""
        table = self._table
        along: np.float32 = self._turned(table.valence[row], table.energy[row])[0]
        return along

    def _beside(self, emotion: str, edges: Floats) -> Candidates:
        bounds = np.searchsorted(self._along, edges)
        rows = self._rows[bounds[0] : bounds[-1]]
        distance = partial(self._distance, emotion)
        return Candidates(rows, (bounds - bounds[0]).astype(np.int32), distance, SAME_STEP)

    def _distance(self, emotion: str, rows: Rows) -> Floats:
        (begin, start), (end, goal) = self._ends(emotion)
        along, across = self._turned(self._table.valence[rows], self._table.energy[rows])
        slope = np.float32((goal - start) / (end - begin))
        distance = np.abs(across - (start + slope * (along - np.float32(begin))))
        return np.where(distance <= CORRIDOR, distance, np.float32(np.inf))

    def _ends(self, emotion: str) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return where the path begins and where it ends, each along and across."""
        begin, start = self._turned(*self._table.centre[emotion])
        end, goal = self._turned(*(BRIGHT if self._rises else SERENE))
        return (min(begin, end - MIN_PATH_LENGTH), start), (end, goal)

    def _turned(self, valence: Number, energy: Number) -> tuple[Number, Number]:
        """Return how far along the path, and where across it, places in the plane are."""
        return (valence, energy) if self._rises else (1 - energy, valence)

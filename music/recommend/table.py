"""Songs as columns of numbers, one row a song, so that 100,000 are looked through at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from core.song import Song

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

UNKNOWN = 0
"""The code of a song whose decade, genre or place in the plane is not known."""
SIDE = 5
"""Russell's plane (1980) is cut into 5 x 5 cells; songs of one cell are neighbours."""
GUESTS = (" featuring ", " feat. ", " feat ", " ft. ", " ft ")
"""What stands between an artist and the guests of one song."""


class SongTable:
    """The columns of some songs; a song that comes twice by its id has one row.

    Args:
        songs: in any order. Where an id comes again, its first song is the one that is kept,
            and belongs to the shelves of all.
        moods: emotion -> mood, for songs that stand on no shelf.
    """

    def __init__(self, songs: Iterable[Song], moods: Mapping[str, str]) -> None:
        unique: list[Song] = []
        shelves: dict[str, list[str]] = {emotion: [] for emotion in moods}
        self.row_of: dict[str, int] = {}
        for song in songs:
            if self.row_of.setdefault(song.id, len(unique)) == len(unique):
                unique.append(song)
            if song.emotion:
                shelves.setdefault(song.emotion, []).append(song.id)
        self.songs = tuple(unique)
        self.valence = _fractions([song.valence for song in self.songs])
        self.energy = _fractions([song.energy for song in self.songs])
        self.decade = np.array([(song.release_year or 0) // 10 for song in self.songs], np.int32)
        self.artist = _codes([song.artist for song in self.songs], _without_guests)
        self.genre = _codes([song.genre for song in self.songs], str.casefold)
        self.cell = self._cells()
        self.shelf = {emotion: np.unique(self.rows(ids)) for emotion, ids in shelves.items()}
        """Rows of each emotion's own songs, ascending."""
        self.matching = self._matching(moods)
        """Rows of each emotion's own songs and of its mood's, ascending."""
        self.centre = {emotion: self._centre(emotion) for emotion in self.shelf}
        """Where each emotion lies, valence and energy: the mean of its shelf.

        Where no song of the shelf says where it is, those of the mood count; where none of them
        does either, it is the middle of the plane.
        """

    def __len__(self) -> int:
        return len(self.songs)

    def rows(self, ids: Iterable[str]) -> Rows:
        """Return the rows of songs by their ids, in the same order; unknown ids are left out."""
        return np.array([self.row_of[id] for id in ids if id in self.row_of], np.int32)

    def _matching(self, moods: Mapping[str, str]) -> dict[str, Rows]:
        """Return `matching`; a song's mood counts where it is on no shelf."""
        numbers = {mood: number for number, mood in enumerate(sorted(set(moods.values())), 1)}
        mood = np.array(
            [0 if song.emotion else numbers.get(song.mood or "", 0) for song in self.songs],
            np.int32,
        )
        matching = {}
        for emotion, own in self.shelf.items():
            matches = (mood == numbers[moods[emotion]]) if emotion in moods else mood < 0
            matches[own] = True
            matching[emotion] = np.flatnonzero(matches).astype(np.int32)
        return matching

    def _centre(self, emotion: str) -> tuple[float, float]:
        for rows in (self.shelf[emotion], self.matching[emotion]):
            placed = rows[self.cell[rows] != UNKNOWN]
            if len(placed):
                return float(self.valence[placed].mean()), float(self.energy[placed].mean())
        return 0.5, 0.5

    def _cells(self) -> Rows:
        """Return 1 to 25, or `UNKNOWN` where valence or energy is."""
        column, row = (
            np.clip(np.nan_to_num(axis) * SIDE, 0, SIDE - 1).astype(np.int32)
            for axis in (self.valence, self.energy)
        )
        placed = np.isfinite(self.valence) & np.isfinite(self.energy)
        return np.where(placed, 1 + column + SIDE * row, UNKNOWN).astype(np.int32)


def _fractions(values: Sequence[float | None]) -> Floats:
    return np.array(values, np.float32)  # None becomes not a number


def _codes(labels: Sequence[str | None], key: Callable[[str], str]) -> Rows:
    """Number labels from 1 on, the same for the same key; without a label it is `UNKNOWN`."""
    numbers: dict[str, int] = {}
    codes: dict[str | None, int] = {None: UNKNOWN, "": UNKNOWN}
    for label in labels:
        if label and label not in codes:
            codes[label] = numbers.setdefault(key(label), len(numbers) + 1)
    return np.array([codes[label] for label in labels], np.int32)


def _without_guests(artist: str) -> str:
    folded = artist.casefold()
    for words in GUESTS:
        folded = folded.partition(words)[0]
    return folded

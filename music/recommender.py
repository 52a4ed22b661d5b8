"""Which songs suit a mood, in which order, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat

import numpy as np

from music.candidates import NO_CANDIDATES, Candidates, MoodPath, by_decade
from music.catalogue import Song
from music.reasons import describe, reason, steps
from music.table import Floats, Rows, SongTable
from music.taste import NO_TASTE, Evidence, Taste

MODES = ("match", "lift", "calm")
"""How a list answers a mood: with songs of the mood itself, or with a path out of it."""

POOL = 48
"""Songs of a group that are looked at closely. They are drawn at random: with many more songs
than thumbs, Thompson sampling over all of them would try unknown ones only (M. Bayati et al.,
"Unreasonable effectiveness of greedy algorithms in multi-armed bandit with many arms", 2020)."""
WIDTH = 0.2
"""Distance from a path that costs a song as much as the best draw can win it."""
SAME_DECADE, SAME_ARTIST, HEARD = 0.7, 1e3, 1e6
"""What a song's draw, 0 to 1, loses for each song of the list that it shares this with, and for
having been heard lately: decades are traded for taste, the others only where songs run out."""


@dataclass(frozen=True)
class Recommendation:
    """A song in a list, and why it is there."""

    song: Song
    reason: str


@dataclass(frozen=True)
class Playlist:
    """A list for a mood."""

    emotion: str | None
    reason: str
    """Why this list, in a sentence."""
    songs: tuple[Recommendation, ...]


class Recommender:
    """Choose songs. Stateless: the same arguments give the same list.

    Args:
        songs: to choose from; see `SongTable` for songs that come twice.
        moods: emotion -> mood of the songs that suit it where they stand on no shelf.
    """

    def __init__(self, songs: Iterable[Song], moods: Mapping[str, str]) -> None:
        self._table = SongTable(songs, moods)
        self._matching = {
            emotion: by_decade(self._table, rows) for emotion, rows in self._table.matching.items()
        }
        self._paths = {mode: MoodPath(self._table, mode) for mode in MODES if mode != "match"}

    def __len__(self) -> int:
        return len(self._table)

    def song(self, id: str) -> Song | None:
        """Return a song by its id; None where there is none."""
        row = self._table.row_of.get(id)
        return None if row is None else self._table.songs[row]

    def playlist(
        self,
        emotion: str | None,
        limit: int,
        seed: int,
        mode: str = "match",
        taste: Taste = NO_TASTE,
        avoid: Iterable[str] = (),
    ) -> Playlist:
        """Return up to `limit` songs for a mood, of different decades and artists where there are.

        Args:
            emotion: for which mood; None, before there is one, gives an empty list.
            limit: most songs, 1 and more.
            seed: not negative; another one gives another selection.
            mode: one of `MODES`. A path takes songs that have valence and energy; where none
                lies on it, the list is one that matches.
            taste: songs with a thumb down are left out while there are others.
            avoid: ids of songs heard lately, the latest first. They come last; but of what
                there is to choose from, at most half is held back.
        """
        if emotion is None:
            return Playlist(None, "The list starts with your first clear mood.", ())
        evidence = Evidence(self._table, taste)
        used, found = self._candidates(emotion, mode, limit)
        held = self._held(found, avoid)
        barred = held.copy()
        barred[evidence.disliked] = np.inf
        chosen = self._deal(found, barred, evidence, limit, seed)
        if not chosen:
            chosen = self._deal(found, held, evidence, limit, seed)
        if used != "match":
            chosen.sort(key=self._paths[used].progress)
        entries = self._told(used, chosen, evidence)
        songs = [entry.song for entry in entries]
        return Playlist(emotion, describe(emotion, mode, used, songs, len(found.rows)), entries)

    def replace(
        self,
        listed: Playlist,
        id: str,
        seed: int,
        mode: str = "match",
        taste: Taste = NO_TASTE,
        avoid: Iterable[str] = (),
    ) -> Playlist:
        """Return a list with one song replaced by another that fits in the same place.

        Args:
            listed: as `playlist` gave it for this mode; its songs are all among ours.
            id: the song that is to go.
            seed, mode, taste, avoid: as for `playlist`.

        Returns:
            The list with the other songs in their order, and the new one in the old one's place;
            on a path with nothing else between its neighbours, where a new one does lie. One
            song shorter where there is no other at all.
        """
        assert listed.emotion is not None  # noqa: S101 - that list has no songs
        rows = [self._table.row_of[entry.song.id] for entry in listed.songs]
        place = [entry.song.id for entry in listed.songs].index(id)
        others = rows[:place] + rows[place + 1 :]
        used, found = self._candidates(listed.emotion, mode, len(rows))
        evidence = Evidence(self._table, taste)
        barred = self._held(found, avoid)
        barred[evidence.disliked] = barred[rows] = np.inf
        new: list[int] = []
        if used != "match":
            before, after = rows[:place][-1:], rows[place + 1 :][:1]
            between = self._paths[used].between(listed.emotion, before, after)
            new = self._deal(between, barred, evidence, 1, seed, others)
        rows[place : place + 1] = new or self._deal(found, barred, evidence, 1, seed, others)
        if used != "match":
            rows.sort(key=self._paths[used].progress)
        entries = self._told(used, rows, evidence)
        songs = [entry.song for entry in entries]
        text = describe(listed.emotion, mode, used, songs, len(found.rows))
        return Playlist(listed.emotion, text, entries)

    def _candidates(self, emotion: str, mode: str, limit: int) -> tuple[str, Candidates]:
        """Return what there is to choose from, and the mode in which it is."""
        if mode != "match":
            found = self._paths[mode].steps(emotion, limit)
            if len(found.rows):
                return mode, found
        return "match", self._matching.get(emotion, NO_CANDIDATES)

    def _held(self, found: Candidates, avoid: Iterable[str]) -> Floats:
        """Return what each row of the table loses for having been heard lately."""
        held = np.zeros(len(self._table), np.float32)
        offered = np.zeros(len(self._table), np.bool_)
        offered[found.rows] = True
        heard = self._table.rows(avoid)
        held[heard[offered[heard]][: len(found.rows) // 2]] = HEARD
        return held

    def _deal(
        self,
        found: Candidates,
        held: Floats,
        evidence: Evidence,
        limit: int,
        seed: int,
        others: Sequence[int] = (),
    ) -> list[int]:
        """Choose rows one by one, each the best beside those before it and `others`."""
        rng = np.random.default_rng(seed)
        picked = _pool(found, held, evidence, max(POOL, limit), rng)
        rows = found.rows[picked]
        group = np.searchsorted(found.bounds, picked, side="right")
        decade, artist = self._table.decade, self._table.artist
        score = evidence.draw(rows, rng) - (found.off[picked] / WIDTH) ** 2 - held[rows]

        def crowd(row: int) -> None:
            score[decade[rows] == decade[row]] -= SAME_DECADE
            score[artist[rows] == artist[row]] -= SAME_ARTIST

        for row in others:
            crowd(row)
        chosen: list[int] = []
        while len(chosen) < min(limit, len(rows)):
            best = int(np.argmax(score))
            chosen.append(int(rows[best]))
            crowd(chosen[-1])
            score[group == group[best]] -= found.apart
            score[best] = -np.inf
        return chosen

    def _told(
        self, mode: str, rows: Sequence[int], evidence: Evidence
    ) -> tuple[Recommendation, ...]:
        """Return the songs of these rows, each with its reason."""
        words: Iterable[str] = repeat("")
        if mode != "match":
            words = steps(mode, [float(self._paths[mode].progress(row)) for row in rows])
        songs = self._table.songs
        return tuple(
            Recommendation(songs[row], reason(songs[row], row, evidence, step))
            for row, step in zip(rows, words, strict=False)
        )


def _pool(
    found: Candidates, held: Floats, evidence: Evidence, size: int, rng: np.random.Generator
) -> Rows:
    """Draw up to `size` songs of each group, those near the path and by liked artists first.

    Returns:
        Where in `found.rows` they are.
    """
    key = rng.random(len(found.rows), dtype=np.float32)
    key += found.off / WIDTH + held[found.rows] - evidence.favoured(found.rows)
    pools = []
    for begin, end in pairwise(found.bounds.tolist()):
        if end - begin > size:
            pools.append(begin + np.argpartition(key[begin:end], size)[:size])
        else:
            pools.append(np.arange(begin, end))
    picked = np.concatenate(pools)
    return picked[np.isfinite(key[picked])].astype(np.int32)

"""Which songs suit a mood, in which order, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from core.labels import MODES
from core.song import Song
from music.recommend.candidates import NO_CANDIDATES, Candidates, MoodPath, by_decade
from music.recommend.reasons import describe, reason, steps
from music.recommend.table import Floats, SongTable
from music.recommend.taste import NO_TASTE, Evidence, Taste

SAMPLE_SIZE = 128
"""Songs of a group that are looked at, drawn at random, besides those by liked artists. It is not
for speed alone: with many more songs than thumbs, Thompson sampling over all of them tries unknown
ones only (on sampling: M. Bayati et al., "Unreasonable effectiveness of greedy algorithms in
multi-armed bandit with many arms", 2020)."""
WIDTH = 0.2
"""Distance from a path that costs a song as much as the best draw can win it."""
SAME_DECADE, SAME_ARTIST, HEARD = 0.7, 1e3, 1e5
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
    mode: str = "match"
    """In which it was made: `match` too where no song lies on the path that was asked for."""


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
        for used in dict.fromkeys((mode, "match")):
            candidates = self._candidates(emotion, used, limit)
            penalty = self._heard_penalty(candidates, avoid)
            barred = penalty.copy()
            barred[evidence.disliked] = np.inf
            chosen = self._deal(candidates, barred, evidence, limit=limit, seed=seed)
            if not chosen:
                chosen = self._deal(candidates, penalty, evidence, limit=limit, seed=seed)
            if chosen:
                break
        return self._to_playlist(
            emotion,
            chosen,
            evidence,
            mode=mode,
            used=used,
            available=len(candidates.rows),
        )

    def replace(
        self,
        playlist: Playlist,
        id: str,
        seed: int,
        mode: str = "match",
        taste: Taste = NO_TASTE,
        avoid: Iterable[str] = (),
    ) -> Playlist:
        """Return a list with one song replaced by another that fits in the same place.

        Args:
            playlist: as the method `playlist` gave it; its songs are all among ours.
            id: the song that is to go.
            seed, mode, taste, avoid: as for `playlist`.

        Returns:
            The list with the other songs in their order, and the new one in the old one's place;
            on a path with nothing else between its neighbours, where a new one does lie. One
            song shorter where there is no other at all.
        """
        assert playlist.emotion is not None  # noqa: S101 - that list has no songs
        rows = [self._table.row_of[entry.song.id] for entry in playlist.songs]
        place = [entry.song.id for entry in playlist.songs].index(id)
        others = rows[:place] + rows[place + 1 :]
        candidates = self._candidates(playlist.emotion, playlist.mode, len(rows))
        evidence = Evidence(self._table, taste)
        barred = self._heard_penalty(candidates, avoid)
        barred[evidence.disliked] = barred[rows] = np.inf
        new: list[int] = []
        if playlist.mode != "match":
            before, after = rows[:place][-1:], rows[place + 1 :][:1]
            between = self._paths[playlist.mode].between(playlist.emotion, before, after)
            new = self._deal(between, barred, evidence, limit=1, seed=seed, others=others)
        if not new:
            new = self._deal(candidates, barred, evidence, limit=1, seed=seed, others=others)
        rows[place : place + 1] = new
        return self._to_playlist(
            playlist.emotion,
            rows,
            evidence,
            mode=mode,
            used=playlist.mode,
            available=len(candidates.rows),
        )

    def _candidates(self, emotion: str, mode: str, limit: int) -> Candidates:
        if emotion not in self._matching:
            return NO_CANDIDATES
        return (
            self._matching[emotion] if mode == "match" else self._paths[mode].steps(emotion, limit)
        )

    def _heard_penalty(self, candidates: Candidates, avoid: Iterable[str]) -> Floats:
        """Return what each row of the table loses for having been heard lately."""
        heard = self._table.rows(avoid)
        half = len(candidates.rows) // 2
        if len(heard) > half:
            heard = heard[np.isin(heard, candidates.rows)][:half]
        penalty = np.zeros(len(self._table), np.float32)
        penalty[heard] = HEARD
        return penalty

    def _deal(
        self,
        candidates: Candidates,
        penalty: Floats,
        evidence: Evidence,
        *,
        limit: int,
        seed: int,
        others: Sequence[int] = (),
    ) -> list[int]:
        """Choose rows one by one, each the best beside those before it and `others`."""
        rng = np.random.default_rng(seed)
        rows, group = candidates.sample(evidence.favourites, max(SAMPLE_SIZE, limit), rng)
        cost = (candidates.distance(rows) / WIDTH) ** 2 + penalty[rows]
        possible = np.isfinite(cost)
        rows, group, cost = rows[possible], group[possible], cost[possible]
        score = evidence.draw(rows, rng) - cost
        decades, artists = self._table.decade, self._table.artist
        decade, artist = decades[rows], artists[rows]

        def crowd(row: int) -> None:
            score[decade == decades[row]] -= SAME_DECADE
            score[artist == artists[row]] -= SAME_ARTIST

        for row in others:
            crowd(row)
        chosen: list[int] = []
        while len(chosen) < min(limit, len(rows)):
            best = int(np.argmax(score))
            chosen.append(int(rows[best]))
            crowd(chosen[-1])
            score[group == group[best]] -= candidates.group_penalty
            score[best] = -np.inf
        return chosen

    def _to_playlist(
        self,
        emotion: str,
        rows: list[int],
        evidence: Evidence,
        *,
        mode: str,
        used: str,
        available: int,
    ) -> Playlist:
        """Return the list of some rows, with its words; a path's in order."""
        words: Iterable[str] = repeat("")
        if used != "match":
            progress = self._paths[used].progress
            rows.sort(key=progress)
            words = steps(used, [float(progress(row)) for row in rows])
        songs = [self._table.songs[row] for row in rows]
        entries = tuple(
            Recommendation(song, reason(song, row, evidence, step))
            for song, row, step in zip(songs, rows, words, strict=False)
        )
        text = describe(emotion, mode, used, songs, available)
        return Playlist(emotion, text, entries, used)

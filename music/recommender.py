"""Which songs suit a mood, in which order, and why."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from music.catalogue import Catalogue, Song

MODES = ("match",)
"""How a list answers a mood; `match` plays songs of the mood itself."""


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
    """Choose songs from a catalogue. Stateless: the same arguments give the same list."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def playlist(self, emotion: str | None, limit: int, seed: int) -> Playlist:
        """Return up to `limit` songs of a mood, of different decades where there are.

        Args:
            emotion: whose songs; None, before there is a mood, gives an empty list.
            limit: most songs, 1 and more.
            seed: picks and orders them; another seed gives another selection.
        """
        if emotion is None:
            return Playlist(None, "The list starts with your first clear mood.", ())
        songs = list(self._catalogue.songs.get(emotion, ()))
        if not songs:
            return Playlist(emotion, f"There are no songs for {emotion} yet.", ())
        # Order must not be guessable, only repeatable: this is no cryptography.
        random.Random(f"{emotion}/{seed}").shuffle(songs)  # noqa: S311
        chosen = _spread_over_decades(songs)[:limit]
        return Playlist(
            emotion,
            describe(chosen, len(songs)),
            tuple(Recommendation(song, explain(song)) for song in chosen),
        )


def describe(chosen: Sequence[Song], available: int) -> str:
    """Say what a list was chosen from, as "10 of 40 that match, from the 1950s to the 2020s"."""
    text = f"{len(chosen)} of {available} that match"
    years = sorted(song.release_year // 10 * 10 for song in chosen if song.release_year)
    if not years:
        return text
    if years[0] == years[-1]:
        return f"{text}, from the {years[0]}s"
    return f"{text}, from the {years[0]}s to the {years[-1]}s"


def _spread_over_decades(songs: Sequence[Song]) -> list[Song]:
    """Deal the songs out one decade after the other, each decade in the order given."""
    decades: dict[int | None, list[Song]] = {}
    for song in songs:
        decades.setdefault(song.release_year and song.release_year // 10, []).append(song)
    rounds = max(len(decade) for decade in decades.values())
    return [
        decade[turn] for turn in range(rounds) for decade in decades.values() if turn < len(decade)
    ]


def explain(song: Song) -> str:
    """Say in a few words what in a song suits its mood."""
    traits = list(_traits(song))
    if not traits:
        return f"Filed under {song.emotion or song.mood}"
    return " and ".join(traits).capitalize()


def _traits(song: Song) -> Iterable[str]:
    """Yield words for where the song lies in Russell's plane of valence and energy (1980)."""
    if song.valence is not None:
        scale = ("dark", "melancholy", "bittersweet", "warm", "bright")
        yield scale[min(4, int(song.valence * 5))]
    if song.energy is not None:
        scale = ("very calm", "calm", "steady", "lively", "intense")
        yield scale[min(4, int(song.energy * 5))]

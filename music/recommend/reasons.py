"""Why a song or a list was chosen, in words a person understands."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from core.song import Song
from music.recommend.taste import Bond, Evidence

VALENCE_WORDS = ("dark", "melancholy", "bittersweet", "warm", "bright")
ENERGY_WORDS = ("very calm", "calm", "steady", "lively", "intense")
"""For fifths of the axes of Russell's plane (1980), from low to high."""
GOALS = {"lift": "bright", "calm": "calm"}
STEPS = {
    "lift": ("A step up", "As bright as the last one"),
    "calm": ("A step calmer", "As calm as the last one"),
}
MIN_BALANCE = 2
"""Thumbs up more than down that let a genre or a corner of the plane count as liked."""
MIN_THUMBS = 5
"""Thumbs after which a song unlike all of them is worth a word."""


def describe(emotion: str, mode: str, used: str, chosen: Sequence[Song], available: int) -> str:
    """Say what a list is, as "10 of 40 that match, from the 1950s to the 2020s".

    Args:
        emotion: which mood it is for.
        mode, used: the mode that was asked for, and the one in which songs were found.
        chosen: the songs.
        available: how many it was chosen from.
    """
    if not chosen:
        return f"There are no songs for {emotion} yet."
    text = f"{len(chosen)} of {available} that match"
    if used != mode:
        text += f", as none lies on the way to {GOALS[mode]}"
    elif mode in GOALS:
        text = f"{len(chosen)} steps from {emotion} to {GOALS[mode]}"
    years = sorted(song.release_year // 10 * 10 for song in chosen if song.release_year)
    if not years:
        return text
    if years[0] == years[-1]:
        return f"{text}, from the {years[0]}s"
    return f"{text}, from the {years[0]}s to the {years[-1]}s"


def reason(song: Song, row: int, evidence: Evidence, step: str = "") -> str:
    """Say in a few words why a song is in a list.

    Args:
        song, row: the song, and its row in the table of `evidence`.
        evidence: what the visitor's thumbs say.
        step: what it is to the song before, where the list is a path.
    """
    liked = liking(song, row, evidence)
    if step:
        return f"{step}; {liked or explain(song)}"
    return _capital(liked or explain(song))


def liking(song: Song, row: int, evidence: Evidence) -> str:
    """Say what the visitor's thumbs have to do with a song; empty where they have nothing."""
    if evidence.own(row) > 0:
        return "you liked this one"
    if evidence.balance(Bond.ARTIST, row) > 0:
        return f"you liked {song.artist}"
    if evidence.balance(Bond.GENRE, row) >= MIN_BALANCE:
        return f"you liked other {song.genre}"
    if evidence.balance(Bond.CELL, row) >= MIN_BALANCE:
        return "close to songs you liked"
    if evidence.thumbs >= MIN_THUMBS and evidence.says_nothing(row):
        return "unlike what you have rated so far"
    return ""


def steps(mode: str, progress: Sequence[float]) -> Iterator[str]:
    """Say for each song of a path what it is to the one before.

    Args:
        mode: `lift` or `calm`.
        progress: how far along the path each song lies.
    """
    higher, equal = STEPS[mode]
    yield "Where it begins"
    for before, now in pairwise(progress):
        yield higher if now > before else equal


def explain(song: Song) -> str:
    """Say what a song is like, as "bright and lively"."""
    return " and ".join(_traits(song)) or f"filed under {song.emotion or song.mood}"


def _traits(song: Song) -> Iterable[str]:
    if song.valence is not None:
        yield VALENCE_WORDS[min(4, int(song.valence * 5))]
    if song.energy is not None:
        yield ENERGY_WORDS[min(4, int(song.energy * 5))]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

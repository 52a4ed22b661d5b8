"""Keeping what an importer finds, batch by batch, and saying what became of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from core.errors import SongImportError
from core.song import Song
from music.importers.items import Features, Note, Skipped, Source, Track

MAX_SKIPPED: Final = 10_000
"""Things left out that are remembered one by one; a file of nothing else may hold millions."""

SongMoodClassifier = Callable[[Sequence[Features]], Sequence[str | None]]
"""Tells the moods of songs by their features and `release_year`; None where it cannot."""


class Added(Protocol):
    """What a batch brought."""

    @property
    def new(self) -> int: ...
    @property
    def known(self) -> int: ...


class Library(Protocol):
    """Where songs are kept, each once; see `store.songs`."""

    def add(self, songs: Iterable[Song], origin: str, overrule: bool = False) -> Added:
        """Keep songs; where they `overrule`, with their moods."""
        ...


@dataclass(frozen=True)
class Summary:
    """What became of a source."""

    label: str
    new: int
    known: int
    """Songs that the library had, or that came twice."""
    left_out: int
    """Things that were not taken."""
    skipped: tuple[Skipped, ...]
    """The first `MAX_SKIPPED` of them."""
    notes: tuple[str, ...]
    """Sentences about the whole."""
    unmeasured: tuple[Skipped, ...] = ()
    """Files of songs that were taken, whose sound could not be measured."""
    gone: int = 0
    """Songs that are forgotten, as their files were taken out of the folder."""

    def to_dict(self, max_named: int | None = None) -> dict[str, object]:
        """Return it as JSON has it, up to so many of what is left out named one by one."""
        return {
            "name": self.label,
            "new": self.new,
            "known": self.known,
            "left_out": self.left_out,
            "skipped": [str(item) for item in self.skipped[:max_named]],
            "notes": list(self.notes),
            "unmeasured": [str(item) for item in self.unmeasured[:max_named]],
            "gone": self.gone,
        }

    def headline(self) -> str:
        """Return the numbers in a sentence."""
        parts = [f"{self.new} new", f"{self.known} known already", f"{self.left_out} left out"]
        if self.unmeasured:
            parts.append(f"the sound of {len(self.unmeasured)} not measured")
        if self.gone:
            parts.append(f"{self.gone} forgotten, as their files are gone")
        return f"{self.label}: {', '.join(parts)}."


def import_songs(
    source: Source,
    library: Library,
    *,
    classifier: SongMoodClassifier | None = None,
    mood: str | None = None,
    progress: Callable[[int], object] = lambda count: None,
    max_songs: int | None = None,
) -> Summary:
    """Import a source. What was kept stays, however it ends: the same again only adds the rest.

    Args:
        source: opened, not yet read.
        library: where the songs go.
        classifier: tells the mood of songs that come without one.
        mood: of all songs, whatever the source or their sound says.
        progress: called with the number of items, after each batch.
        max_songs: things in it, good or not, after which it is left; None reads any number.

    Raises:
        SongImportError: there is no song in it, or too much, or it cannot be read on.
        StoreError: songs cannot be kept.
    """
    new = known = left_out = count = 0
    skipped: list[Skipped] = []
    notes: dict[str, None] = {}
    for batch in source.batches:
        tracks = [item for item in batch if isinstance(item, Track)]
        added = library.add(_with_moods(tracks, classifier, mood), source.origin, mood is not None)
        new += added.new
        known += len(tracks) - added.new
        bad = [item for item in batch if isinstance(item, Skipped)]
        skipped += bad[: MAX_SKIPPED - len(skipped)]
        left_out += len(bad)
        notes |= {item.text: None for item in batch if isinstance(item, Note)}
        progress(len(batch))
        count += len(batch)
        if max_songs is not None and count > max_songs:
            raise SongImportError(
                f"{source.label}: expected {max_songs:,} songs at most, found more; what came "
                "first is kept, bring the rest in parts"
            )
    if not new + known:
        first = f"; first: {skipped[0]}" if skipped else ""
        raise SongImportError(f"{source.label}: expected songs, found none{first}")
    return Summary(source.label, new, known, left_out, tuple(skipped), tuple(notes))


def _with_moods(
    tracks: Sequence[Track], classifier: SongMoodClassifier | None, mood: str | None
) -> list[Song]:
    if mood:
        return [replace(track.song, mood=mood) for track in tracks]
    unsure = [_features(track) for track in tracks if track.song.mood is None]
    moods = iter(classifier(unsure) if classifier and unsure else [None] * len(unsure))
    return [
        track.song if track.song.mood else replace(track.song, mood=next(moods)) for track in tracks
    ]


def _features(track: Track) -> Features:
    year = track.song.release_year
    return track.features if year is None else {**track.features, "release_year": year}

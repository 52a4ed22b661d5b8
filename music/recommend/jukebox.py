"""The lists of all visitors: stable while nothing changes, and never the same song soon again."""

import hashlib
import logging
import math
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.errors import CatalogueError, StoreError
from core.song import Song
from music.catalogue.files import Catalogue
from music.recommend.recommender import Playlist, Recommender
from music.recommend.taste import Taste

if TYPE_CHECKING:  # they bring SQLAlchemy along
    from store.songs import Library
    from store.visitors import VisitorRecords

log = logging.getLogger(__name__)

MOST_VISITORS = 256
MOST_LISTS = 6
"""Lists kept a visitor: a mood in three modes, the one before, and what was asked by hand."""
MEMORY = 200
"""Songs that a visitor was given last and is not to hear again soon: twenty lists."""
CHECK_EVERY = 2.0
"""Seconds between looks at whether the library has changed."""

Key = tuple[int, str, str, int]
"""Version, emotion, mode and limit of a list."""


@dataclass
class _Visitor:
    ratings: dict[str, int] = field(default_factory=dict)
    thumbs_due: float | None = -math.inf
    """From when on the store is asked for its thumbs; None once it has given them."""
    heard: deque[str] = field(default_factory=lambda: deque(maxlen=MEMORY))
    """Song ids, the latest first."""
    lists: OrderedDict[Key, Playlist] = field(default_factory=OrderedDict)
    """The one asked for last at the end."""


class Jukebox:
    """Gives each visitor lists and takes their thumbs. Safe to share between threads.

    Args:
        catalogue: the songs of the CSV files.
        moods: emotion -> mood; see `music.catalogue.files.load_moods`.
        library: imported songs, followed as they change.
        records: keeps thumbs.
        seed: makes lists repeatable; None takes a new one each start.
        clock: seconds that only rise.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        moods: Mapping[str, str],
        library: "Library",
        records: "VisitorRecords",
        seed: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalogue = catalogue
        self._moods = moods
        self._library = library
        self._records = records
        self._seed = secrets.randbits(64) if seed is None else seed
        self._clock = clock
        self._visitors: OrderedDict[str, _Visitor] = OrderedDict()
        self._lock = threading.Lock()
        self._reloading = threading.Lock()
        self._trouble: str | None = None
        self._version: int | None = None
        self._checked_at = clock()
        self._recommender = Recommender(self._all_songs(()), moods)
        self.reload_if_changed()

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence for each thing that keeps songs away."""
        return self._catalogue.problems + ((self._trouble,) if self._trouble else ())

    def song(self, song_id: str) -> Song | None:
        """Return a song of the catalogue or the library; None where there is none."""
        return self._recommender.song(song_id)

    def playlist(
        self, visitor: str, emotion: str | None, mode: str, limit: int, version: int
    ) -> Playlist:
        """Return a visitor's list; the same arguments give the same one.

        It changes only by a thumb down on one of its songs, or where songs of it have left the
        library. The library gaining songs changes the next list.

        Args:
            visitor: the visitor's id.
            emotion, mode, limit: as for `Recommender.playlist`.
            version: of the mood; another one gives another list.
        """
        if self._clock() - self._checked_at >= CHECK_EVERY:
            self.reload_if_changed()
        if emotion is None:
            return self._recommender.playlist(None, limit, 0)
        key = (version, emotion, mode, limit)
        known = self._known(visitor)
        with self._lock:
            listed = known.lists.get(key)
            if listed is None:
                seed = self._derived(visitor, *map(str, key))
                listed = self._recommender.playlist(
                    emotion, limit, seed, mode, Taste(known.ratings), known.heard
                )
                known.heard.extendleft(entry.song.id for entry in listed.songs)
                known.lists[key] = listed
            known.lists.move_to_end(key)
            while len(known.lists) > MOST_LISTS:
                known.lists.popitem(last=False)
            return listed

    def rate(self, visitor: str, song_id: str, value: int) -> None:
        """Take a thumb. Down replaces the song in the visitor's lists; up leaves them as they are.

        Args:
            visitor: the visitor's id.
            song_id: of catalogue or library.
            value: 1 up, -1 down, 0 takes it back.

        Raises:
            CatalogueError: there is no such song.
            StoreError: it cannot be kept; then it does not count.
        """
        song = self.song(song_id)
        if song is None:
            raise CatalogueError(f"song_id: expected a song's id, got '{song_id[:40]}'")
        known = self._known(visitor)
        self._records.rate(visitor, song, value)
        with self._lock:
            known.ratings.pop(song_id, None)
            if value:
                known.ratings[song_id] = value
            if value < 0:
                self._replace(visitor, known, song_id)

    def ratings(self, visitor: str) -> Mapping[str, int]:
        """Return a visitor's thumbs: 1 or -1 by song id."""
        known = self._known(visitor)
        with self._lock:
            return dict(known.ratings)

    def forget(self, visitor: str) -> None:
        """Forget a visitor's lists and thumbs; `VisitorRecords.forget` removes what is kept."""
        with self._lock:
            self._visitors.pop(visitor, None)

    def reload_if_changed(self) -> bool:
        """Take the library in again where it has changed, and tell whether it had.

        Lists stay as they are, but for those that a song has left, and those that were short.
        While one thread reloads, the others go on with what there was.
        """
        if not self._reloading.acquire(blocking=False):
            return False
        try:
            self._checked_at = self._clock()
            version = self._library.version
            if version == self._version:
                self._trouble = None
                return False
            recommender = Recommender(self._all_songs(self._library.songs(self.song)), self._moods)
        except StoreError as error:
            log.warning("%s", error)
            self._trouble = str(error)
            return False
        finally:
            self._reloading.release()
        with self._lock:
            self._recommender, self._version, self._trouble = recommender, version, None
            for known in self._visitors.values():
                for key in [k for k, listed in known.lists.items() if not self._holds(k, listed)]:
                    del known.lists[key]
        return True

    def _all_songs(self, imported: Collection[Song]) -> Iterator[Song]:
        """Yield all songs; one of the files that was imported too brings its file and its mood."""
        filed = [song for songs in self._catalogue.songs.values() for song in songs]
        filed_ids = {song.id for song in filed}
        both = {song.id: song for song in imported if song.id in filed_ids}
        for song in filed:
            same = both.get(song.id)
            yield replace(song, path=same.path, mood=same.mood) if same else song
        yield from (song for song in imported if song.id not in filed_ids)

    def _known(self, visitor: str) -> _Visitor:
        """Return what is known of a visitor; the one heard of longest ago makes room."""
        with self._lock:
            known = self._visitors.get(visitor)
        known, kept = known or _Visitor(), None
        if known.thumbs_due is not None and self._clock() >= known.thumbs_due:
            kept = self._kept_ratings(visitor)
            # A store that cannot be reached costs seconds, which not every request may wait.
            known.thumbs_due = self._clock() + CHECK_EVERY
        with self._lock:
            known = self._visitors.setdefault(visitor, known)
            if kept is not None and known.thumbs_due is not None:
                # Thumbs given while the store could not be read are newer.
                known.ratings = {**kept, **known.ratings}
                known.thumbs_due = None
            self._visitors.move_to_end(visitor)
            while len(self._visitors) > MOST_VISITORS:
                self._visitors.popitem(last=False)
            return known

    def _kept_ratings(self, visitor: str) -> dict[str, int] | None:
        """Return a visitor's thumbs from the store; None where it cannot be read now."""
        try:
            return dict(self._records.ratings(visitor))
        except StoreError as error:  # music goes on without it
            log.warning("%s", error)
            return None

    def _replace(self, visitor: str, known: _Visitor, song_id: str) -> None:
        """Put another song in the place of one, in all lists of a visitor."""
        for key, listed in known.lists.items():
            if all(entry.song.id != song_id for entry in listed.songs):
                continue
            seed = self._derived(visitor, *map(str, key), song_id)
            changed = self._recommender.replace(
                listed, song_id, seed, key[2], Taste(known.ratings), known.heard
            )
            known.lists[key] = changed
            before = {entry.song.id for entry in listed.songs}
            known.heard.extendleft({entry.song.id for entry in changed.songs} - before)

    def _holds(self, key: Key, listed: Playlist) -> bool:
        """Tell whether a list is whole."""
        limit = key[-1]
        return len(listed.songs) == limit and all(
            self.song(entry.song.id) for entry in listed.songs
        )

    def _derived(self, *words: str) -> int:
        """Return a seed for one purpose, the same for the same words and `seed`."""
        text = "\x1f".join((str(self._seed), *words))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])

"""The lists of all visitors: stable while nothing changes, and never the same song soon again."""

import hashlib
import logging
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import CatalogueError, StoreError
from core.song import Song
from music.catalogue.files import Catalogue
from music.recommend.listener import MAX_LISTS, Listener, ListKey
from music.recommend.recommender import Playlist, Recommender
from music.recommend.taste import Taste

if TYPE_CHECKING:  # they bring SQLAlchemy along
    from store.songs import Library
    from store.visitors import VisitorRecords

log = logging.getLogger(__name__)

CHECK_INTERVAL_S = 2.0
"""Seconds between looks at whether the library has changed."""


class Jukebox:
    """Gives listeners lists and takes their thumbs. Safe to share between threads.

    What it remembers of a listener lies in the `Listener`, which whoever asks holds.

    Args:
        catalogue: the songs of the CSV files.
        moods: emotion -> mood; see `music.catalogue.files.load_song_moods`.
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
        self._lock = threading.Lock()
        self._reloading = threading.Lock()
        self._problem: str | None = None
        self._version: int | None = None
        self._songs_version = 0
        """Counts the changes of the songs, for lists made before to be looked at again."""
        self._checked_at = clock()
        self._recommender = Recommender(self._all_songs(()), moods)
        self.reload_if_changed()

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence for each thing that keeps songs away."""
        return self._catalogue.problems + ((self._problem,) if self._problem else ())

    def song(self, song_id: str) -> Song | None:
        """Return a song of the catalogue or the library; None where there is none."""
        return self._recommender.song(song_id)

    def playlist(
        self, listener: Listener, emotion: str | None, mode: str, limit: int, version: int
    ) -> Playlist:
        """Return a listener's list; the same arguments give the same one.

        It changes only by a thumb down on one of its songs, or where songs of it have left the
        library. The library gaining songs changes the next list.

        Args:
            listener: whose.
            emotion, mode, limit: as for `Recommender.playlist`.
            version: of the mood; another one gives another list.
        """
        if self._clock() - self._checked_at >= CHECK_INTERVAL_S:
            self.reload_if_changed()
        if emotion is None:
            return self._recommender.playlist(None, limit, 0)
        key = (version, emotion, mode, limit)
        self._read_ratings(listener)
        with self._lock:
            self._drop_broken_lists(listener)
            playlist = listener.lists.get(key)
            if playlist is None:
                seed = self._derived(listener.id, *map(str, key))
                playlist = self._recommender.playlist(
                    emotion, limit, seed, mode, Taste(listener.ratings), listener.heard
                )
                listener.heard.extendleft(entry.song.id for entry in playlist.songs)
                listener.lists[key] = playlist
            listener.lists.move_to_end(key)
            while len(listener.lists) > MAX_LISTS:
                listener.lists.popitem(last=False)
            return playlist

    def rate(self, listener: Listener, song_id: str, value: int) -> None:
        """Take a thumb. Down replaces the song in the listener's lists; up leaves them.

        Args:
            listener: whose thumb.
            song_id: of catalogue or library.
            value: 1 up, -1 down, 0 takes it back.

        Raises:
            CatalogueError: there is no such song.
            StoreError: it cannot be kept; then it does not count.
        """
        song = self.song(song_id)
        if song is None:
            raise CatalogueError(f"song_id: expected a song's id, got '{song_id[:40]}'")
        self._read_ratings(listener)
        self._records.rate(listener.id, song, value)
        with self._lock:
            listener.ratings.pop(song_id, None)
            if value:
                listener.ratings[song_id] = value
            if value < 0:
                self._drop_broken_lists(listener)
                self._replace(listener, song_id)

    def ratings(self, listener: Listener) -> Mapping[str, int]:
        """Return a listener's thumbs: 1 or -1 by song id."""
        self._read_ratings(listener)
        with self._lock:
            return dict(listener.ratings)

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
                self._problem = None
                return False
            recommender = Recommender(self._all_songs(self._library.songs(self.song)), self._moods)
        except StoreError as error:
            log.warning("%s", error)
            self._problem = str(error)
            return False
        finally:
            self._reloading.release()
        with self._lock:
            self._recommender, self._version, self._problem = recommender, version, None
            self._songs_version += 1
        return True

    def _all_songs(self, imported: Collection[Song]) -> Iterator[Song]:
        """Yield all songs; one of the files that was imported too brings its file and its mood."""
        filed = [song for songs in self._catalogue.songs.values() for song in songs]
        filed_ids = {song.id for song in filed}
        both = {song.id: song for song in imported if song.id in filed_ids}
        for song in filed:
            own = both.get(song.id)
            yield replace(song, path=own.path, mood=own.mood) if own else song
        yield from (song for song in imported if song.id not in filed_ids)

    def _read_ratings(self, listener: Listener) -> None:
        """Read a listener's thumbs from the store, unless it has given them already."""
        if listener.ratings_due is None or self._clock() < listener.ratings_due:
            return
        # A store that cannot be reached costs seconds, which not every request may wait.
        try:
            stored = self._records.ratings(listener.id)
        except StoreError as error:  # music goes on without it
            log.warning("%s", error)
            listener.ratings_due = self._clock() + CHECK_INTERVAL_S
            return
        with self._lock:
            if listener.ratings_due is not None:
                # Thumbs given while the store could not be read are newer.
                listener.ratings = {**stored, **listener.ratings}
                listener.ratings_due = None

    def _drop_broken_lists(self, listener: Listener) -> None:
        """Drop the lists that a song has left, or that were short, since the songs changed."""
        if listener.songs_version != self._songs_version:
            for key, playlist in list(listener.lists.items()):
                if not self._is_whole(key, playlist):
                    del listener.lists[key]
            listener.songs_version = self._songs_version

    def _replace(self, listener: Listener, song_id: str) -> None:
        """Put another song in the place of one, in all lists of a listener."""
        for key, playlist in listener.lists.items():
            if all(entry.song.id != song_id for entry in playlist.songs):
                continue
            seed = self._derived(listener.id, *map(str, key), song_id)
            changed = self._recommender.replace(
                playlist, song_id, seed, key[2], Taste(listener.ratings), listener.heard
            )
            listener.lists[key] = changed
            before = {entry.song.id for entry in playlist.songs}
            listener.heard.extendleft({entry.song.id for entry in changed.songs} - before)

    def _is_whole(self, key: ListKey, playlist: Playlist) -> bool:
        limit = key[-1]
        return len(playlist.songs) == limit and all(
            self.song(entry.song.id) for entry in playlist.songs
        )

    def _derived(self, *words: str) -> int:
        """Return a seed for one purpose, the same for the same words and `seed`."""
        text = "\x1f".join((str(self._seed), *words))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])

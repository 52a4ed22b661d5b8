"""Previews of songs, for those who turn them on: until then nobody is asked for anything."""

import threading
import time
from collections import OrderedDict
from typing import Generic, TypeVar

from core.errors import PreviewError
from core.song import Song
from music.listen.deezer import Deezer, DeezerBusyError, Track

AT_ONCE = 4
"""Previews fetched at the same time: each holds a thread of the server."""
TRACKS = 5000
TRACK_SECONDS = 24 * 3600.0
"""Ids of tracks that are remembered, and for how long; also that a song has none."""
NO_TRACK = 0
"""In the place of a track's id: Deezer has no such song."""
SOUNDS = 8
SOUND_SECONDS = 600.0
"""Previews kept in memory, half a megabyte each, so that moving within one fetches nothing."""

K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """A bounded store that forgets what is old, and what was longest unused."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._lock = threading.Lock()
        self._values: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def get(self, key: K) -> V | None:
        with self._lock:
            until, value = self._values.get(key, (0.0, None))
            if value is None or time.monotonic() > until:
                self._values.pop(key, None)
                return None
            self._values.move_to_end(key)
            return value

    def put(self, key: K, value: V) -> None:
        with self._lock:
            self._values[key] = (time.monotonic() + self._seconds, value)
            self._values.move_to_end(key)
            if len(self._values) > self._most:
                self._values.popitem(last=False)

    def drop(self, key: K) -> None:
        with self._lock:
            self._values.pop(key, None)


class Previews:
    """Thirty seconds of a song from Deezer, where `on`. Used by several threads."""

    def __init__(self, deezer: Deezer, on: bool) -> None:
        """Contact nobody yet.

        Args:
            deezer: who has the previews.
            on: whether a person has asked for them; may be changed at any time.
        """
        self.on = on
        self._deezer = deezer
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._track_ids: Kept[str, int] = Kept(TRACKS, TRACK_SECONDS)
        self._sounds: Kept[str, bytes] = Kept(SOUNDS, SOUND_SECONDS)

    def sound(self, song: Song) -> bytes:
        """Return a preview of a song, an MP3 file.

        Raises:
            PreviewError: previews are off, there is none of this song, or Deezer cannot be
                asked now.
        """
        if not self.on:
            raise PreviewError("Previews are off; turn them on, and Deezer is asked for them.")
        kept = self._sounds.get(song.id)
        if kept is not None:
            return kept
        if not self._places.acquire(blocking=False):
            raise DeezerBusyError("Other previews are on their way; wait a moment.")
        try:
            sound = self._deezer.download(self._track(song))
        finally:
            self._places.release()
        self._sounds.put(song.id, sound)
        return sound

    def _track(self, song: Song) -> Track:
        """Return the song's track with a fresh address, by its id where that is known."""
        known = self._track_ids.get(song.id)
        track = self._deezer.track(known) if known else None
        if track is None and known != NO_TRACK:
            track = self._deezer.find(song)
            self._track_ids.put(song.id, track.id if track else NO_TRACK)
        if track is None or not track.preview:
            raise PreviewError(f"Deezer has no preview of '{song.name[:80]}'.")
        return track

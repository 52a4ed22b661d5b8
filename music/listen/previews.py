"""Previews of songs, for those who turn them on: until then nobody is asked for anything."""

import threading
import time
from collections.abc import Callable

from cachetools import TTLCache

from core.errors import PreviewError
from core.song import Song
from music.listen.deezer import Deezer, DeezerBusyError, Track

MAX_CONCURRENT = 4
"""Previews fetched at the same time: each holds a thread of the server."""
MAX_TRACKS = 5000
TRACK_LIFETIME_S = 24 * 3600.0
"""Ids of tracks that are remembered, and for how long; also that a song has none."""
NO_TRACK = 0
"""In the place of a track's id: Deezer has no such song."""
MAX_SOUNDS = 8
SOUND_LIFETIME_S = 600.0
"""Previews kept in memory, half a megabyte each, so that moving within one fetches nothing."""


class Previews:
    """Thirty seconds of a song from Deezer, where `on`. Used by several threads."""

    def __init__(
        self, deezer: Deezer, on: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Contact nobody yet.

        Args:
            deezer: who has the previews.
            on: whether a person has asked for them; may be changed at any time.
            clock: seconds that only rise.
        """
        self.on = on
        self._deezer = deezer
        self._places = threading.BoundedSemaphore(MAX_CONCURRENT)
        self._lock = threading.Lock()
        """Of the two caches, which are not safe to share by themselves; held for no request."""
        self._track_ids: TTLCache[str, int] = TTLCache(MAX_TRACKS, TRACK_LIFETIME_S, clock)
        self._sounds: TTLCache[str, bytes] = TTLCache(MAX_SOUNDS, SOUND_LIFETIME_S, clock)

    def sound(self, song: Song) -> bytes:
        """Return a preview of a song, an MP3 file.

        Raises:
            PreviewError: previews are off, there is none of this song, or Deezer cannot be
                asked now.
        """
        if not self.on:
            raise PreviewError("Previews are off; turn them on, and Deezer is asked for them.")
        with self._lock:
            sound = self._sounds.get(song.id)
        if sound is not None:
            return sound
        if not self._places.acquire(blocking=False):
            raise DeezerBusyError("Other previews are on their way; wait a moment.")
        try:
            sound = self._deezer.download(self._track(song))
        finally:
            self._places.release()
        with self._lock:
            self._sounds[song.id] = sound
        return sound

    def _track(self, song: Song) -> Track:
        """Return the song's track with a fresh address, by its id where that is known."""
        with self._lock:
            track_id = self._track_ids.get(song.id)
        track = self._deezer.track(track_id) if track_id else None
        if track is None and track_id != NO_TRACK:
            track = self._deezer.find(song)
            with self._lock:
                self._track_ids[song.id] = track.id if track else NO_TRACK
        if track is None or not track.preview:
            raise PreviewError(f"Deezer has no preview of '{song.name[:80]}'.")
        return track

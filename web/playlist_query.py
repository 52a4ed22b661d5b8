"""Which list a request asks for: on the page, and as a file to take along."""

from dataclasses import dataclass

from flask import request

from core.labels import EMOTIONS, MODES
from music.recommend.jukebox import Jukebox
from music.recommend.listener import Listener
from music.recommend.recommender import Playlist
from web.arguments import choice, query_count
from web.services import visitor

DEFAULT_LIMIT = 10
MAX_LIMIT = 500
MAX_VERSION = 2**53 - 1
"""What JavaScript can count to."""


@dataclass(frozen=True, kw_only=True)
class PlaylistQuery:
    """The arguments of `Jukebox.playlist`, checked."""

    listener: Listener
    emotion: str | None
    mode: str
    limit: int
    version: int

    def ask(self, jukebox: Jukebox) -> Playlist:
        """Return the list."""
        return jukebox.playlist(
            listener=self.listener,
            emotion=self.emotion,
            mode=self.mode,
            limit=self.limit,
            version=self.version,
        )


def playlist_query() -> PlaylistQuery:
    """Return what the request at hand asks for: its mood's list, or that of `?emotion=`.

    Raises:
        RequestError: 400, for a limit, an emotion, a mode or a version that there is not.
    """
    current = visitor()
    mood = current.session.state()
    emotion = request.args.get("emotion")
    return PlaylistQuery(
        listener=current.listener,
        limit=query_limit(),
        emotion=mood.in_force if emotion is None else choice("emotion", emotion, EMOTIONS),
        mode=query_mode(current.mode),
        version=query_count("version", mood.version, MAX_VERSION),
    )


def query_limit() -> int:
    """Return how many songs the request asks for.

    Raises:
        RequestError: 400, it is no number from 1 to `MAX_LIMIT`.
    """
    return query_count("limit", DEFAULT_LIMIT, MAX_LIMIT)


def query_mode(default: str) -> str:
    """Return how the songs are to answer the mood.

    Raises:
        RequestError: 400, there is no such mode.
    """
    return choice("mode", request.args.get("mode", default), MODES)

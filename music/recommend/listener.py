"""One visitor's part of the jukebox: lists, thumbs, and what was heard lately."""

import math
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from music.recommend.recommender import Playlist

MAX_LISTS = 6
"""Lists kept a visitor: a mood in three modes, the one before, and what was asked by hand."""
MAX_HEARD = 200
"""Songs that a visitor was given last and is not to hear again soon: twenty lists."""

ListKey = tuple[int, str, str, int]
"""Version, emotion, mode and limit of a list."""


@dataclass(eq=False, kw_only=True)
class Listener:
    """What `Jukebox` remembers of a visitor; nobody else changes it."""

    id: str
    """The visitor's, under which the store keeps thumbs."""
    ratings: dict[str, int] = field(default_factory=dict)
    """Thumbs: 1 or -1 by song id."""
    ratings_due: float | None = -math.inf
    """From when on the store is asked for its thumbs; None once it has given them."""
    heard: deque[str] = field(default_factory=lambda: deque(maxlen=MAX_HEARD))
    """Song ids, the latest first."""
    lists: OrderedDict[ListKey, Playlist] = field(default_factory=OrderedDict)
    """The one asked for last at the end."""
    songs_version: int = 0
    """Of the jukebox's songs, which all of `lists` were in when it was looked at last."""

"""Keeping visitors' moods: what a session recognised goes into the store."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from core.episode import Episode
from core.errors import StoreError
from emotion.mood.session import MoodSession
from store.visitors import VisitorRecords
from web.visitors import Visitor

STORE_REST_S = 30.0
"""How long a store that failed to keep moods is left alone: each attempt may take seconds."""

log = logging.getLogger(__name__)


class MoodLog:
    """Record moods. Where the store fails that is logged: the session itself goes on.

    Args:
        store: takes the moods.
        clock: seconds that only rise.
    """

    def __init__(self, store: VisitorRecords, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._rests_until = float("-inf")

    def record(self, visitor: Visitor) -> None:
        """Keep a visitor's moods that are over; of one that never came back, none."""
        self._record(visitor, visitor.session, last=False)

    def record_last(self, visitor: Visitor, session: MoodSession) -> None:
        """Do so as a visitor leaves a session, the mood in force included."""
        self._record(visitor, session, last=True)

    def _record(self, visitor: Visitor, session: MoodSession, last: bool) -> None:
        if self._clock() < self._rests_until:
            return
        with visitor.lock:
            if not visitor.returned:
                return
            episodes = list(_unrecorded(visitor, session, last))
            if not episodes:
                return
            try:
                self._store.record(visitor.id, episodes)
                visitor.recorded_until = max(episode.ended or 0.0 for episode in episodes)
            except StoreError as error:
                self._rests_until = self._clock() + STORE_REST_S
                log.warning("The moods of a session are not kept: %s", error)


def _unrecorded(visitor: Visitor, session: MoodSession, last: bool) -> Iterator[Episode]:
    """Yield what is to be kept of a session, the mood in force where it is the `last` time."""
    for episode in session.history():
        ended = episode.ended
        if ended is None and last:
            ended = visitor.present_until
        if ended is None or ended <= visitor.recorded_until:
            continue
        if episode.emotion is not None and episode.begun < visitor.present_until:
            yield _clip_to_presence(visitor, episode, ended)


def _clip_to_presence(visitor: Visitor, episode: Episode, ended: float) -> Episode:
    """Return the part of an episode that the visitor was there for: a camera may be shared."""
    begun = max(episode.begun, visitor.present_since)
    return replace(episode, begun=begun, ended=max(begun, min(ended, visitor.present_until)))

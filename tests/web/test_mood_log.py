"""The moods of a session go into the store, and a store that failed is left alone for a while."""

import pytest

from core.errors import StoreError
from tests.fakes import FakeClock
from tests.web.conftest import make_services
from web.mood_log import STORE_REST_S, MoodLog


class FailingStore:
    """Takes nothing while `broken`, and counts how often it was asked."""

    def __init__(self):
        self.broken = True
        self.asked = 0
        self.emotions = []

    def record(self, _, episodes):
        self.asked += 1
        if self.broken:
            raise StoreError("the disk is full")
        self.emotions += [episode.emotion for episode in episodes]


@pytest.fixture
def visitor():
    """One who follows the server's camera, and was heard of after its last mood."""
    services = make_services()
    visitor = services.visitors.get("0" * 32)
    visitor.returned = True
    visitor.session.pin("happy")
    visitor.session.pin("sad")
    return services.visitors.get("0" * 32)


def test_a_store_that_failed_is_left_alone_for_a_while(visitor, caplog):
    store, clock = FailingStore(), FakeClock()
    mood_log = MoodLog(store, clock)
    for _ in range(3):
        mood_log.record(visitor)
    assert (store.asked, caplog.text.count("the disk is full")) == (1, 1)
    store.broken = False
    clock.now += STORE_REST_S - 1
    mood_log.record(visitor)
    assert store.asked == 1
    clock.now += 1
    mood_log.record(visitor)
    assert store.emotions == ["happy"], "what it missed meanwhile is kept later"


def test_nothing_is_kept_twice(visitor):
    store = FailingStore()
    store.broken = False
    mood_log = MoodLog(store)
    mood_log.record(visitor)
    mood_log.record(visitor)
    mood_log.record_last(visitor, visitor.session)
    assert store.emotions == ["happy", "sad"]


def test_nothing_is_kept_of_one_that_never_came_back(visitor):
    store = FailingStore()
    visitor.returned = False
    MoodLog(store).record_last(visitor, visitor.session)
    assert store.asked == 0

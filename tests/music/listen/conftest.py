"""Deezer on this computer, and previews that ask it."""

import time

import pytest

from music.listen.deezer import (
    Deezer,
)
from music.listen.previews import Previews
from tests.music.listen.deezer_server import (
    deezer_server,
)


@pytest.fixture
def deezer(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with deezer_server() as server:
        yield server


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

    monkeypatch.setattr("time.monotonic", lambda: Clock.now)
    return Clock


def previews_of(deezer, on=True):
    client = Deezer(deezer.address, ["127.0.0.1"])
    return Previews(client, on, clock=lambda: time.monotonic())  # as the test sets it, then


@pytest.fixture
def previews(deezer):
    return previews_of(deezer)

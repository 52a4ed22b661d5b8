"""Guessing: so many wrong attempts in a row, then one a second."""

import pytest

from tests.fakes import FakeClock
from web.errors import RequestError
from web.guard import rate_limit
from web.guard.rate_limit import MAX_ATTEMPTS, RateLimiter


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def limiter(clock):
    return RateLimiter(clock)


def guess(limiter, address="192.0.2.1", right=False):
    """Return "right", "wrong" or "refused", and whether the guess was compared at all."""
    compared = []
    try:
        answer = limiter.attempt(address, lambda: compared.append(1) or right)
    except RequestError:
        return "refused", bool(compared)
    return "right" if answer else "wrong", bool(compared)


def exhaust(limiter, address="192.0.2.1"):
    for _ in range(MAX_ATTEMPTS):
        assert guess(limiter, address) == ("wrong", True)


def test_exactly_so_many_in_a_row(limiter):
    exhaust(limiter)
    assert guess(limiter) == ("refused", False)


def test_the_refusal_says_how_long_to_wait(limiter):
    exhaust(limiter)
    with pytest.raises(RequestError, match="wait a second") as refusal:
        limiter.attempt("192.0.2.1", bool)
    assert (refusal.value.status, refusal.value.code) == (429, "slow_down")


def test_one_more_after_exactly_a_second(limiter, clock):
    exhaust(limiter)
    clock.now += 1023 / 1024
    assert guess(limiter) == ("refused", False)
    clock.now += 1 / 1024
    assert guess(limiter) == ("wrong", True)
    assert guess(limiter) == ("refused", False)


def test_never_more_than_so_many_however_long_it_was(limiter, clock):
    exhaust(limiter)
    clock.now += 3600
    exhaust(limiter)
    assert guess(limiter) == ("refused", False)


def test_a_right_one_is_refused_too_while_none_is_left(limiter, clock):
    """Else the answer would tell which guess is right."""
    exhaust(limiter)
    assert guess(limiter, right=True) == ("refused", False)
    clock.now += 1
    assert guess(limiter, right=True) == ("right", True)


def test_a_right_one_costs_nothing_and_forgets_the_wrong_ones(limiter):
    for _ in range(MAX_ATTEMPTS - 1):
        guess(limiter)
    for _ in range(3):
        assert guess(limiter, right=True) == ("right", True)
    exhaust(limiter)


def test_each_address_has_its_own(limiter):
    exhaust(limiter)
    assert guess(limiter, "192.0.2.2") == ("wrong", True)


def test_addresses_are_not_remembered_without_end(limiter, monkeypatch):
    monkeypatch.setattr(rate_limit, "MAX_ADDRESSES", 2)
    exhaust(limiter, "192.0.2.1")
    guess(limiter, "192.0.2.2")
    assert guess(limiter, "192.0.2.1") == ("refused", False)
    guess(limiter, "192.0.2.3")
    assert guess(limiter, "192.0.2.1") == ("refused", False), "the one heard of last was dropped"
    guess(limiter, "192.0.2.4")
    guess(limiter, "192.0.2.5")
    assert guess(limiter, "192.0.2.1") == ("wrong", True)

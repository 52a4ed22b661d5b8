"""Rates: measuring one, letting events through at one, and making frames come at one."""

import time
from collections.abc import Sequence


def rate(times: Sequence[float]) -> float:
    """Return events a second, from their times in seconds; 0 where these span none."""
    span = times[-1] - times[0] if times else 0.0
    return (len(times) - 1) / span if span > 0 else 0.0


class Pace:
    """Let through at most so many events a second, on average and without bunching.

    Args:
        per_second: the rate; None lets all through.
    """

    def __init__(self, per_second: float | None) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._due = float("-inf")

    def allows(self, time: float) -> bool:
        """Return whether an event at `time` (monotonic seconds) may pass, and count it."""
        # A little early is in time: a camera's jitter would else halve its own rate.
        if time < self._due - 0.2 * self._interval:
            return False
        late = time - self._due >= self._interval
        self._due = (time if late else self._due) + self._interval
        return True


class Metronome:
    """Lets frames come at a rate.

    Args:
        interval: seconds from one frame to the next; 0 lets them come as they can.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._due = time.monotonic()

    def wait(self) -> None:
        """Wait until the next frame is due."""
        early = self._due - time.monotonic()
        if early > 0:
            time.sleep(early)
        # A late frame is not made up for: the next ones would come in a burst.
        self._due = max(self._due, time.monotonic() - self._interval) + self._interval

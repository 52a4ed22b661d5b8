"""A token bucket for each address: guessing is slow, and being right once is not."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from web.errors import RequestError

MAX_ATTEMPTS = 5
"""Wrong attempts in a row from one address; after that one a second."""
REFILL_PER_S = 1.0
MAX_ADDRESSES = 1000
"""Whose wrong attempts are remembered."""


class RateLimiter:
    """Count the wrong attempts of each address. Safe to share between threads.

    Args:
        clock: seconds that only rise.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By address: attempts left, and when they were counted."""

    def attempt(self, address: str, check: Callable[[], bool]) -> bool:
        """Return what `check` does, called only if the address has an attempt left.

        A right one costs nothing, and fills the bucket.

        Raises:
            RequestError: 429, there were too many wrong ones.
        """
        with self._lock:  # or attempts side by side would be compared before they are counted
            now = self._clock()
            left, counted_at = self._buckets.pop(address, (float(MAX_ATTEMPTS), now))
            left = min(float(MAX_ATTEMPTS), left + REFILL_PER_S * (now - counted_at))
            allowed = left >= 1
            right = allowed and check()
            if not right:
                self._buckets[address] = (left - 1 if allowed else left, now)
                while len(self._buckets) > MAX_ADDRESSES:
                    self._buckets.popitem(last=False)
        if not allowed:
            raise RequestError("Too many wrong tokens; wait a second.", "slow_down", 429)
        return right

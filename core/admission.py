"""How many may work at once, and how many may wait for it: the rest is asked to come again."""

import contextlib
import threading
from collections import deque
from collections.abc import Iterator

from core.errors import BusyError


class FairSemaphore:
    """A semaphore that serves those who wait in the order in which they came.

    One of `threading` would let a newcomer pass those whom it has just woken.

    Args:
        permits: how many may hold it at once, at least 1.
    """

    def __init__(self, permits: int) -> None:
        self._free = permits
        self._queue: deque[threading.Event] = deque()
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue)

    def acquire(self, timeout: float) -> bool:
        """Wait for a permit; return whether there was one within `timeout` seconds, 0 or more."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            granted = threading.Event()
            self._queue.append(granted)
        if granted.wait(timeout):
            return True
        with self._lock:
            if granted.is_set():  # between the end of the wait and the lock
                return True
            self._queue.remove(granted)
            return False

    def release(self) -> None:
        """Hand the permit to the one who has waited longest, or free it."""
        with self._lock:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._free += 1


class AdmissionControl:
    """Let a few in, and of these fewer work at once.

    Args:
        max_admitted: how many may be inside, at work or waiting; None for any number.
        max_concurrent: how many may work.
        queue_timeout_s: seconds that those inside wait for their turn.
        full: the sentence for those who are not let in.
        late: the sentence for those whose turn did not come in time.
    """

    def __init__(
        self,
        *,
        max_admitted: int | None,
        max_concurrent: int,
        queue_timeout_s: float,
        full: str,
        late: str,
    ) -> None:
        self._places = None if max_admitted is None else FairSemaphore(max_admitted)
        self._turns = FairSemaphore(max_concurrent)
        self._queue_timeout_s = queue_timeout_s
        self._full = full
        self._late = late

    @contextlib.contextmanager
    def admission(self) -> Iterator[None]:
        """Be inside while the context lasts; nobody waits to be let in.

        Raises:
            BusyError: `max_admitted` are inside already.
        """
        if self._places is None:
            yield
        else:
            with _held(self._places, 0.0, self._full):
                yield

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Work while the context lasts, once `max_concurrent` or more others do not.

        Raises:
            BusyError: the others took longer than `queue_timeout_s`.
        """
        with _held(self._turns, self._queue_timeout_s, self._late):
            yield


@contextlib.contextmanager
def _held(semaphore: FairSemaphore, timeout: float, refusal: str) -> Iterator[None]:
    if not semaphore.acquire(timeout):
        raise BusyError(refusal)
    try:
        yield
    finally:
        semaphore.release()

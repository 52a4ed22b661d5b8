"""What the threads share: the newest value handed on, a worker's life, the program's end."""

import contextlib
import logging
import signal
import threading
import time
from collections.abc import Iterator
from typing import Generic, Self, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")

RESTART_AFTER = 1.0
"""Seconds until a worker that failed is run again."""
FAILURE_SHOWN = 5.0
"""Seconds for which a failure is told; one that lasts comes again before."""


class Latest(Generic[T]):
    """A hand-off that keeps the newest value only: no queue, so no growing latency.

    Any number of readers wait for a value newer than the one they have; each value has a
    sequence number, counted from 1, so a reader that was slow knows what it missed.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._value: T | None = None
        self._sequence = 0
        self._closed = False

    def publish(self, value: T) -> int:
        """Replace the value, wake all readers, and return its sequence number."""
        with self._condition:
            self._value = value
            self._sequence += 1
            self._condition.notify_all()
            return self._sequence

    def clear(self) -> None:
        """Drop the value; readers wait for the next one."""
        with self._condition:
            self._value = None

    def peek(self) -> tuple[int, T | None]:
        """Return the newest sequence number and value at once; None where there is none."""
        with self._condition:
            return self._sequence, self._value

    def wait_newer(self, sequence: int, timeout: float) -> tuple[int, T] | None:
        """Return the newest number and value once newer than `sequence`.

        None after `timeout` seconds without one, and at once where the hand-off is closed.
        """
        with self._condition:
            self._condition.wait_for(lambda: self._closed or self._has_newer(sequence), timeout)
            if self._closed or not self._has_newer(sequence) or self._value is None:
                return None
            return self._sequence, self._value

    def _has_newer(self, sequence: int) -> bool:
        return self._sequence > sequence and self._value is not None

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """Let every reader go; for good."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()


class Worker:
    """One named thread and its life: start and stop any number of times, in any order.

    Subclasses implement `run`, which returns soon after `stop` is set. An exception that
    escapes from it is logged and told in `failure`, and `run` is called again.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._failure = ""
        self._failed_at = float("-inf")
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._life = threading.Lock()

    def run(self, stop: threading.Event) -> None:
        raise NotImplementedError

    @property
    def failure(self) -> str | None:
        """Why `run` failed in the last seconds; None where it did not."""
        recent = time.monotonic() - self._failed_at < FAILURE_SHOWN
        return self._failure if recent else None

    @property
    def wanted(self) -> bool:
        """Whether it was started and not told to stop since."""
        return self._thread is not None and not self._stop.is_set()

    @property
    def alive(self) -> bool:
        """Whether its thread lives, be it only because a driver does not return."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Start the thread, unless it runs."""
        with self._life:
            if self.wanted and self.alive:
                return
            # Each run has a stop event of its own: a thread still stuck in a driver must not
            # come back to life when the next one starts.
            self._stop = threading.Event()
            self._thread = threading.Thread(
                target=self._live, args=(self._stop, self._thread), name=self.name, daemon=True
            )
            self._thread.start()

    def ask_to_stop(self) -> None:
        """Tell the thread to end, without waiting for it."""
        self._stop.set()

    def stop(self, timeout: float = 1.0) -> bool:
        """Tell the thread to end and wait for it; False where it did not within `timeout` s."""
        with self._life:
            self._stop.set()
            thread = self._thread
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(timeout)
        if thread.is_alive():
            log.warning("%s has not ended within %.1f s", self.name, timeout)
        return not thread.is_alive()

    def _live(self, stop: threading.Event, previous: threading.Thread | None) -> None:
        # Two threads on one device would take its frames from each other.
        # Not even a stop ends this wait: the run after this one waits for this thread only.
        if previous is not None:
            previous.join()
        while not stop.is_set():
            try:
                self.run(stop)
                break
            except Exception as error:
                log.exception("%s failed", self.name)
                self._failure = f"{self.name} failed: {error}"
                self._failed_at = time.monotonic()
                stop.wait(RESTART_AFTER)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@contextlib.contextmanager
def termination(*signals: signal.Signals) -> Iterator[threading.Event]:
    """Yield an event that any of `signals` sets while the context lasts; twice, they kill.

    One that is ignored stays so. For the main thread only.
    """
    termination_event = threading.Event()
    handlers = {number: signal.getsignal(number) for number in signals}
    handled = [number for number in signals if handlers[number] is not signal.SIG_IGN]

    def end(number: int, _: object) -> None:
        termination_event.set()
        # Not as an exception: native code may be what runs, and lose it.
        signal.signal(number, signal.SIG_DFL)

    for number in handled:
        signal.signal(number, end)
    try:
        yield termination_event
    finally:
        for number in handled:
            signal.signal(number, handlers[number])

"""The threaded grabber: a source's newest frame, whoever needs it."""

import logging
import threading
import time
from collections import deque

from capture.frame import MAX_DAMAGED, Frame, FrameSource
from capture.pace import rate
from capture.spec import SourceSpec
from capture.state import NO_CAMERA_HINTS, STALL_AFTER, SourceState, SourceStatus
from core.errors import SourceError
from core.threads import Latest, Worker
from core.vision import Image

log = logging.getLogger(__name__)

IDLE_FPS = 2.5
"""Frames a second that are decoded while nobody watches: a mood still follows within 1.2 s."""


class Grabber(Worker):
    """Own a source: read it in a thread, keep its newest frame, and bring it back when lost.

    Args:
        spec: what to open, and open again.
        first: the source, where it has been opened already.
        retry: first and longest pause between attempts, in seconds.
    """

    def __init__(
        self,
        spec: SourceSpec,
        first: FrameSource | None = None,
        retry: tuple[float, float] = (0.5, 8.0),
    ) -> None:
        super().__init__("grabber")
        self.spec = spec
        self.frames: Latest[Frame] = Latest()
        self.idle = False
        """While True only `IDLE_FPS` frames a second are decoded."""
        self.grabbed = 0
        self.losses = 0
        self._first = first
        self._retry = retry
        self._state = SourceState.CONNECTING
        self._message = ""
        self._damaged = 0
        self._size: tuple[int, int] | None = None
        self._arrivals: deque[float] = deque(maxlen=256)

    def run(self, stop: threading.Event) -> None:
        self._state, self._message = SourceState.CONNECTING, ""
        pause = self._retry[0]
        while not stop.is_set():
            grabbed_before = self.grabbed
            try:
                self._read(stop)
            except Exception as error:  # whatever a driver raises, the camera may come back
                if stop.is_set():
                    break
                self._lose(error, delivered=self.grabbed > grabbed_before)
            if self.grabbed > grabbed_before:
                pause = self._retry[0]
            stop.wait(pause)
            pause = min(2 * pause, self._retry[1])

    def _lose(self, error: Exception, delivered: bool) -> None:
        self.losses += delivered
        self._state, self._message = SourceState.LOST, str(error)
        expected = isinstance(error, SourceError)
        log.warning("%s; trying again", error, exc_info=None if expected else error)

    def stop(self, timeout: float = 1.0) -> bool:
        """Stop as `Worker.stop` does; no frame is kept, and a source never read is closed."""
        ended = super().stop(timeout)
        self.frames.clear()
        self._state, self._message = SourceState.CONNECTING, ""
        if ended and self._first is not None:
            self._first.close()
            self._first = None
        return ended

    def _read(self, stop: threading.Event) -> None:
        source, self._first = self._first or self.spec.open(), None
        try:
            decoded_at = 0.0
            while not stop.is_set():
                source.grab()
                captured_at, now = time.time(), time.monotonic()
                if stop.is_set():
                    break
                if self.idle and now - decoded_at < 1 / IDLE_FPS:
                    self._arrived(now)
                    continue
                decoded_at = now
                image = self._retrieve(source)
                if image is not None and not stop.is_set():
                    self._arrived(now)
                    self._size = image.shape[1], image.shape[0]
                    self.frames.publish(Frame(image, captured_at, now))
        finally:
            source.close()

    def _retrieve(self, source: FrameSource) -> Image | None:
        """Decode a frame; None for one that is damaged, as USB delivers now and then."""
        try:
            image = source.retrieve()
        except SourceError:
            self._damaged += 1
            if self._damaged > MAX_DAMAGED:
                self._damaged = 0
                raise
            return None
        self._damaged = 0
        return image

    def _arrived(self, now: float) -> None:
        self.grabbed += 1
        self._arrivals.append(now)
        self._state, self._message = SourceState.OK, ""

    def status(self) -> SourceStatus:
        """Return how the source is doing now; a camera that only fell silent counts as lost."""
        now = time.monotonic()
        recent = [arrival for arrival in self._arrivals.copy() if now - arrival < STALL_AFTER]
        state, message = self._situation(bool(recent))
        width, height = self._size or (None, None)
        return SourceStatus(
            kind=self.spec.kind,
            name=self.spec.name,
            status=state,
            message=message,
            width=width,
            height=height,
            fps=rate(recent) if state is SourceState.OK else 0.0,
        )

    def _situation(self, delivering: bool) -> tuple[SourceState, str]:
        if not self.spec.has_camera:
            return SourceState.NONE, NO_CAMERA_HINTS[self.spec.kind]
        if not self.wanted:
            return (
                (SourceState.STOPPING, self.spec.name) if self.alive else (SourceState.PAUSED, "")
            )
        if self._state is SourceState.OK and not delivering:
            return SourceState.LOST, f"{self.spec.name} has sent no frame for {STALL_AFTER:.0f} s"
        return self._state, self._message

"""The cameras that a visitor's mood can come from: the server's, the browser's, or none."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from capture.pace import rate
from capture.state import STALL_AFTER, SourceState, SourceStatus
from capture.timings import Timings
from core.admission import AdmissionControl
from core.errors import AffectuneError, BusyError
from core.status import LiveStatus
from core.vision import Image
from emotion.face.detector import FaceDetector
from emotion.face.reader import LARGEST, FaceReader, Follow, FrameResult
from emotion.face.recogniser import Recogniser
from emotion.face.tracker import FaceTracker
from emotion.live_state import LiveState, describe
from emotion.mood.session import MoodSession
from web.admission import PICTURE_QUEUE_TIMEOUT_S

ABANDONED_AFTER = 30.0
"""Seconds without a picture after which the browser no longer counts as a camera."""
NAME = "This browser's camera"


class CameraError(AffectuneError):
    """A camera takes no picture now."""


class CameraPausedError(CameraError):
    """It was paused, and can be resumed."""

    code = "paused"


class CameraOffError(CameraError):
    """It was turned off for good; a new one takes its place."""

    code = "camera_off"


class Camera(Protocol):
    """What shows a visitor's face: `camera.LiveCamera`, `BrowserCamera` or `NoCamera`."""

    @property
    def session(self) -> MoodSession:
        """The mood that its pictures feed."""

    def state(self) -> LiveState:
        """Return how things are."""

    def pause(self) -> None:
        """Take no pictures until `resume`; the mood stays."""

    def resume(self) -> None:
        """Take pictures again."""

    def choose(self, follow: Follow) -> None:
        """Set whose mood counts, `LARGEST`, `AVERAGE` or the id of a face in view."""


class NoCamera:
    """The place of a camera where there is none: the mood is what its visitor picks by hand.

    Args:
        session: the visitor's own.
        status: tells how the server's source, which is none, is doing.
    """

    def __init__(self, session: MoodSession, status: Callable[[], SourceStatus]) -> None:
        self.session = session
        self._status = status

    def state(self) -> LiveState:
        return describe(
            source=self._status(),
            mood=self.session.state(),
            result=None,
            follow=LARGEST,
            timings_ms=Timings().medians_ms(),
        )

    def pause(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def resume(self) -> None:
        """Do nothing."""

    def choose(self, follow: Follow) -> None:
        """Do nothing: nobody is in view."""


class BrowserCamera:
    """The pictures of one browser, read as they come: the newest only, none is kept.

    The page sends its next picture once it has the answer to the last one, which is all the
    back-pressure there needs to be.

    Args:
        recogniser: shared with all others.
        detector: this camera's own.
        session: whose mood the pictures feed.
        admission: to reading pictures, shared with all others.
    """

    def __init__(
        self,
        recogniser: Recogniser,
        detector: FaceDetector,
        session: MoodSession,
        admission: AdmissionControl,
    ) -> None:
        self._timings = Timings()
        self.session = session
        self._reader = FaceReader(FaceTracker(detector), recogniser, self._timings)
        self._admission = admission
        self._lock = threading.Lock()
        self._reading: FrameResult | None = None
        self._size: tuple[int, int] | None = None
        self._paused = self._closed = False
        self._arrivals: deque[float] = deque(maxlen=64)
        # Of no picture, or the first one would come at a rate.
        self._awaited_since = time.monotonic()

    def take(self, image: Image) -> None:
        """Read the faces of one picture, uint8 (height, width, 3) BGR.

        Raises:
            CameraPausedError: it is paused.
            CameraOffError: it was turned off.
            BusyError: the picture before this one, or others' pictures, take too long.
        """
        if not self._lock.acquire(timeout=PICTURE_QUEUE_TIMEOUT_S):
            raise BusyError("The picture before this one is still being read.")
        try:
            if self._closed:
                raise CameraOffError("The camera was turned off.")
            if self._paused:
                raise CameraPausedError("The camera is paused; resume it first.")
            with self._admission.turn():
                self._read(image)
        finally:
            self._lock.release()

    def _read(self, image: Image) -> None:
        now = time.monotonic()
        self._arrivals.append(now)
        self._awaited_since = now
        self._size = image.shape[1], image.shape[0]
        self._reading = self._reader.read(image, now, self.session)

    @property
    def abandoned(self) -> bool:
        """Whether no picture has come for long, though none was asked to stop."""
        return not self._paused and time.monotonic() - self._awaited_since > ABANDONED_AFTER

    def pause(self) -> None:
        """Take no pictures until `resume`; the mood stays."""
        with self._lock:  # or the picture being read would have the last word
            self._paused = True
            self._reading = None
            self.session.interrupt(LiveStatus.PAUSED, time.monotonic())

    def resume(self) -> None:
        """Take pictures again."""
        self._paused = False
        self._awaited_since = time.monotonic()

    def choose(self, follow: Follow) -> None:
        """Set whose mood counts."""
        self._reader.choose(follow, time.monotonic())

    def close(self) -> None:
        """Take no more pictures; the mood stays."""
        with self._lock:
            self._closed = True
            self.session.interrupt(LiveStatus.NO_CAMERA, time.monotonic())

    def state(self) -> LiveState:
        """Return how things are."""
        return describe(
            source=self._source(),
            mood=self.session.state(),
            result=self._reading,
            follow=self._reader.follow,
            timings_ms=self._timings.medians_ms(),
        )

    def _source(self) -> SourceStatus:
        now = time.monotonic()
        recent = [arrival for arrival in self._arrivals.copy() if now - arrival < STALL_AFTER]
        state, message = SourceState.OK, ""
        if self._paused:
            state = SourceState.PAUSED
        elif now - self._awaited_since >= STALL_AFTER:
            state = SourceState.LOST
            message = f"{NAME} has sent no picture for {STALL_AFTER:.0f} s"
        width, height = self._size or (None, None)
        return SourceStatus(
            kind="browser",
            name=NAME,
            status=state,
            message=message,
            width=width,
            height=height,
            fps=rate(recent),
        )

"""A camera at the other end: a visitor's browser sends its pictures, one request each."""

import io
import threading
import time
from collections import deque

import cv2
import numpy as np

from camera import LiveState, describe
from capture.state import SourceState, SourceStatus
from capture.timings import Timings
from core.admission import AdmissionControl
from core.errors import BusyError
from core.status import LiveStatus
from core.vision import Image
from emotion.face.detector import FaceDetector
from emotion.face.reader import FaceReader, FrameResult
from emotion.face.recogniser import Recogniser
from emotion.face.tracker import FaceTracker
from emotion.mood.session import MoodSession
from emotion.photo.file import MOST_SCANS, has_many_scans
from utils import STALL_AFTER
from web.admission import PICTURE_QUEUE_TIMEOUT_S
from web.errors import RequestError

MOST_BYTES = 512 * 1024
"""Of one picture; 640x480 at a JPEG quality of 70 takes some 40 kB."""
MOST_PIXELS = 1920 * 1080
LEAST_EDGE = 32
ABANDONED_AFTER = 30.0
"""Seconds without a picture after which the browser no longer counts as a camera."""
MOST_ASPECT = 4
"""Longer edge by the shorter one; no camera's is more, and a strip would be searched at 320 pixels
wide, however long that makes it."""
NAME = "This browser's camera"


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
        self.reader = FaceReader(FaceTracker(detector), recogniser, self._timings)
        self._session = session
        self._admission = admission
        self._lock = threading.Lock()
        self._reading: FrameResult | None = None
        self._size: tuple[int, int] | None = None
        self._paused = self._closed = False
        self._arrivals: deque[float] = deque([time.monotonic()], maxlen=64)

    def take(self, image: Image) -> None:
        """Read the faces of one picture, uint8 (height, width, 3) BGR.

        Raises:
            RequestError: 409, the camera is paused or turned off.
            BusyError: the picture before this one, or others' pictures, take too long.
        """
        if not self._lock.acquire(timeout=PICTURE_QUEUE_TIMEOUT_S):
            raise BusyError("The picture before this one is still being read.")
        try:
            if self._closed:
                raise RequestError("The camera was turned off.", "camera_off", 409)
            if self._paused:
                raise RequestError("The camera is paused; resume it first.", "paused", 409)
            with self._admission.turn():
                self._read(image)
        finally:
            self._lock.release()

    def _read(self, image: Image) -> None:
        now = time.monotonic()
        self._arrivals.append(now)
        self._size = image.shape[1], image.shape[0]
        self._reading = self.reader.read(image, now, self._session)

    @property
    def abandoned(self) -> bool:
        """Whether no picture has come for long, though none was asked to stop."""
        return not self._paused and time.monotonic() - self._arrivals[-1] > ABANDONED_AFTER

    def pause(self) -> None:
        """Take no pictures until `resume`; the mood stays."""
        with self._lock:  # or the picture being read would have the last word
            self._paused = True
            self._reading = None
            self._session.interrupt(LiveStatus.PAUSED, time.monotonic())

    def resume(self) -> None:
        """Take pictures again."""
        self._paused = False
        self._arrivals.append(time.monotonic())

    def close(self) -> None:
        """Take no more pictures; the mood stays."""
        with self._lock:
            self._closed = True
            self._session.interrupt(LiveStatus.NO_CAMERA, time.monotonic())

    def state(self) -> LiveState:
        """Return how things are."""
        return describe(
            source=self._source(),
            mood=self._session.state(),
            reading=self._reading,
            follow=self.reader.follow,
            timings_ms=self._timings.medians_ms(),
        )

    def _source(self) -> SourceStatus:
        now = time.monotonic()
        recent = [arrival for arrival in self._arrivals.copy() if now - arrival < STALL_AFTER]
        span = recent[-1] - recent[0] if recent else 0.0
        fps = (len(recent) - 1) / span if span > 0 else 0.0
        state, message = SourceState.OK, ""
        if self._paused:
            state = SourceState.PAUSED
        elif not recent:
            state = SourceState.LOST
            message = f"{NAME} has sent no picture for {STALL_AFTER:.0f} s"
        width, height = self._size or (None, None)
        return SourceStatus("browser", NAME, state, message, width, height, fps)


def decode_picture(data: bytes) -> Image:
    """Return a JPEG or WebP file as uint8 (height, width, 3) BGR.

    Raises:
        RequestError: 400, it is neither, or damaged; 413, it has more than `MOST_PIXELS`.
    """
    from PIL import Image as Pictures
    from PIL import UnidentifiedImageError

    try:
        # The header first: a few hundred bytes can claim a gigabyte of pixels.
        with Pictures.open(io.BytesIO(data), formats=("JPEG", "WEBP")) as header:
            width, height = header.size
            many_scans = has_many_scans(header, data)
    except (Pictures.DecompressionBombError, Pictures.DecompressionBombWarning) as error:
        raise _too_large("far more") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise RequestError("Expected a picture as JPEG or WebP.", "bad_picture") from error
    if width * height > MOST_PIXELS:
        raise _too_large(f"{width} x {height}")
    if min(width, height) < LEAST_EDGE:
        raise RequestError(
            f"Expected a picture of at least {LEAST_EDGE} x {LEAST_EDGE} pixels, "
            f"got {width} x {height}.",
            "bad_picture",
        )
    if max(width, height) > MOST_ASPECT * min(width, height):
        raise RequestError(
            f"Expected a picture whose edges are at most {MOST_ASPECT} to 1, got "
            f"{width} x {height}.",
            "bad_picture",
        )
    if many_scans:
        raise RequestError(f"A JPEG of more than {MOST_SCANS} scans is refused.", "bad_picture")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        image = None
    if image is None:
        raise RequestError("The picture is damaged and cannot be decoded.", "bad_picture")
    return image


def _too_large(got: str) -> RequestError:
    message = f"Expected a picture of at most 1920 x 1080 pixels, got {got}."
    return RequestError(message, "too_large", 413)

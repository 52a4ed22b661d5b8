"""Where frames come from: the newest-value hand-off, worker threads, sources and the grabber."""

import logging
import os
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar

# Read by OpenCV when FFmpeg is first used: a damaged file is told by us, once, not by libav.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
# Seconds OpenCV waits for a webcam's frame; its own ten would hold up a pause or the end.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")

import cv2

import demo
from emotion.types import Image
from errors import SourceError

log = logging.getLogger(__name__)
T = TypeVar("T")

OPEN_TIMEOUT = 5.0
"""Seconds a URL may take to connect, and to deliver each frame."""
STALL_AFTER = 2.0
"""Seconds without a frame after which a camera counts as lost, though it reported no error."""
IDLE_FPS = 2.5
"""Frames a second that are decoded while nobody watches: a mood still follows within 1.2 s."""
NO_CAMERA = "Plug in a webcam and start again, or start with --source demo"


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

    def peek(self) -> tuple[int, T | None]:
        """Return the newest sequence number and value at once: (0, None) before the first."""
        with self._condition:
            return self._sequence, self._value

    def wait_newer(self, sequence: int, timeout: float) -> tuple[int, T] | None:
        """Return the newest number and value once newer than `sequence`.

        None after `timeout` seconds without one, and at once where the hand-off is closed.
        """
        with self._condition:
            self._condition.wait_for(lambda: self._closed or self._sequence > sequence, timeout)
            if self._closed or self._sequence <= sequence or self._value is None:
                return None
            return self._sequence, self._value

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
    escapes from it is logged and kept in `failure`, for the state to show.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.failure: str | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._life = threading.Lock()

    def run(self, stop: threading.Event) -> None:
        raise NotImplementedError

    def start(self) -> None:
        """Start the thread, unless it runs."""
        with self._life:
            if self._thread is not None and not self._stop.is_set():
                return
            # Each run has a stop event of its own: a thread still stuck in a driver must not
            # come back to life when the next one starts.
            self._stop = threading.Event()
            self.failure = None
            self._thread = threading.Thread(
                target=self._guarded, args=(self._stop,), name=self.name, daemon=True
            )
            self._thread.start()

    def stop(self, timeout: float = 1.5) -> bool:
        """Ask the thread to end and wait for it; False where it did not within `timeout` s."""
        with self._life:
            self._stop.set()
            thread, self._thread = self._thread, None
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(timeout)
        if thread.is_alive():
            log.warning("%s did not end within %.1f s; it is left behind", self.name, timeout)
        return not thread.is_alive()

    def _guarded(self, stop: threading.Event) -> None:
        try:
            self.run(stop)
        except Exception as error:
            log.exception("%s failed", self.name)
            self.failure = f"{self.name} failed: {error}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture and when it was taken."""

    image: Image
    """uint8 (height, width, 3) BGR. Shared between threads: never drawn on."""
    captured_at: float
    """Epoch seconds."""
    time: float
    """The same instant on the monotonic clock, for differences."""


class FrameSource(Protocol):
    """Something that delivers frames one after the other.

    Grabbing and decoding are apart, so that nobody pays for a picture nobody needs.
    """

    def grab(self) -> None:
        """Wait for the next frame and take it, undecoded.

        Raises:
            SourceError: nothing came; the source is of no further use.
        """
        ...

    def retrieve(self) -> Image:
        """Return the frame grabbed last, uint8 (height, width, 3) BGR.

        Raises:
            SourceError: it cannot be decoded.
        """
        ...

    def close(self) -> None:
        """Release the device; more than once does no harm."""
        ...


class CaptureSource:
    """A `cv2.VideoCapture` that raises where OpenCV says nothing.

    Args:
        name: for messages.
        capture: opened here or elsewhere; owned, and released, by this source.
        mirror: flip left and right, as people expect to see themselves.
    """

    def __init__(self, name: str, capture: Any, mirror: bool = False) -> None:
        self._name = name
        self._capture = capture
        self._mirror = mirror
        if not capture.isOpened():
            capture.release()
            raise SourceError(f"{name} cannot be opened")

    def grab(self) -> None:
        if not self._capture.grab():
            raise SourceError(f"{self._name} stopped delivering frames")

    def retrieve(self) -> Image:
        good, image = self._capture.retrieve()
        if not good or image is None or image.size == 0:
            raise SourceError(f"{self._name} delivered a frame that cannot be decoded")
        return cv2.flip(image, 1) if self._mirror else image

    def close(self) -> None:
        self._capture.release()


class FileSource(CaptureSource):
    """A video file, at its own rate, from the start again when it ends.

    A file that breaks off plays as far as it goes, and again from the start.

    Args:
        path: anything FFmpeg reads, animated GIF among it.
        paced: False delivers frames as fast as they decode, for measuring.
    """

    def __init__(self, path: Path, paced: bool = True) -> None:
        if not path.is_file():
            raise SourceError(f"source: expected a video file at '{path}', found none")
        name = f"video '{path.name}'"
        super().__init__(name, cv2.VideoCapture(str(path), cv2.CAP_FFMPEG))
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self._interval = 1 / (rate if 1 <= rate <= 240 else 25) if paced else 0.0
        self._due = time.monotonic()
        self._path = path

    def grab(self) -> None:
        if not self._capture.grab():
            self._rewind()
        wait = self._due - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        # A late frame is not made up for: the next ones would come in a burst.
        self._due = max(self._due, time.monotonic() - self._interval) + self._interval

    def _rewind(self) -> None:
        # Reopened, not sought: a GIF or a truncated file has no index to seek in.
        self._capture.release()
        self._capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        if not self._capture.isOpened() or not self._capture.grab():
            raise SourceError(f"{self._name} holds no frame that can be decoded")


class DemoSource:
    """The drawn face of `demo`, 640x480 at 30 frames/s."""

    fps = 30.0

    def __init__(self) -> None:
        self._begun = self._due = time.monotonic()

    def grab(self) -> None:
        time.sleep(max(0.0, self._due - time.monotonic()))
        self._due = max(self._due, time.monotonic() - 1 / self.fps) + 1 / self.fps

    def retrieve(self) -> Image:
        return demo.render(time.monotonic() - self._begun)

    def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True)
class SourceSpec:
    """Which source to open, and how; can be opened any number of times."""

    kind: str
    """`webcam`, `file`, `url`, `demo` or `none`."""
    target: str = ""
    """Index, path or URL."""
    width: int = 640
    height: int = 480
    fps: float = 30.0
    """Size and rate asked of a webcam; it may deliver others."""
    mirror: bool = True
    """Whether a webcam's picture is flipped left and right."""

    @property
    def name(self) -> str:
        """What people call it; a URL's user and password are left out."""
        if self.kind == "webcam":
            return f"camera {self.target}"
        if self.kind == "file":
            return Path(self.target).name
        return re.sub(r"//[^/@]*@", "//", self.target) or self.kind

    def open(self) -> FrameSource:
        """Open it and check that it delivers a first frame.

        Raises:
            SourceError: it does not exist, cannot be opened, or delivers nothing.
        """
        source = self._open()
        try:
            source.grab()
            source.retrieve()
        except SourceError as error:
            source.close()
            raise SourceError(f"source: {self._nothing()}: {error}") from error
        return source

    def _open(self) -> FrameSource:
        if self.kind == "demo":
            return DemoSource()
        if self.kind == "file":
            return _opened(lambda: FileSource(Path(self.target)), self._nothing())
        if self.kind == "url":
            return _opened(lambda: _open_url(self.name, self.target), self._nothing())
        if self.kind == "webcam":
            return _opened(lambda: _open_webcam(self), self._nothing())
        raise SourceError("source: none was chosen")

    def _nothing(self) -> str:
        expected = {
            "webcam": f"expected a camera at index {self.target}",
            "file": f"expected a video FFmpeg can read in '{self.name}'",
            "url": f"expected a video stream at {self.name} within {OPEN_TIMEOUT:.0f} s",
        }
        return expected.get(self.kind, f"expected frames from {self.name}")


def _opened(open_it: Callable[[], CaptureSource], expected: str) -> CaptureSource:
    try:
        return open_it()
    except SourceError as error:
        text = str(error)
        raise (
            error if text.startswith("source:") else SourceError(f"source: {expected}, but {text}")
        ) from error
    except cv2.error as error:
        raise SourceError(f"source: {expected}, but OpenCV failed: {error.err}") from error


def _open_url(name: str, url: str) -> CaptureSource:
    milliseconds = int(OPEN_TIMEOUT * 1000)
    limits = [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, milliseconds),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, milliseconds),
    ]
    return CaptureSource(name, cv2.VideoCapture(url, cv2.CAP_FFMPEG, limits))


def _open_webcam(spec: SourceSpec) -> CaptureSource:
    backends = {
        "linux": [cv2.CAP_V4L2],
        "darwin": [cv2.CAP_AVFOUNDATION],
        "win32": [cv2.CAP_DSHOW, cv2.CAP_MSMF],
    }.get(sys.platform, [cv2.CAP_ANY])
    for backend in backends:
        capture = cv2.VideoCapture(int(spec.target), backend)
        if capture.isOpened():
            break
        capture.release()
    # MJPG before the size: raw YUYV at 640x480 fills USB 2 at 30 frames/s, and many cameras
    # fix their list of sizes by the format in force.
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, spec.width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, spec.height)
    capture.set(cv2.CAP_PROP_FPS, spec.fps)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return CaptureSource(spec.name, capture, mirror=spec.mirror)


def find_webcam(spec: SourceSpec) -> tuple[SourceSpec, FrameSource] | None:
    """Open the first webcam that delivers a frame; None where there is none.

    Args:
        spec: size, rate and mirroring to ask for; its target is replaced.
    """
    if sys.platform == "linux":
        devices = Path("/dev").glob("video*")
        indices = sorted(int(d.name[5:]) for d in devices if d.name[5:].isdigit())
    else:
        indices = list(range(4))
    for index in indices:
        candidate = SourceSpec("webcam", str(index), spec.width, spec.height, spec.fps, spec.mirror)
        try:
            return candidate, candidate.open()
        except SourceError as error:
            log.info("%s", error)
    return None


@dataclass(frozen=True)
class SourceStatus:
    """How the source is doing."""

    kind: str
    name: str
    status: str
    """`ok`, `connecting`, `lost`, `paused` or `none`."""
    message: str
    """Why, in words; empty where all is well."""
    width: int | None
    height: int | None
    fps: float
    """Measured over the last two seconds."""


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
        self._status = "paused"
        self._message = ""
        self._arrivals: deque[float] = deque(maxlen=256)

    def run(self, stop: threading.Event) -> None:
        self._status, self._message = "connecting", ""
        pause = self._retry[0]
        while not stop.is_set():
            before = self.grabbed
            try:
                self._read(stop)
            except SourceError as error:
                if stop.is_set():
                    break
                self.losses += 1
                self._status, self._message = "lost", str(error)
                log.warning("%s; trying again", error)
            if self.grabbed > before:
                pause = self._retry[0]
            stop.wait(pause)
            pause = min(2 * pause, self._retry[1])

    def stop(self, timeout: float = 1.5) -> bool:
        """Stop as `Worker.stop` does; a source handed over but never read is closed too."""
        ended = super().stop(timeout)
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
                if self.idle and now - decoded_at < 1 / IDLE_FPS:
                    self._arrived(now)
                    continue
                decoded_at = now
                image = source.retrieve()
                self._arrived(now)
                if not stop.is_set():
                    self.frames.publish(Frame(image, captured_at, now))
        finally:
            source.close()

    def _arrived(self, now: float) -> None:
        self.grabbed += 1
        self._arrivals.append(now)
        self._status, self._message = "ok", ""

    def status(self) -> SourceStatus:
        """Return how the source is doing now; a camera that only fell silent counts as lost."""
        now = time.monotonic()
        status, message = self._status, self._message
        arrivals = [arrival for arrival in self._arrivals.copy() if now - arrival < 2]
        if self.spec.kind == "none":
            status, message = "none", NO_CAMERA
        elif self._thread is None:
            status, message = "paused", ""
        elif self.failure:
            status, message = "lost", self.failure
        elif status == "ok" and not arrivals:
            status = "lost"
            message = f"{self.spec.name} has sent no frame for {STALL_AFTER:.0f} s"
        _, frame = self.frames.peek()
        height, width = frame.image.shape[:2] if frame else (None, None)
        fps = 0.0
        if status == "ok" and len(arrivals) > 1:
            fps = (len(arrivals) - 1) / (arrivals[-1] - arrivals[0])
        return SourceStatus(self.spec.kind, self.spec.name, status, message, width, height, fps)


def parse_source(text: str, size: tuple[int, int], fps: float, mirror: bool) -> SourceSpec:
    """Return what `--source` names; `auto` is not among it, see `find_webcam`.

    Args:
        text: an index, a path, a URL, `demo` or `none`.
        size: width and height asked of a webcam, in pixels.
        fps: rate asked of a webcam.
        mirror: whether to flip a webcam's picture.

    Raises:
        SourceError: it is none of these.
    """
    if text in ("demo", "none"):
        return SourceSpec(text)
    if text.isdecimal():
        return SourceSpec("webcam", text, *size, fps, mirror)
    if re.match(r"(rtsps?|rtmps?|https?|udp|tcp)://", text):
        return SourceSpec("url", text)
    if Path(text).is_file():
        return SourceSpec("file", text)
    raise SourceError(
        "source: expected auto, a camera's index, a video file, a URL (rtsp or http), demo or "
        f"none; got '{text}', which is none of these and no file that exists"
    )

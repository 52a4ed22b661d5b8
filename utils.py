"""Where frames come from: the sources, and the threaded grabber that reads them."""

import logging
import os
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

# Read by OpenCV when FFmpeg is first used: a damaged file is told by us, once, not by libav.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
# Seconds OpenCV waits for a webcam's frame; its own ten would hold up a pause or the end.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")

import cv2

from capture import demo
from capture.state import SourceState, SourceStatus
from core.errors import SourceError
from core.threads import Latest, Worker
from core.vision import Image

log = logging.getLogger(__name__)

OPEN_TIMEOUT = 5.0
"""Seconds a URL may take to connect, and to deliver each frame."""
STALL_AFTER = 2.0
"""Seconds without a frame after which a camera counts as lost, though it reported no error."""
MOST_DAMAGED = 10
"""Undecodable frames in a row after which a source is given up; single ones are everyday."""
IDLE_FPS = 2.5
"""Frames a second that are decoded while nobody watches: a mood still follows within 1.2 s."""
NO_CAMERA = "Plug in a webcam and start again, or use this browser's camera"
ASK_BROWSER = "Press Use my camera: the picture then comes from this browser"


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


class Recording(CaptureSource):
    """A video, at its own rate, from the start again when it ends.

    Args:
        name: for messages.
        capture: at its start; owned, and released, by this source.
        open_again: opens it anew when it has ended.
        paced: False delivers frames as fast as they decode, for measuring.
    """

    def __init__(
        self, name: str, capture: Any, open_again: Callable[[], Any], paced: bool = True
    ) -> None:
        super().__init__(name, capture)
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self._metronome = Metronome(1 / (rate if 1 <= rate <= 240 else 25) if paced else 0.0)
        self._open_again = open_again

    def grab(self) -> None:
        if not self._capture.grab():
            self._rewind()
        self._metronome.wait()

    def _rewind(self) -> None:
        # Reopened, not sought: a GIF or a truncated file has no index to seek in.
        self._capture.release()
        self._capture = self._open_again()
        if not self._capture.isOpened():
            raise SourceError(f"{self._name} cannot be opened again")
        if not self._capture.grab():
            raise SourceError(f"{self._name} holds no frame that can be decoded")


class FileSource(Recording):
    """A video file; one that breaks off plays as far as it goes, and again from the start.

    Args:
        path: anything FFmpeg reads, animated GIF among it.
        paced: as `Recording`'s.
    """

    def __init__(self, path: Path, paced: bool = True) -> None:
        if not path.is_file():
            raise SourceError(f"there is no file '{path}'")
        whole = str(path.absolute())  # FFmpeg would take what stands before a colon for a protocol
        open_capture = partial(cv2.VideoCapture, whole, cv2.CAP_FFMPEG)
        super().__init__(f"video '{path.name}'", open_capture(), open_capture, paced)


class RemoteRecording(Recording):
    """A video with a length, behind an http address; where it breaks off, the server is lost."""

    def _rewind(self) -> None:
        frames = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        seconds = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        # Where the rate varies, the count is only what the length would hold at the nominal one.
        passed = seconds * self._capture.get(cv2.CAP_PROP_FPS)
        # Lengths are rounded, and some count a frame that is not there.
        if max(self._capture.get(cv2.CAP_PROP_POS_FRAMES), passed) < 0.98 * frames - 2:
            raise SourceError(f"{self._name} stopped delivering frames")
        super()._rewind()


class DemoSource:
    """The drawn face of `demo`, 640x480 at 30 frames/s."""

    fps = 30.0

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._metronome = Metronome(1 / self.fps)

    def grab(self) -> None:
        self._metronome.wait()

    def retrieve(self) -> Image:
        return demo.render(time.monotonic() - self._begun)

    def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True)
class SourceSpec:
    """Which source to open, and how; can be opened any number of times."""

    kind: str
    """`webcam`, `file`, `url`, `demo`, `browser` (each page sends its own) or `none`."""
    target: str = ""
    """Index, path or URL."""
    width: int = 640
    height: int = 480
    fps: float = 30.0
    """Size and rate asked of a webcam; it may deliver others."""
    mirror: bool = True
    """Whether a webcam's picture is flipped left and right."""

    @property
    def has_camera(self) -> bool:
        """Whether this computer itself has pictures to deliver."""
        return self.kind not in ("browser", "none")

    @property
    def name(self) -> str:
        """What people call it; a URL's user and password are left out."""
        if self.kind == "webcam":
            return f"camera {self.target}"
        if self.kind == "file":
            return Path(self.target).name
        if self.kind == "url":
            return _without_secrets(self.target)
        return self.kind

    def open(self) -> FrameSource:
        """Open it and check that it delivers a first frame.

        Raises:
            SourceError: it does not exist, cannot be opened, or delivers nothing.
        """
        try:
            source = self._open()
            try:
                _check(source)
            except BaseException:
                source.close()
                raise
        except SourceError as error:
            raise SourceError(f"{self._expected()}, but {error}") from error
        except cv2.error as error:
            raise SourceError(f"{self._expected()}, but OpenCV failed: {error.err}") from error
        return source

    def _open(self) -> FrameSource:
        if self.kind == "demo":
            return DemoSource()
        if self.kind == "file":
            return FileSource(Path(self.target))
        if self.kind == "url":
            return _open_url(self.name, self.target)
        if self.kind == "webcam":
            return _open_webcam(self)
        raise SourceError("none was chosen")

    def _expected(self) -> str:
        expected = {
            "webcam": f"expected a camera at index {self.target}",
            "file": f"expected a video FFmpeg can read in '{self.name}'",
            "url": f"expected a video stream at {self.name} within {OPEN_TIMEOUT:.0f} s",
        }
        return expected.get(self.kind, f"expected frames from {self.name}")


def _check(source: FrameSource) -> None:
    """Wait for a frame that can be decoded: the first one of a webcam may be cut short.

    Raises:
        SourceError: none of the first ones can.
    """
    for left in reversed(range(MOST_DAMAGED)):
        source.grab()
        try:
            source.retrieve()
            return
        except SourceError:
            if not left:
                raise


def _without_secrets(url: str) -> str:
    """Return a URL's scheme, host, port and path: the rest may hold passwords."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def _open_url(name: str, url: str) -> CaptureSource:
    milliseconds = int(OPEN_TIMEOUT * 1000)
    limits = [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, milliseconds),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, milliseconds),
    ]
    open_capture = partial(cv2.VideoCapture, url, cv2.CAP_FFMPEG, limits)
    capture = open_capture()
    # What is live has no length, and a camera's still is one frame. Over rtsp pace is the server's.
    if urlsplit(url).scheme in ("http", "https") and capture.get(cv2.CAP_PROP_FRAME_COUNT) > 1:
        return RemoteRecording(name, capture, open_capture)
    return CaptureSource(name, capture)


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
        spec: of kind `webcam`, with size, rate and mirroring to ask for; its target is replaced.
    """
    if sys.platform == "linux":
        devices = Path("/dev").glob("video*")
        indices = sorted(int(d.name[5:]) for d in devices if d.name[5:].isdigit())
    else:
        indices = list(range(4))
    for index in indices:
        candidate = replace(spec, target=str(index))
        try:
            return candidate, candidate.open()
        except SourceError as error:
            log.info("%s", error)
    return None


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
            before = self.grabbed
            try:
                self._read(stop)
            except Exception as error:  # whatever a driver raises, the camera may come back
                if stop.is_set():
                    break
                self._lose(error, delivered=self.grabbed > before)
            if self.grabbed > before:
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
            if self._damaged > MOST_DAMAGED:
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
        span = recent[-1] - recent[0] if recent else 0.0
        fps = (len(recent) - 1) / span if state is SourceState.OK and span > 0 else 0.0
        width, height = self._size or (None, None)
        return SourceStatus(self.spec.kind, self.spec.name, state, message, width, height, fps)

    def _situation(self, delivering: bool) -> tuple[SourceState, str]:
        if not self.spec.has_camera:
            return SourceState.NONE, ASK_BROWSER if self.spec.kind == "browser" else NO_CAMERA
        if not self.wanted:
            return (
                (SourceState.STOPPING, self.spec.name) if self.alive else (SourceState.PAUSED, "")
            )
        if self._state is SourceState.OK and not delivering:
            return SourceState.LOST, f"{self.spec.name} has sent no frame for {STALL_AFTER:.0f} s"
        return self._state, self._message


def parse_source(text: str, size: tuple[int, int], fps: float, mirror: bool) -> SourceSpec:
    """Return what `--source` names; `auto` is not among it, see `find_webcam`.

    Args:
        text: an index, a path, a URL, `demo`, `browser` or `none`.
        size: width and height asked of a webcam, in pixels.
        fps: rate asked of a webcam.
        mirror: whether to flip a webcam's picture.

    Raises:
        SourceError: it is none of these.
    """
    if text in ("browser", "demo", "none"):
        return SourceSpec(text)
    if re.fullmatch(r"[0-9]{1,2}", text):
        return SourceSpec("webcam", text, *size, fps, mirror)
    if re.match(r"(rtsps?|rtmps?|https?|udp|tcp)://", text, re.IGNORECASE):
        try:
            urlsplit(text)
        except ValueError:  # without the URL, which may hold a password
            raise SourceError(
                "--source: not a URL; a character such as [ in a password must be %-encoded"
            ) from None
        return SourceSpec("url", text)
    try:
        if Path(text).is_file():
            return SourceSpec("file", text)
    except OSError:  # a name too long for the file system, say
        pass
    raise SourceError(
        "--source: expected auto, a camera's index (0 to 99), a video file, a URL (rtsp or http), "
        f"demo, browser or none; got '{text[:80]}', which is none of these and no file that exists"
    )

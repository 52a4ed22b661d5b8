"""Sources that OpenCV reads: webcams, video files and streams."""

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# Read by OpenCV when FFmpeg is first used: a damaged file is told by us, once, not by libav.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
# Seconds OpenCV waits for a webcam's frame; its own ten would hold up a pause or the end.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")

import cv2

from capture.pace import Metronome
from core.errors import SourceError
from core.vision import Image

OPEN_TIMEOUT = 5.0
"""Seconds a URL may take to connect, and to deliver each frame."""


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


def open_url(name: str, url: str) -> CaptureSource:
    """Open a stream, or a recording behind an http address.

    Args:
        name: for messages; holds no password.
        url: http, https, rtsp, rtmp, udp or tcp.
    """
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


def open_webcam(
    index: int, *, name: str, width: int, height: int, fps: float, mirror: bool
) -> CaptureSource:
    """Open a webcam.

    Args:
        index: as the system counts them.
        name: for messages.
        width, height, fps: asked of it; it may deliver others.
        mirror: whether to flip its pictures left and right.
    """
    backends = {
        "linux": [cv2.CAP_V4L2],
        "darwin": [cv2.CAP_AVFOUNDATION],
        "win32": [cv2.CAP_DSHOW, cv2.CAP_MSMF],
    }.get(sys.platform, [cv2.CAP_ANY])
    for backend in backends:
        capture = cv2.VideoCapture(index, backend)
        if capture.isOpened():
            break
        capture.release()
    # MJPG before the size: raw YUYV at 640x480 fills USB 2 at 30 frames/s, and many cameras
    # fix their list of sizes by the format in force.
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
    capture.set(cv2.CAP_PROP_FPS, fps)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return CaptureSource(name, capture, mirror=mirror)

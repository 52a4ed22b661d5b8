"""Which source to open: what `--source` names, and the first webcam that works."""

import logging
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import cv2

from capture import video
from capture.demo.source import DemoSource
from capture.frame import MAX_DAMAGED, FrameSource
from core.errors import SourceError

log = logging.getLogger(__name__)


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
            return video.FileSource(Path(self.target))
        if self.kind == "url":
            return video.open_url(self.name, self.target)
        if self.kind == "webcam":
            return video.open_webcam(
                int(self.target),
                name=self.name,
                width=self.width,
                height=self.height,
                fps=self.fps,
                mirror=self.mirror,
            )
        raise SourceError("none was chosen")

    def _expected(self) -> str:
        expected = {
            "webcam": f"expected a camera at index {self.target}",
            "file": f"expected a video FFmpeg can read in '{self.name}'",
            "url": f"expected a video stream at {self.name} within {video.OPEN_TIMEOUT:.0f} s",
        }
        return expected.get(self.kind, f"expected frames from {self.name}")


def _check(source: FrameSource) -> None:
    """Wait for a frame that can be decoded: the first one of a webcam may be cut short.

    Raises:
        SourceError: none of the first ones can.
    """
    for left in reversed(range(MAX_DAMAGED)):
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
        width, height = size
        return SourceSpec("webcam", text, width=width, height=height, fps=fps, mirror=mirror)
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

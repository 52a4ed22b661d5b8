"""Viewers of `/video_feed` over real sockets, many of them in one light process."""

import argparse
import bisect
import json
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from config import ROOT

HEAD_END = b"\r\n\r\n"
REQUEST = b"GET /video_feed HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
LENGTH = re.compile(rb"Content-Length: (\d+)")
TIMESTAMP = re.compile(rb"X-Timestamp: ([\d.]+)")
SEQUENCE = re.compile(rb"X-Sequence: (\d+)")
CHUNK = re.compile(rb"Transfer-Encoding: chunked", re.IGNORECASE)
SLOW_EVERY = 0.1
"""Seconds between the reads of a slow viewer."""


@dataclass
class Viewer:
    """One viewer: reads parts by their length, and notes when each picture was complete.

    Args:
        link: from `connect`.
        bytes_a_second: what a slow viewer reads at most, None for all there is.
    """

    link: socket.socket
    bytes_a_second: float | None = None
    arrivals: list[float] = field(default_factory=list)
    """Epoch seconds at which each picture was complete."""
    ages: list[float] = field(default_factory=list)
    """Seconds from the capture of each to that."""
    skipped: list[int] = field(default_factory=list)
    """How many published before each of them were not sent to this viewer."""
    closed: bool = False
    _buffer: bytearray = field(default_factory=bytearray)
    _missing: int = 0
    _stamp: float = 0.0
    _sequence: int = 0
    _skipped: int = 0
    _chunks: "Chunks | None" = None
    _headed: bool = False

    def read(self) -> None:
        """Take in what has arrived."""
        most = 1 << 18
        if self.bytes_a_second is not None:
            most = int(self.bytes_a_second * SLOW_EVERY)
        try:
            data = self.link.recv(most)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.closed = True
            return
        self._buffer += data if self._chunks is None else self._chunks.decode(data)
        while self._next():
            pass

    def _next(self) -> bool:
        """Take one head or body off the buffer; return whether there may be more."""
        if self._missing:
            if len(self._buffer) < self._missing:
                return False
            del self._buffer[: self._missing]
            self._missing = 0
            self._arrived()
            return True
        end = self._buffer.find(HEAD_END)
        if end < 0:
            return False
        head = bytes(self._buffer[:end])
        del self._buffer[: end + len(HEAD_END)]
        if self._headed:
            self._begin_part(head)
        else:
            self._begin(head)
        return True

    def _begin(self, head: bytes) -> None:
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise RuntimeError(f"/video_feed: expected 200, got {head[:200]!r}")
        self._headed = True
        if CHUNK.search(head):
            self._chunks = Chunks()
            self._buffer = bytearray(self._chunks.decode(bytes(self._buffer)))

    def _begin_part(self, head: bytes) -> None:
        length, stamp, sequence = (
            pattern.search(head) for pattern in (LENGTH, TIMESTAMP, SEQUENCE)
        )
        if not (length and stamp and sequence):
            raise RuntimeError(f"/video_feed: a part without its headers: {head[:200]!r}")
        self._missing, self._stamp = int(length[1]), float(stamp[1])
        before, self._sequence = self._sequence, int(sequence[1])
        self._skipped = self._sequence - before - 1 if before else 0

    def _arrived(self) -> None:
        now = time.time()
        self.arrivals.append(now)
        self.ages.append(now - self._stamp)
        self.skipped.append(self._skipped)


class Chunks:
    """Take HTTP's chunked transfer coding off a stream (RFC 9112, 7.1)."""

    def __init__(self) -> None:
        self._raw = bytearray()
        self._missing = 0

    def decode(self, data: bytes) -> bytes:
        """Return what of the body is complete with `data`."""
        self._raw += data
        body = bytearray()
        while self._raw:
            if not self._missing:
                end = self._raw.find(b"\r\n", 2 if self._raw[:2] == b"\r\n" else 0)
                if end < 0:
                    break
                self._missing = int(self._raw[:end].strip(), 16)
                del self._raw[: end + 2]
                if not self._missing:
                    break
            part = self._raw[: self._missing]
            body += part
            self._missing -= len(part)
            del self._raw[: len(part)]
        return bytes(body)


def watch(port: int, seconds: float, *, warm_up: float, counts: Sequence[int], rate: float) -> Any:
    """Watch with normal, stalled and slow viewers; return what each normal and slow one saw.

    Args:
        counts: normal viewers; stalled ones, which ask and then read nothing; slow ones.
        rate: bytes a second that a slow viewer reads.
    """
    normal, stalled, slow = counts
    viewers = [Viewer(connect(port)) for _ in range(normal)]
    stuck = [connect(port) for _ in range(stalled)]
    slow_viewers = [Viewer(connect(port), rate) for _ in range(slow)]
    begun, processor = time.time(), time.process_time()
    with selectors.DefaultSelector() as selector:
        for viewer in viewers:
            selector.register(viewer.link, selectors.EVENT_READ, viewer)
        next_slow = begun
        while (now := time.time()) < begun + warm_up + seconds:
            for key, _ in selector.select(SLOW_EVERY):
                key.data.read()
                if key.data.closed:
                    selector.unregister(key.fileobj)
            if now >= next_slow:
                next_slow += SLOW_EVERY
                for viewer in slow_viewers:
                    viewer.read()
    processor = time.process_time() - processor
    for link in (*stuck, *(viewer.link for viewer in (*viewers, *slow_viewers))):
        link.close()
    return {
        "viewers": [_summary(viewer, begun + warm_up, seconds) for viewer in viewers],
        "slow": [_summary(viewer, begun + warm_up, seconds) for viewer in slow_viewers],
        "client_processor": processor / (warm_up + seconds),
    }


def connect(port: int) -> socket.socket:
    """Return a connection on which the stream has been asked for."""
    link = socket.create_connection(("127.0.0.1", port), timeout=10)
    link.sendall(REQUEST)
    link.setblocking(False)
    return link


def _summary(viewer: Viewer, since: float, seconds: float) -> dict[str, Any]:
    """Return what a viewer saw once all had settled, as JSON takes it."""
    first = bisect.bisect(viewer.arrivals, since)
    ages = viewer.ages[first:]
    return {"rate": len(ages) / seconds, "ages": ages, "lost": sum(viewer.skipped[first:])}


def start_watching(
    port: int,
    seconds: float,
    warm_up: float,
    *,
    normal: int,
    stalled: int = 0,
    slow: int = 0,
    rate: float = 300e3,
) -> "subprocess.Popen[str]":
    """Watch in a process of its own; see `watch`. Its output is for `finish_watching`."""
    numbers = (port, seconds, warm_up, normal, stalled, slow, rate)
    return subprocess.Popen(  # noqa: S603 - this module
        [sys.executable, "-m", "benchmarks.watching", *map(str, numbers)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def finish_watching(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Wait for the viewers and return what they saw."""
    output, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"the viewers failed with exit code {process.returncode}")
    return dict(json.loads(output))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("warm_up", type=float)
    parser.add_argument("counts", type=int, nargs=3, metavar="COUNT")
    parser.add_argument("rate", type=float)
    figures = watch(**vars(parser.parse_args()))
    json.dump(figures, sys.stdout)


if __name__ == "__main__":
    main()

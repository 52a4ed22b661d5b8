"""A server in a process of its own, and what it costs: memory and processor time."""

import contextlib
import http.client
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.stats import Stopwatch
from config import ROOT

MAIN = ("main.py", "--no-open", "--port", "0", "--log-level", "error", "--source")
"""What starts Affectune; a source is to follow."""
START_TIMEOUT = 60.0
PROC = Path("/proc/self/status").exists()
TICKS = os.sysconf("SC_CLK_TCK") if PROC else 0


@dataclass(frozen=True)
class Server:
    """A server that runs, and where."""

    pid: int
    port: int
    since_command: Stopwatch
    """Seconds since its command was given."""

    def memory(self) -> float:
        """Return the resident memory of it and its children in MB (10^6 bytes).

        Read from /proc; not a number where there is none, as on macOS and Windows.
        """
        return sum(map(_resident, self._family())) if PROC else math.nan

    def processor_seconds(self) -> float:
        """Return the processor time of it and its children so far, in seconds; likewise."""
        return sum(map(_processor, self._family())) if PROC else math.nan

    def get(self, path: str) -> tuple[int, bytes]:
        """Ask once; return the status and the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def state(self) -> dict[str, Any]:
        return dict(json.loads(self.get("/api/state")[1]))

    def _family(self) -> list[int]:
        pids = [self.pid]
        for pid in pids:
            with contextlib.suppress(OSError):
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
                pids += map(int, children.split())
        return pids


@contextlib.contextmanager
def serving(command: Sequence[str]) -> Iterator[Server]:
    """Run `python <command>`, which prints its address, while the context lasts.

    Raises:
        RuntimeError: it ended, or printed no address within a minute.
    """
    data_dir = tempfile.TemporaryDirectory()  # a benchmark leaves the person's own store alone
    environment = {**os.environ, "AFFECTUNE_DATA_DIR": data_dir.name}
    since_command = Stopwatch()
    process = subprocess.Popen(  # noqa: S603 - our own programs
        [sys.executable, *command], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    watchdog = threading.Timer(START_TIMEOUT, process.kill)
    watchdog.start()
    try:
        port = _read_port(process)
        watchdog.cancel()
        yield Server(process.pid, port, since_command)
    finally:
        watchdog.cancel()
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        data_dir.cleanup()


def _read_port(process: "subprocess.Popen[str]") -> int:
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    for line in process.stdout:
        match = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        if match:
            return int(match[1])
    raise RuntimeError(f"the server ended, or told no address within {START_TIMEOUT:.0f} s")


def _resident(pid: int) -> float:
    """Return MB, 0 for a process that has ended."""
    with contextlib.suppress(OSError):
        match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        return int(match[1]) * 1024 / 1e6 if match else 0.0
    return 0.0


def _processor(pid: int) -> float:
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    return 0.0

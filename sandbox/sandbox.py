"""Jobs on others' bytes, each in a process of its own."""

import contextlib
import importlib
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final, Self

from core.errors import AffectuneError, BusyError
from sandbox.limits import Limits
from sandbox.wire import Value, receive, send

log = logging.getLogger(__name__)

ROOT: Final = Path(__file__).resolve().parent.parent
MAX_REPLY_BYTES: Final = 64 * 1024 * 1024
"""A photo comes with 3200 x 3200 pixels at most, which is 31 MB."""
GRACE_S: Final = 5.0
"""Beyond a job's own limit, for a process to come and to go."""
START_S: Final = 30.0
"""For the imports of the process that decoders are forked from, on a slow card."""
ENVIRONMENT: Final = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "SYSTEMROOT", "LD_LIBRARY_PATH")
"""What decoders may know of the server's environment: no token, no address of a store."""


class SandboxError(AffectuneError):
    """A decoder has ended without an answer: it crashed, or came to a limit."""

    code = "undecodable"


class Sandbox:
    """Runs jobs on others' bytes where a crash, or a decoder taken over, harms one job only.

    A job is a function of `bytes` and JSON's values, named `module:function`, that returns a
    value of `sandbox.wire`, or yields several. What it raises of `AffectuneError` is raised
    here. Safe to share between threads; the process that jobs are forked from starts with the
    first one, and again where it has died.

    Windows has no fork: there, jobs run in the server itself.

    Args:
        modules: imported beforehand, so that no job waits for them.
        limits: of a job.
    """

    def __init__(self, modules: Sequence[str], limits: Limits | None = None) -> None:
        self._modules = tuple(modules)
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._zygote: _Zygote | None = None
        self._connections: set[socket.socket] = set()
        """Of the jobs that run."""

    def call(self, job: str, data: bytes, limits: Limits | None = None, **options: Value) -> Value:
        """Return what a job returns; the arguments are those of `stream`.

        Raises:
            SandboxError: it has ended without an answer.
            BusyError: no file is free for it.
            AffectuneError: as the job does.
        """
        with contextlib.closing(self.stream(job, data, limits, **options)) as values:
            for value in values:
                return value
        raise SandboxError("the file could not be decoded")

    def stream(
        self, job: str, data: bytes, limits: Limits | None = None, **options: Value
    ) -> Generator[Value, None, None]:
        """Yield what a job yields, while it works on; it ends where nobody asks any more.

        Args:
            job: `module:function`.
            data: its first argument.
            limits: of this job; None takes the sandbox's.
            options: its arguments by name.

        Raises:
            SandboxError, BusyError, AffectuneError: as `call`, also after some values.
        """
        if not hasattr(os, "fork"):
            yield from _run_here(job, data, options)
            return
        limits = limits or self._limits
        request = {"job": job, "options": options, "limits": asdict(limits)}
        with self._connect() as connection:
            wait = limits.wall_seconds + GRACE_S
            deadline = time.monotonic() + wait
            connection.settimeout(wait)
            try:
                send(connection, request, data)
                while "value" in (answer := _answer(connection, deadline)):
                    yield answer["value"]
            except (EOFError, OSError, ValueError, RecursionError) as error:
                log.warning("The decoder of %s has ended without an answer: %s", job, error)
                raise SandboxError("the file could not be decoded") from error
        if "error" in answer and "message" in answer:
            raise _error(str(answer["error"]), str(answer["message"]))
        if "end" not in answer:
            log.error("The decoder of %s failed: %s", job, str(answer.get("failure"))[:4000])
            raise SandboxError("the file could not be decoded")

    @contextlib.contextmanager
    def _connect(self) -> Iterator[socket.socket]:
        """Yield a connection to a process that waits for a job."""
        with self._forked() as connection:
            with self._lock:
                self._connections.add(connection)
            try:
                yield connection
            finally:
                with self._lock:
                    self._connections.discard(connection)

    def _forked(self) -> socket.socket:
        for _ in range(2):  # the zygote may have died since the last job
            try:
                zygote = self._running_zygote()
                ours, theirs = socket.socketpair()
            except OSError as error:  # no fault of the file, nor of the zygote
                raise BusyError(f"nothing can be decoded now: {error.strerror}") from error
            try:
                return zygote.fork(ours, theirs)
            except (EOFError, OSError, ValueError):
                zygote.kill()
        raise SandboxError("decoders cannot be started")

    def _running_zygote(self) -> "_Zygote":
        with self._lock:
            if self._zygote is not None and not self._zygote.alive:
                self._zygote.kill()  # its end of the connection is still open
                self._zygote = None
            if self._zygote is None:
                self._zygote = _Zygote(self._modules)
            return self._zygote

    def close(self) -> None:
        """End the process that jobs are forked from, and wait for no job any more.

        One that runs is an error at once; its process ends with its limits, at the latest.
        """
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            if self._zygote is not None:
                self._zygote.kill()
                self._zygote = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Zygote:
    """The process of `sandbox.zygote`, seen from the server.

    Raises:
        SandboxError: it cannot be started.
        OSError: no file is free for it.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        self._control, theirs = socket.socketpair()
        self._control.settimeout(START_S)
        command = [sys.executable, "-m", "sandbox.zygote", str(theirs.fileno()), *modules]
        with theirs, Path(os.devnull).open("rb") as nothing:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - this very Python, no shell
                    command,
                    cwd=ROOT,
                    env=_environment(),
                    stdin=nothing,
                    pass_fds=[theirs.fileno()],
                )
            except OSError as error:
                self._control.close()
                raise SandboxError(f"decoders cannot be started: {error.strerror}") from error

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def fork(self, ours: socket.socket, theirs: socket.socket) -> socket.socket:
        """Return `ours` once a new process is at its other end, which is closed here.

        Raises:
            EOFError, OSError: this one has died.
        """
        ours.settimeout(START_S)
        try:
            with theirs:
                socket.send_fds(self._control, [b"f"], [theirs.fileno()])
            receive(ours, MAX_REPLY_BYTES)
        except BaseException:
            ours.close()
            raise
        return ours

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._control.close()


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    # One job is one process: threads of a BLAS would not outlive the fork.
    return {**kept, "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _run_here(job: str, data: bytes, options: dict[str, Value]) -> Iterator[Value]:
    module, _, name = job.partition(":")
    result = getattr(importlib.import_module(module), name)(data, **options)
    if isinstance(result, Iterator):
        yield from result
    else:
        yield result


def _answer(connection: socket.socket, deadline: float) -> dict[str, Value]:
    answer = receive(connection, MAX_REPLY_BYTES, deadline)[0]
    if not isinstance(answer, dict):
        raise ValueError("expected an answer by name")
    return answer


def _error(code: str, message: str) -> AffectuneError:
    # Those of other layers may be made of more than a message.
    kinds = {
        kind.code: kind
        for kind in AffectuneError.__subclasses__()
        if kind.__module__ == AffectuneError.__module__
    }
    return kinds.get(code, SandboxError)(message)

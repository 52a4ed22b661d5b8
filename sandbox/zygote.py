"""The process that decoders are forked from: `python -m sandbox.zygote FD MODULE...`.

It has imported what they need, so that one costs milliseconds, and it never sees a file itself.
It ends when the other end of FD closes, so with the server, however that ends.
"""

import contextlib
import gc
import importlib
import os
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.errors import AffectuneError
from sandbox.limits import Limits, forbid_core_dumps
from sandbox.wire import receive, send

MAX_REQUEST_BYTES = 64 * 1024 * 1024
MEMORY_SHOWN = Path("/proc/self/statm")


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group of processes
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for decoders
    forbid_core_dumps()
    for module in sys.argv[2:]:
        with contextlib.suppress(ImportError):  # what is optional
            importlib.import_module(module)
    gc.freeze()  # else a collection would copy every page that a decoder shares
    while True:
        message, descriptors, *_ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        connection = socket.socket(fileno=descriptors[0])
        if os.fork() == 0:
            control.close()
            _decode(connection)
        connection.close()


def _decode(connection: socket.socket) -> None:
    """Do one job, and end the process."""
    try:
        send(connection, "ready")
        request, data = receive(connection, MAX_REQUEST_BYTES)
        _confine(Limits(**request["limits"]))
        module, _, name = request["job"].partition(":")
        job = getattr(importlib.import_module(module), name)
        for value in _values(job(data, **request["options"])):
            send(connection, {"value": value})
        send(connection, {"end": True})
    except AffectuneError as error:
        _tell(connection, {"error": error.code, "message": str(error)})
    except BaseException:
        _tell(connection, {"failure": traceback.format_exc()})
    finally:
        os._exit(0)


def _values(result: Any) -> Iterator[Any]:
    if isinstance(result, Iterator):
        yield from result
    else:
        yield result


def _tell(connection: socket.socket, answer: dict[str, str]) -> None:
    with contextlib.suppress(OSError, MemoryError):
        send(connection, answer)


def _confine(limits: Limits) -> None:
    signal.alarm(limits.wall_seconds)  # ends the process, also within a decoder's own loop
    for kind, value in (
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_AS, _address_space() + limits.memory),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # where the system knows no such limit
            resource.setrlimit(kind, (value, value))


def _address_space() -> int:
    """Return the bytes of address space that are taken already."""
    try:
        return int(MEMORY_SHOWN.read_text().split()[0]) * resource.getpagesize()
    except OSError:  # not on macOS, which does not hold this limit either
        return 0


if __name__ == "__main__":
    main()

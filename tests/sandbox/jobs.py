"""Jobs that do what a file that takes over its decoder would do."""

import ctypes
import os
import signal
import socket
import time
from pathlib import Path

import numpy as np

from core.errors import SoundError


def echo(data, **options):
    return {"data": np.frombuffer(data, np.uint8), "options": options, "pid": os.getpid()}


def numbers(data, dtype, shape):
    return np.arange(np.prod(shape)).astype(dtype).reshape(shape)


def count(data, to):
    yield from range(to)


def count_and_crash(data, to):
    yield from range(to)
    crash(data)


def refuse(data):
    raise SoundError("sound: expected music, got noise")


def bug(data):
    raise ZeroDivisionError("a bug on this file")


def crash(data):
    os.kill(os.getpid(), signal.SIGSEGV)


def fill_memory(data):
    return np.ones(data[0] * 2**27, np.uint8).sum().item()


def never_end(data):
    while True:
        pass


def sleep(data):
    time.sleep(60)


def count_and_sleep(data, to):
    yield from range(to)
    sleep(data)


def open_files(data):
    return len([os.open("/dev/null", os.O_RDONLY) for _ in range(1000)])


def write(data, path):
    Path(path).write_text("taken over")


def environment(data):
    return dict(os.environ)


def core_dump(data):
    """Return the limits on a core dump's size, and what prctl(PR_GET_DUMPABLE) says."""
    import resource

    return [*resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)]


def lie(data, text):
    """Answer something else than `send` does, in the process's own connection."""
    for descriptor in range(3, 32):
        try:
            socket.socket(fileno=descriptor).sendall(bytes.fromhex(text))
        except OSError:
            continue
    os._exit(0)


def parent(data):
    return os.getppid()


def drip(data, seconds):
    """Send a byte now and then, without heed of the alarm."""
    signal.alarm(0)
    connection = socket.socket(fileno=_connection())
    connection.sendall(bytes.fromhex("0000ffff00000000"))
    for _ in range(10 * seconds):
        connection.sendall(b" ")
        time.sleep(0.1)
    os._exit(0)


def nest(data, megabytes):
    """Answer with JSON that takes twenty times its length in the server."""
    text = b"[" + b"[]," * (megabytes * 2**20 // 3) + b"[]]"
    connection = socket.socket(fileno=_connection())
    connection.sendall(len(text).to_bytes(4, "big") + bytes(4) + text)
    os._exit(0)


def _connection():
    """Return the file of the process's own connection."""
    for descriptor in range(3, 32):
        try:
            socket.socket(fileno=os.dup(descriptor)).close()
        except OSError:
            continue
        return descriptor
    raise AssertionError("no connection")

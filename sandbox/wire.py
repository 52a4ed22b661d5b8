"""What goes between the server and a process that it does not trust: lengths, JSON, raw arrays.

No pickle: a decoder that a file has taken over could make the server run what it likes.
"""

import json
import math
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

Value = Any
"""What JSON has, and NumPy arrays of numbers, in lists and in dictionaries with names."""

MAX_JSON_BYTES: Final = 4 * 1024 * 1024
"""`[],` takes twenty times its length in memory."""
DTYPES: Final = ("uint8", "int16", "float32", "float64", "int64")
MIN_TIMEOUT_S: Final = 0.001
"""Not 0, which would mean not to wait at all."""
_ARRAY: Final = "__array__"
_LENGTHS: Final = struct.Struct("!II")
"""Bytes of JSON, and of what follows it."""


def send(connection: socket.socket, value: Value, data: bytes = b"") -> None:
    """Send a value, and `data` behind it.

    Raises:
        OSError: the other end is gone.
        TypeError: the value holds something else.
    """
    arrays: list[np.ndarray] = []
    header = json.dumps(value, default=lambda array: _describe(array, arrays)).encode()
    parts = [np.ascontiguousarray(array).tobytes() for array in arrays]
    length = sum(map(len, parts)) + len(data)
    connection.sendall(_LENGTHS.pack(len(header), length) + header)
    for part in filter(None, (*parts, data)):  # nothing, sent to one that has answered, would fail
        connection.sendall(part)


def _describe(array: object, arrays: list[np.ndarray]) -> dict[str, object]:
    if not isinstance(array, np.ndarray) or array.dtype.name not in DTYPES:
        raise TypeError(f"cannot be sent: {type(array).__name__}")
    arrays.append(array)
    return {_ARRAY: [array.dtype.name, array.shape]}


def receive(
    connection: socket.socket, max_bytes: int, deadline: float = math.inf
) -> tuple[Value, bytes]:
    """Return the next value, and the data behind it.

    Args:
        connection: from where.
        max_bytes: of both together.
        deadline: until when it must all be there, as `time.monotonic` has it.

    Raises:
        EOFError: the other end is gone.
        OSError: it does not answer.
        ValueError: it sends more than `max_bytes`, or what `send` does not.
    """
    header_length, length = _LENGTHS.unpack(_read(connection, _LENGTHS.size, deadline))
    if header_length > MAX_JSON_BYTES or header_length + length > max_bytes:
        raise ValueError(f"expected {max_bytes} bytes at most, got {header_length + length}")
    header = _read(connection, header_length, deadline)
    body = memoryview(_read(connection, length, deadline))
    taken = 0

    def rebuild(fields: dict[str, Any]) -> Value:
        nonlocal taken
        if _ARRAY not in fields:
            return fields
        dtype, shape = _pair(fields[_ARRAY])
        if dtype not in DTYPES or not _is_shape(shape):
            raise ValueError("expected an array of numbers")
        size = np.dtype(dtype).itemsize * math.prod(shape)
        if taken + size > length:
            raise ValueError("an array is cut short")
        array = np.frombuffer(body[taken : taken + size], dtype).reshape(shape)
        taken += size
        return array

    value = json.loads(header, object_hook=rebuild)
    return value, bytes(body[taken:])


def _pair(values: object) -> tuple[Any, Any]:
    if not isinstance(values, list) or len(values) != 2:
        raise ValueError("expected an array's kind and shape")
    return values[0], values[1]


def _is_shape(shape: object) -> bool:
    return isinstance(shape, Sequence) and all(isinstance(n, int) and n >= 0 for n in shape)


def _read(connection: socket.socket, length: int, deadline: float) -> bytearray:
    buffer = bytearray(length)
    view = memoryview(buffer)
    while view:
        if deadline < math.inf:
            # A timeout alone begins anew with every byte.
            connection.settimeout(max(deadline - time.monotonic(), MIN_TIMEOUT_S))
        count = connection.recv_into(view)
        if not count:
            raise EOFError("the other end is gone")
        view = view[count:]
    return buffer

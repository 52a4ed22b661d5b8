"""What a decoder may use, and that no process of ours leaves its memory on the disk."""

import contextlib
import ctypes
import sys
from dataclasses import dataclass

MEGABYTE = 1024 * 1024
PR_SET_DUMPABLE = 4
"""Of Linux's prctl(2): whether the kernel may write this process's memory to a core dump."""


@dataclass(frozen=True)
class Limits:
    """Of one decoder's process."""

    memory: int = 256 * MEGABYTE
    """Bytes of address space above what it starts with."""
    cpu_seconds: int = 15
    wall_seconds: int = 30
    """In all, with the time in which the answer is taken."""
    files: int = 32
    """Open at once."""


def forbid_core_dumps() -> None:
    """Keep faces and voices out of core dumps, of this process and of those it starts."""
    try:
        import resource
    except ImportError:  # Windows writes none unless it is told to
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # core_pattern may be a pipe, which the limit does not hold back
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)

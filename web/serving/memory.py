"""Memory that is given back to the system once photos and voices are done with."""

import contextlib
import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""glibc's numbers for how much a heap may keep free at its end, for the size of a block from which
it is the system's own, and for how many heaps there are (mallopt(3))."""
LARGE_BLOCK = 1024 * 1024
"""Bytes: more than a frame of the live picture, less than a decoded photo."""
MAX_HEAPS = 2
MAX_SPARE_BYTES = 8 * 1024 * 1024
"""What a heap keeps: what one frame or one voice needs and frees. With glibc's 128 kB every
one would fetch its memory from the system again, a page at a time: three times the work."""


def keep_memory_flat() -> None:
    """Have memory given back to the system when photos and voices are done with.

    By itself glibc keeps freed blocks of up to 32 MB for later, in as many heaps as 8 for each
    core, and a server with eighty threads uses all of them. Elsewhere this does nothing.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)
        libc.mallopt(M_TRIM_THRESHOLD, MAX_SPARE_BYTES)
        libc.mallopt(M_ARENA_MAX, MAX_HEAPS)

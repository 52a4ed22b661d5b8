"""A look at an MP4's sample tables before FFmpeg builds an index of what they claim.

A few bytes can claim a hundred million samples of a constant size, which FFmpeg lists one by
one before anybody is asked: 30 million take it 4 s and 1.1 GB (FFmpeg 8.1).
"""

import struct

MAX_SAMPLES = 200_000
"""Of all tables together; AAC has 47 a second at 48 kHz, so a minute has 2,800."""
TABLES = {b"stsz": 8, b"stz2": 8, b"trun": 4}
"""Boxes with a sample count, and how far behind the box's name it stands (ISO 14496-12)."""


def claims_too_much(data: bytes) -> bool:
    """Return whether the tables claim more samples than `MAX_SAMPLES`.

    The names are looked for wherever they stand, not box by box: what a parser of our own
    skips, FFmpeg's might find. Compressed sound spells one by chance in 1,400 MB or so.
    """
    claimed = sum(sum(_counts(data, name, offset)) for name, offset in TABLES.items())
    return claimed > MAX_SAMPLES


def _counts(data: bytes, name: bytes, offset: int) -> list[int]:
    counts = []
    place = data.find(name)
    while place >= 0:
        field = data[place + 4 + offset : place + 8 + offset]
        if len(field) == 4:
            counts.append(struct.unpack(">I", field)[0])
        place = data.find(name, place + 4)
    return counts

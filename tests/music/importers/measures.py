"""Ways to measure a file, in a module of their own: other processes import it."""

import os
from pathlib import Path

from core.errors import SoundError
from core.sound import Sound

SOUND = Sound(
    seconds=180.0,
    tempo=131.0,
    loudness=-8.3,
    brightness=2500.0,
    onset_rate=4.0,
    key=5,
    mode=1,
    majorness=0.3,
    valence=0.9,
    energy=0.7,
)


def by_name(path: Path) -> Sound:
    """Measure a file as its name says, and note beside it that it was measured."""
    with path.with_suffix(".measured").open("a") as file:
        file.write("x")
    if path.stem.startswith("bad"):
        raise SoundError("expected music, got silence")
    if path.stem.startswith("crash"):
        os._exit(11)
    return SOUND


def times_measured(path: Path) -> int:
    note = path.with_suffix(".measured")
    return len(note.read_text()) if note.exists() else 0

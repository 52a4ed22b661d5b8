"""How long the stages of a frame's way take."""

import contextlib
import statistics
import time
from collections import deque
from collections.abc import Iterator
from enum import StrEnum


class Stage(StrEnum):
    """The stages that are told of; the values are the API's."""

    DETECT = "detect"
    RECOGNISE = "recognise"
    ENCODE = "encode"
    FRAME_AGE = "frame_age"
    """No stage but the sum: from the capture of the newest picture to this moment."""


TimingsMs = dict[str, float | None]
"""Milliseconds by `Stage`; None where there are none."""


class Timings:
    """Medians over the last hundred or so runs of each stage, in milliseconds."""

    def __init__(self) -> None:
        self._seconds: dict[str, deque[float]] = {}

    @contextlib.contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Take down how long the context lasts."""
        begun = time.perf_counter()
        yield
        self.add(stage, time.perf_counter() - begun)

    def add(self, stage: str, seconds: float) -> None:
        """Take down one run of a stage."""
        self._seconds.setdefault(stage, deque(maxlen=100)).append(seconds)

    def medians_ms(self) -> TimingsMs:
        """Return the median of each `Stage`; None for one that has not run."""
        return {str(stage): self._median_ms(stage) for stage in Stage}

    def _median_ms(self, stage: str) -> float | None:
        values = list(self._seconds.get(stage, ()))
        return 1000 * statistics.median(values) if values else None

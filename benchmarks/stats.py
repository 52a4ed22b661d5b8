"""Medians, percentiles, and the tables in which they are shown."""

import contextlib
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Spread:
    """What is told of a set of measured values."""

    median: float
    p95: float
    worst: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Return the spread of at least one value; higher is worse."""
        median, p95 = np.percentile(values, (50, 95))
        return cls(float(median), float(p95), max(values), len(values))


class Stages:
    """How long every run of each stage took: a camera's timings, with nothing forgotten."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {}

    @contextlib.contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Take down how long the context lasts."""
        elapsed = Stopwatch()
        yield
        self.add(stage, elapsed())

    def add(self, stage: str, seconds: float) -> None:
        self.seconds.setdefault(stage, []).append(seconds)

    def since(self, stage: str, count: int) -> float:
        """Return the seconds a stage took in all, but for its first `count` runs."""
        return sum(self.seconds.get(stage, [])[count:])

    def runs(self, stage: str) -> int:
        return len(self.seconds.get(stage, ()))

    def clear(self) -> None:
        self.seconds.clear()


@dataclass(frozen=True)
class Verdict:
    """A budget and what was measured against it."""

    name: str
    measured: float
    budget: float
    unit: str
    at_least: bool = False
    """True where more is better."""

    @property
    def met(self) -> bool:
        return self.measured >= self.budget if self.at_least else self.measured <= self.budget

    @property
    def words(self) -> str:
        """Return `met`, or by how much it was missed."""
        if math.isnan(self.measured):
            return "not measured"
        if self.met:
            return "met"
        missed = abs(self.measured - self.budget)
        return f"missed by {missed:.3g} {self.unit} ({missed / self.budget:.0%})"

    def row(self) -> tuple[str, str, str, str]:
        sign = ">=" if self.at_least else "<="
        return (
            self.name,
            f"{self.measured:.3g} {self.unit}",
            f"{sign} {self.budget:g} {self.unit}",
            self.words,
        )


@dataclass
class Result:
    """What one part of a benchmark found."""

    data: dict[str, Any]
    """Everything measured, as JSON takes it."""
    verdicts: list[Verdict] = field(default_factory=list)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table with its columns aligned, the first to the left."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]

    def joined(cells: Sequence[str]) -> str:
        first, *rest = zip(cells, widths, strict=True)
        padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
        return f"| {' | '.join(padded)} |"

    rule = [f":{'-' * (widths[0] - 1)}", *(f"{'-' * (width - 1)}:" for width in widths[1:])]
    return "\n".join((joined(lines[0]), joined(rule), *map(joined, lines[1:])))


def verdict_table(verdicts: Iterable[Verdict]) -> str:
    return table(("what", "measured", "budget", ""), (verdict.row() for verdict in verdicts))


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.2f}"


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()

    def __call__(self) -> float:
        return time.perf_counter() - self._begun

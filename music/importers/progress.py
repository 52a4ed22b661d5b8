"""Telling how an import goes: a bar and sentences for a person, JSON for a program."""

import json
import sys
from typing import Any, Final, Protocol

from music.importers.run import Summary

MAX_NAMED: Final = 20
"""Things left out that are named one by one, if not all are wanted."""


class Progress(Protocol):
    """Told of one source after the other, in one stage or two."""

    def begin(self, stage: str, total: int | None) -> None:
        """Begin with `total` things; None where nobody knows how many."""
        ...

    def advance(self, count: int) -> None:
        """So many more things are done."""
        ...

    def end(self) -> None:
        """End what has begun."""
        ...

    def tell(self, summary: Summary) -> None:
        """Say what became of a source."""
        ...


class Bar:
    """A bar on stderr, where that is a terminal, and sentences after it.

    Args:
        verbose: whether all that is left out, or cannot be measured, is named.
    """

    def __init__(self, verbose: bool) -> None:
        self._max_named = None if verbose else MAX_NAMED
        self._bar: Any = None

    def begin(self, stage: str, total: int | None) -> None:
        from tqdm import tqdm

        self._bar = tqdm(total=total, desc=stage, disable=None, leave=False)

    def advance(self, count: int) -> None:
        self._bar.update(count)

    def end(self) -> None:
        self._bar.close()

    def tell(self, summary: Summary) -> None:
        items = [*summary.skipped, *summary.unmeasured][: self._max_named]
        for item in items:
            print(f"  {item}", file=sys.stderr)
        if more := summary.left_out + len(summary.unmeasured) - len(items):
            hint = "; --verbose names them" if self._max_named else ""
            print(f"  and {more} more{hint}", file=sys.stderr)
        print(" ".join((summary.headline(), *summary.notes)))


class Lines:
    """A JSON object a line on stdout: `stage`, `done` and `total`, and at the end the summary.

    Args:
        verbose: whether all that is left out is named.
    """

    def __init__(self, verbose: bool) -> None:
        self._max_named = None if verbose else MAX_NAMED
        self._stage: dict[str, Any] = {}

    def begin(self, stage: str, total: int | None) -> None:
        self._stage = {"stage": stage, "done": 0, "total": total}
        self.advance(0)

    def advance(self, count: int) -> None:
        self._stage["done"] += count
        print(json.dumps(self._stage), flush=True)

    def end(self) -> None:
        """Nothing is held."""

    def tell(self, summary: Summary) -> None:
        print(json.dumps(summary.to_dict(self._max_named)), flush=True)

"""How far a list of songs is that comes in through the page."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass
class ImportProgress:
    """How far a list is that is being read."""

    name: str
    total: int | None
    """About how many rows there are; None where nobody knows."""
    done: int = 0

    def advance(self, count: int) -> None:
        self.done += count


class Imports:
    """The list being read; `Admissions.imports` sees to it that there is one at a time."""

    def __init__(self) -> None:
        self.progress: ImportProgress | None = None
        """None while no list is being read."""

    @contextlib.contextmanager
    def reading(self, name: str, total: int | None) -> Iterator[ImportProgress]:
        """Show a list's progress while the context lasts."""
        self.progress = progress = ImportProgress(name, total)
        try:
            yield progress
        finally:
            self.progress = None

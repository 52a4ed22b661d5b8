"""A stretch of a person's mood, as a session makes it and the store keeps it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Episode:
    """A stretch of time with one status and one mood."""

    begun: float
    """Epoch seconds."""
    ended: float | None
    """Epoch seconds; None while it lasts."""
    status: str
    """A `LiveStatus`, or its word once it was kept."""
    emotion: str | None

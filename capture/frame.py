"""What a source delivers, and what a source is."""

from dataclasses import dataclass
from typing import Protocol

from core.vision import Image

MAX_DAMAGED = 10
"""Undecodable frames in a row after which a source is given up; single ones are everyday."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture and when it was taken."""

    image: Image
    """uint8 (height, width, 3) BGR. Shared between threads: never drawn on."""
    captured_at: float
    """Epoch seconds."""
    time: float
    """The same instant on the monotonic clock, for differences."""


class FrameSource(Protocol):
    """Something that delivers frames one after the other.

    Grabbing and decoding are apart, so that nobody pays for a picture nobody needs.
    """

    def grab(self) -> None:
        """Wait for the next frame and take it, undecoded.

        Raises:
            SourceError: nothing came; the source is of no further use.
        """
        ...

    def retrieve(self) -> Image:
        """Return the frame grabbed last, uint8 (height, width, 3) BGR.

        Raises:
            SourceError: it cannot be decoded.
        """
        ...

    def close(self) -> None:
        """Release the device; more than once does no harm."""
        ...


@dataclass(frozen=True, eq=False)
class Jpeg:
    """One encoded picture, the same bytes for every viewer."""

    data: bytes
    captured_at: float
    """Epoch seconds of the frame in it."""
    time: float
    """The same instant on the monotonic clock, which nobody sets back."""

"""What crosses the seams of `emotion`: images, boxes and faces."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""uint8 picture, (height, width) grey or (height, width, 3) BGR."""

Probabilities = npt.NDArray[np.float32]
"""float32 (7,) in the order of `labels.EMOTIONS`, summing to 1; (n, 7) for a batch."""


class Box(NamedTuple):
    """A rectangle in pixels of the full frame: left, top, width, height."""

    x: int
    y: int
    width: int
    height: int

    @property
    def area(self) -> int:
        return self.width * self.height

    def scaled(self, scale: float) -> "Box":
        """Return the box in a picture whose edges are `scale` times as long."""
        return Box(*(round(value * scale) for value in self))


@dataclass(frozen=True)
class TrackedFace:
    """A face in the frame at hand, and the identity it keeps from frame to frame."""

    id: int
    box: Box
    detected: bool
    """True where the cascade saw it in this frame, False where it was followed."""


@dataclass(frozen=True, eq=False)
class Face:
    """A face with its emotion, smoothed over the last moments so that its label can be read."""

    id: int
    box: Box
    emotion: str
    """Its mood, or before there is one its likeliest emotion."""
    sure: bool
    """False where no emotion stands out: to be shown as "not sure"."""
    probabilities: Probabilities

"""The drawn face as a source of frames."""

import time

from capture import demo
from capture.pace import Metronome
from core.vision import Image


class DemoSource:
    """The drawn face of `demo`, 640x480 at 30 frames/s."""

    fps = 30.0

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._metronome = Metronome(1 / self.fps)

    def grab(self) -> None:
        self._metronome.wait()

    def retrieve(self) -> Image:
        return demo.render(time.monotonic() - self._begun)

    def close(self) -> None:
        """Nothing is held."""

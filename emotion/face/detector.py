"""Find the faces of one picture: a Haar cascade behind one method."""

from pathlib import Path
from typing import Protocol

import cv2
import cv2.data

from core.errors import WeightsError
from core.vision import Box, Image


class FaceDetector(Protocol):
    """Find faces in one grey picture."""

    def detect(self, grey: Image, near: Box | None = None) -> list[Box]:
        """Return the faces of a picture, largest first, in its pixels.

        Args:
            grey: uint8 (height, width).
            near: a face known to be about here; only it is looked for, at a fraction of the cost.
        """
        ...


class HaarDetector:
    """OpenCV's frontal-face cascade (Viola & Jones 2001) on a contrast-equalised picture.

    Contrast is equalised tile by tile (CLAHE): over the whole picture (`equalizeHist`) a
    bright window darkens the face, and the same clips lose a third to four fifths of theirs.

    Args:
        cascade: an XML file of your own; None takes the one in OpenCV's wheel.
        min_size: smallest face in pixels of the picture that is searched.

    Raises:
        WeightsError: the file is missing or no cascade.
    """

    def __init__(self, cascade: Path | None = None, min_size: int = 40) -> None:
        self._cascade = load_cascade(cascade or bundled_cascade())
        self._equaliser = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8))
        self._min_size = min_size

    def detect(self, grey: Image, near: Box | None = None) -> list[Box]:
        picture = self._equaliser.apply(grey)
        if near is None:
            return self._scan(picture, self._min_size, 0)
        # Half a face around the face, and the sizes from 0.7 to 1.45 of its own.
        margin = near.width // 2
        left, top = max(0, near.x - margin), max(0, near.y - margin)
        part = picture[top : near.y + near.height + margin, left : near.x + near.width + margin]
        boxes = self._scan(part, round(0.7 * near.width), round(1.45 * near.width))
        return [Box(box.x + left, box.y + top, box.width, box.height) for box in boxes]

    def _scan(self, picture: Image, smallest: int, largest: int) -> list[Box]:
        """Run the cascade for faces of `smallest` to `largest` pixels; 0 sets no upper limit."""
        if min(picture.shape) < smallest:
            return []
        # The windows are 24 pixels times powers of 1.2, so 41.5 is the first over 40. A step
        # of 1.25 has none between 37.5 and 46.9 and loses nine faces of 40 pixels in ten.
        rectangles = self._cascade.detectMultiScale(
            picture,
            scaleFactor=1.2,
            minNeighbors=4,
            minSize=(smallest, smallest),
            maxSize=(largest, largest),
        )
        boxes = [Box(*map(int, rectangle)) for rectangle in rectangles]
        return sorted(boxes, key=lambda box: box.area, reverse=True)


def bundled_cascade() -> Path:
    """Return the frontal-face cascade that the OpenCV 4 wheel carries."""
    return Path(cv2.data.haarcascades) / "haarcascade_frontalface_default.xml"


def load_cascade(path: Path) -> cv2.CascadeClassifier:
    """Return the cascade of an XML file; it serves one thread at a time.

    Raises:
        WeightsError: the file is missing or no cascade.
    """
    if not path.is_file():
        raise WeightsError(f"face cascade: expected a file at '{path}', found none")
    cascade = cv2.CascadeClassifier()
    try:
        loaded = cascade.load(str(path))
    except cv2.error:
        loaded = False
    if not loaded:
        raise WeightsError(f"face cascade: '{path}' is not an OpenCV cascade (XML)")
    return cascade

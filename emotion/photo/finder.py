"""Where the faces of a still photo are: small ones, large ones, and heads that lean or lie."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import cv2.data
import numpy as np

from core.vision import Box, Image
from emotion.face.detector import bundled_cascade, load_cascade
from emotion.photo.file import at_most

COARSE, TURNED, FINE = 400, 480, 1280
"""Longer edge in pixels at which a photo is searched: first, turned, and at most. The cost of a
search rises with its square; the coarse one takes some 25 ms of a core."""
MIN_FACE_WIDTH = 30
"""Width in pixels of the smallest face that is looked for: a 13th of the longer edge in a coarse
search, a 43rd in the finest."""
COMPANY = 2
"""How many times smaller than the largest face others may be to be looked for: people who stand
together, front row and back row. 1.6 loses one face in ten of such."""
CERTAIN = 8
"""Windows that agree on a face from which on the second cascade need not be asked."""
ANGLES = (-30, 30, 90, 270, 180)
"""Degrees by which a photo is turned where it shows no face as it is: heads that lean, then a
camera on its side."""
CONFIRM_EDGE = 64
"""Width in pixels at which the second cascade looks at a face."""


@dataclass(frozen=True)
class FoundFace:
    """A face in a photo."""

    box: Box
    """In pixels of the picture that was searched; may reach beyond its edge."""
    angle: int = 0
    """Degrees that the picture must be turned clockwise for the head to be upright."""


@dataclass(frozen=True)
class _Candidate:
    """What the first cascade takes for a face, in pixels of the searched picture."""

    box: Box
    agreeing: int
    """Windows that agree on it."""


def _clearest(candidates: list[_Candidate]) -> int:
    return max((candidate.agreeing for candidate in candidates), default=0)


class PhotoFaceFinder:
    """Find faces by OpenCV's frontal cascade, doubtful ones confirmed by a second cascade.

    On real faces of 2 to 35 % of a photo's width, pasted into photos without faces, one cascade
    alone names a wrong place in every second or third photo; the second takes most of them out.
    Safe to share between threads, which take turns: OpenCV uses all cores for one.

    Args:
        cascade: an XML file of your own, taken at its word; None takes OpenCV's.

    Raises:
        WeightsError: the file is missing or no cascade.
    """

    def __init__(self, cascade: Path | None = None) -> None:
        self._cascade = load_cascade(cascade or bundled_cascade())
        second = Path(cv2.data.haarcascades) / "haarcascade_frontalface_alt.xml"
        self._second = None if cascade else load_cascade(second)
        self._equaliser = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8))
        self._lock = threading.Lock()

    def glance(self, grey: Image) -> tuple[list[FoundFace], int]:
        """Search a photo coarsely.

        Args:
            grey: uint8 (height, width), best `COARSE` pixels or more at its longer edge.

        Returns:
            The faces, largest first, and the longer edge in pixels at which to `search` for
            what may have been missed; `COARSE` where this was enough.
        """
        with self._lock:
            coarse = at_most(grey, COARSE, by_area=True)
            candidates = self._look(coarse)
        faces = _in_pixels_of(grey, coarse, candidates)
        if not candidates:
            return faces, FINE
        enough = COMPANY * MIN_FACE_WIDTH * COARSE / candidates[0].box.width
        return faces, COARSE if enough < 1.1 * COARSE else min(FINE, round(enough))

    def search(self, grey: Image, edge: int) -> list[FoundFace]:
        """Return the faces of a photo, largest first; where there are none, turn it.

        Args:
            grey: uint8 (height, width), best `edge` pixels or more at its longer edge.
            edge: at which to search.
        """
        with self._lock:
            for size in (edge, COARSE):  # a finer look may miss what a glance has seen
                picture = at_most(grey, size, by_area=True)
                candidates = self._look(picture)
                if candidates:
                    return _in_pixels_of(grey, picture, candidates)
            picture = at_most(grey, TURNED, by_area=True)
            candidates, angle = self._look_turned(picture)
            return _in_pixels_of(grey, picture, candidates, angle)

    def _look_turned(self, picture: Image) -> tuple[list[_Candidate], int]:
        """Return the faces at the angle that shows the clearest; they convince both cascades."""
        best: list[_Candidate] = []
        best_angle = 0
        for angle in ANGLES:
            turned, back = _turned(picture, angle)
            candidates = [
                _Candidate(_moved(candidate.box, back), candidate.agreeing)
                for candidate in self._look(turned, strict=True)
            ]
            if _clearest(candidates) > _clearest(best):
                best, best_angle = candidates, angle
        return best, best_angle

    def _look(self, picture: Image, strict: bool = False) -> list[_Candidate]:
        """Return the faces of at least `MIN_FACE_WIDTH` pixels, largest first."""
        if min(picture.shape) < MIN_FACE_WIDTH:
            return []
        boxes, agreeing = self._cascade.detectMultiScale2(
            self._equaliser.apply(picture),
            scaleFactor=1.2,
            minNeighbors=CERTAIN if strict or self._second is None else 2,
            minSize=(MIN_FACE_WIDTH, MIN_FACE_WIDTH),
        )
        candidates = [
            _Candidate(Box(*map(int, box)), int(count))
            for box, count in zip(boxes, agreeing, strict=True)
        ]
        convincing = [
            candidate
            for candidate in candidates
            if (candidate.agreeing >= CERTAIN and not strict)
            or self._confirms(picture, candidate.box)
        ]
        return sorted(convincing, key=lambda candidate: candidate.box.area, reverse=True)

    def _confirms(self, picture: Image, box: Box) -> bool:
        if self._second is None:
            return True
        margin = round(0.35 * box.width)
        left, top = max(0, box.x - margin), max(0, box.y - margin)
        part = picture[top : box.y + box.height + margin, left : box.x + box.width + margin]
        scale = CONFIRM_EDGE / box.width
        smallest, largest = round(0.6 * CONFIRM_EDGE), round(1.5 * CONFIRM_EDGE)
        boxes = self._second.detectMultiScale(
            cv2.resize(part, None, fx=scale, fy=scale, interpolation=_interpolation(scale)),
            scaleFactor=1.1,
            minNeighbors=1,
            minSize=(smallest, smallest),
            maxSize=(largest, largest),
        )
        return len(boxes) > 0


def upright_crop(image: Image, face: FoundFace) -> Image:
    """Cut a face out of a picture, turned so that the head is upright.

    Args:
        image: uint8 (height, width, 3), in whose pixels the face's box is.

    Returns:
        uint8 (edge, edge, 3); what lies beyond the picture repeats its border.
    """
    edge = face.box.width
    centre = (face.box.x + edge / 2, face.box.y + face.box.height / 2)
    matrix = cv2.getRotationMatrix2D(centre, -face.angle, 1.0)
    matrix[:, 2] += edge / 2 - np.array(centre)
    return np.asarray(
        cv2.warpAffine(image, matrix, (edge, edge), borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _interpolation(scale: float) -> int:
    return cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR


def _in_pixels_of(
    grey: Image, searched: Image, candidates: list[_Candidate], angle: int = 0
) -> list[FoundFace]:
    scale = max(grey.shape) / max(searched.shape)
    return [FoundFace(candidate.box.scaled(scale), angle) for candidate in candidates]


def _turned(picture: Image, angle: int) -> tuple[Image, Any]:
    """Turn a picture clockwise into a canvas that holds all of it.

    Returns:
        The picture, and the (2, 3) matrix that takes its pixels back to the original's.
    """
    height, width = picture.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1.0)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = round(width * cosine + height * sine), round(width * sine + height * cosine)
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return cv2.warpAffine(picture, matrix, size), cv2.invertAffineTransform(matrix)


def _moved(box: Box, matrix: Any) -> Box:
    """Return a box of the same size whose centre was moved by a (2, 3) matrix."""
    x, y = matrix @ (box.x + box.width / 2, box.y + box.height / 2, 1)
    return Box(round(x - box.width / 2), round(y - box.height / 2), box.width, box.height)

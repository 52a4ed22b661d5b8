"""The score with the face detector in the loop: put faces into pictures, find them, name them.

Protocol: FER2013 gives crops, not pictures, so each PrivateTest face is put onto a plain
640x480 canvas, 160 pixels wide, at a place drawn at random, its outermost pixels continued
outwards and fading into a mid-grey with a little noise, so that no frame stands around it.
The app's detector searches the picture as the app does, scaled to its detection width; the
box that overlaps the face most is cut out, with a margin, and classified. A face not found
counts as wrong. It is kinder than a camera: pose and light are those of the crops.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from core.vision import Box, Image
from emotion.face.detector import FaceDetector
from emotion.face.preprocess import crop_face
from emotion.face.tracker import DETECTION_WIDTH
from training.common.metrics import accuracy
from training.face.datasets import FaceSet
from training.face.predictors import Predictor

WIDTH, HEIGHT = 640, 480
EDGE = 160
"""Of the face on the canvas in pixels: somebody at a desk before a webcam."""
FADE = 80
"""Pixels over which the face's border fades into the background."""
GREY, NOISE = 128, 4
MIN_OVERLAP = 0.3
"""Intersection over union of a box with the face from which on the face counts as found."""


@dataclass(frozen=True)
class EndToEnd:
    """What came of the faces of a split; parts of 1."""

    faces: int
    margin: float
    found: float
    """Part of the faces that the detector found."""
    accuracy_of_found: float
    accuracy: float
    """Over all faces; one not found is wrong."""


def place(face: Image, generator: np.random.Generator) -> tuple[Image, Box]:
    """Put a face onto a canvas; return the picture, uint8 (480, 640), and where the face is."""
    reach = EDGE + 2 * FADE
    large = cv2.resize(face, (EDGE, EDGE), interpolation=cv2.INTER_CUBIC)
    padded = cv2.copyMakeBorder(large, FADE, FADE, FADE, FADE, cv2.BORDER_REPLICATE)
    ramp = np.minimum(np.arange(reach) + 1, np.arange(reach)[::-1] + 1) / FADE
    weight = np.minimum.outer(ramp, ramp).clip(0, 1)
    canvas = GREY + NOISE * generator.standard_normal((HEIGHT, WIDTH))
    x = int(generator.integers(0, WIDTH - reach + 1))
    y = int(generator.integers(0, HEIGHT - reach + 1))
    part = canvas[y : y + reach, x : x + reach]
    part += weight * (padded - part)
    return canvas.clip(0, 255).astype(np.uint8), Box(x + FADE, y + FADE, EDGE, EDGE)


def find(picture: Image, face: Box, detector: FaceDetector) -> Box | None:
    """Search a picture as the app does; return the box of `face` in its pixels, if found."""
    scale = DETECTION_WIDTH / picture.shape[1]
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    boxes = [Box(*(round(edge / scale) for edge in box)) for box in detector.detect(small)]
    best = max(boxes, key=lambda box: overlap(box, face), default=None)
    return best if best is not None and overlap(best, face) >= MIN_OVERLAP else None


def overlap(one: Box, other: Box) -> float:
    """Return the intersection over union of two boxes, 0 to 1."""
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    shared = max(0, across) * max(0, down)
    return shared / (one.area + other.area - shared)


def widen(box: Box, margin: float) -> Box:
    """Grow a box by `margin` of its edge on every side; below 0 it shrinks."""
    across, down = round(box.width * margin), round(box.height * margin)
    return Box(box.x - across, box.y - down, box.width + 2 * across, box.height + 2 * down)


def end_to_end(
    model: Predictor,
    faces: FaceSet,
    detector: FaceDetector,
    margins: tuple[float, ...] = (0.0,),
    seed: int = 0,
) -> list[EndToEnd]:
    """Score `model` behind `detector`, once for each margin around the detector's box."""
    generator = np.random.default_rng(seed)
    detected: list[int] = []
    crops: dict[float, list[Image]] = {margin: [] for margin in margins}
    for index, face in enumerate(faces.images):
        picture, truth = place(face, generator)
        box = find(picture, truth, detector)
        if box is not None:
            detected.append(index)
            for margin in margins:
                crops[margin].append(crop_face(picture, widen(box, margin)).copy())
    results = []
    for margin in margins:
        right = 0.0
        if detected:
            right = accuracy(model.predict(crops[margin]).fer, faces.labels[detected])
        part = len(detected) / len(faces)
        results.append(
            EndToEnd(
                faces=len(faces),
                margin=margin,
                found=part,
                accuracy_of_found=right,
                accuracy=right * part,
            )
        )
    return results

import cv2
import numpy as np
import pytest

from core.vision import Box, Image
from emotion.face.tracker import DETECTION_WIDTH
from training.face.datasets import FaceSet
from training.face.end_to_end import EDGE, end_to_end, overlap, place, widen
from training.face.predictors import Probabilities


class Bright:
    """A detector that finds what is bright, and nothing in dark pictures."""

    def detect(self, grey: Image) -> list[Box]:
        assert grey.shape[1] == DETECTION_WIDTH
        if grey.max() < 250:
            return []
        return [Box(*cv2.boundingRect((grey > 250).astype(np.uint8)))]


class Knows:
    """A model that answers 0, whatever it sees."""

    def predict(self, faces: list[Image]) -> Probabilities:
        zeros = np.zeros(len(faces), int)
        return Probabilities(np.eye(7)[zeros], np.eye(8)[zeros])


def test_a_face_lies_where_the_box_says() -> None:
    face = np.full((48, 48), 255, np.uint8)
    picture, box = place(face, np.random.default_rng(0))
    assert picture.shape == (480, 640)
    assert (box.width, box.height) == (EDGE, EDGE)
    assert (picture[box.y : box.y + EDGE, box.x : box.x + EDGE] == 255).all()
    assert abs(float(picture[0].mean()) - 128) < 5


def test_overlap_of_boxes() -> None:
    assert overlap(Box(0, 0, 10, 10), Box(0, 0, 10, 10)) == 1
    assert overlap(Box(0, 0, 10, 10), Box(5, 0, 10, 10)) == pytest.approx(50 / 150)
    assert overlap(Box(0, 0, 10, 10), Box(20, 0, 10, 10)) == 0


def test_a_margin_grows_the_box_on_every_side() -> None:
    assert widen(Box(100, 100, 50, 50), 0.1) == Box(95, 95, 60, 60)
    assert widen(Box(100, 100, 50, 50), -0.1) == Box(105, 105, 40, 40)


def test_faces_not_found_count_as_wrong() -> None:
    images = np.zeros((4, 48, 48), np.uint8)
    images[:2] = 255
    labels = np.array([0, 1, 0, 0], np.uint8)
    faces = FaceSet(images, labels, np.full(4, 2, np.uint8), np.full((4, 10), -1, np.int8))
    (result,) = end_to_end(Knows(), faces, Bright())
    assert result.found == 0.5
    assert result.accuracy_of_found == 0.5
    assert result.accuracy == 0.25

"""Finding faces: cascades that are refused, and real pictures."""

import cv2
import numpy as np
import pytest

from core.errors import WeightsError
from core.vision import Box
from emotion.face.detector import HaarDetector, bundled_cascade


class TestDetector:
    def test_the_wheel_carries_the_cascade(self):
        assert bundled_cascade().is_file()

    def test_nothing_is_found_in_nothing(self):
        assert HaarDetector().detect(np.zeros((240, 320), np.uint8)) == []

    @pytest.mark.parametrize("content", [None, "", "<xml>no cascade</xml>"])
    def test_a_cascade_that_is_none_is_refused(self, tmp_path, content):
        path = tmp_path / "mine.xml"
        if content is not None:
            path.write_text(content)
        with pytest.raises(WeightsError, match="^face cascade: .*mine.xml"):
            HaarDetector(path)

    def test_a_cascade_of_ones_own_is_used(self):
        own = bundled_cascade().with_name("haarcascade_frontalface_alt2.xml")
        assert HaarDetector(own).detect(np.zeros((240, 320), np.uint8)) == []


class TestRealPictures:
    def test_a_known_face_is_found_again_near_where_it_was(self, faces_dir):
        grey = cv2.imread(str(faces_dir / "astronaut.png"), cv2.IMREAD_GRAYSCALE)
        detector = HaarDetector(min_size=80)
        (face,) = detector.detect(grey)
        near = Box(face.x + 10, face.y - 8, face.width + 10, face.height + 10)
        (again,) = detector.detect(grey, near)
        assert abs(again.x - face.x) + abs(again.y - face.y) < 15
        assert detector.detect(grey, Box(380, 380, 100, 100)) == []

    def test_a_photo(self, faces_dir):
        grey = cv2.imread(str(faces_dir / "astronaut.png"), cv2.IMREAD_GRAYSCALE)
        (face, *others) = HaarDetector(min_size=80).detect(grey)
        assert others == []
        # Her face spans about 170 to 280 across and 60 to 190 down in the 512-pixel picture.
        assert abs(face.x + face.width / 2 - 225) < 25
        assert abs(face.y + face.height / 2 - 120) < 30

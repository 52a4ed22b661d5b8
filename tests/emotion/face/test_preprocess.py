"""From a face in a frame to what a model takes."""

import numpy as np
import pytest

from core.vision import Box
from emotion.face.preprocess import crop_face, to_grey_face, to_model_input


class TestCrop:
    def test_inside_the_frame(self):
        frame = np.arange(100, dtype=np.uint8).reshape(10, 10)
        assert crop_face(frame, Box(2, 3, 4, 4)).tolist() == frame[3:7, 2:6].tolist()

    @pytest.mark.parametrize(
        "box", [Box(-3, -3, 6, 6), Box(8, 8, 6, 6), Box(20, 20, 5, 5), Box(-9, 4, 5, 5)]
    )
    def test_over_the_edge_it_keeps_its_shape_and_the_border_goes_on(self, box):
        frame = np.arange(100, dtype=np.uint8).reshape(10, 10)
        places = [
            np.clip(np.arange(begin, begin + edge), 0, 9)
            for begin, edge in ((box.y, box.height), (box.x, box.width))
        ]
        assert crop_face(frame, box).tolist() == frame[np.ix_(*places)].tolist()


class TestPreprocessing:
    def test_a_fer_face_passes_unchanged(self):
        face = np.random.default_rng(0).integers(0, 255, (48, 48), np.uint8)
        assert to_grey_face(face) is face

    def test_colour_becomes_grey_and_large_becomes_48(self):
        assert to_grey_face(np.full((200, 180, 3), 77, np.uint8)).tolist() == [[77] * 48] * 48

    def test_the_input_is_not_divided_by_255(self):
        batch = to_model_input([np.full((48, 48), 200, np.uint8)], 64)
        assert (batch.shape, batch.dtype) == ((1, 64, 64, 3), np.float32)
        assert (batch == 200).all()

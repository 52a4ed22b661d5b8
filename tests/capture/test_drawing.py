"""What is drawn on a frame: faces in the colours of their emotions, and why there is none."""

import numpy as np
import pytest

from capture import drawing
from core.vision import Box, Face
from tests.fakes import (
    blank,
    certain,
)


class TestDrawing:
    def face(self, box, emotion="happy", sure=True):
        return Face(1, Box(*box), emotion, sure, certain(emotion))

    def test_the_frame_itself_is_left_alone(self):
        image = blank(320, 240)
        drawing.annotate(image, (self.face((50, 60, 80, 80)),))
        assert not image.any()

    def test_a_face_is_marked_in_the_colour_of_its_emotion(self):
        picture = drawing.annotate(blank(320, 240), (self.face((50, 60, 80, 80)),))
        assert (picture == drawing.COLOURS["happy"]).all(axis=2).sum() > 100
        other = drawing.annotate(blank(320, 240), (self.face((50, 60, 80, 80), "sad"),))
        assert not (other == drawing.COLOURS["happy"]).all(axis=2).any()

    def test_a_face_nobody_can_read_has_no_emotions_colour(self):
        picture = drawing.annotate(blank(320, 240), (self.face((50, 60, 80, 80), sure=False),))
        for colour in drawing.COLOURS.values():
            assert not (picture == colour).all(axis=2).any()

    @pytest.mark.parametrize("box", [(-30, -30, 60, 60), (290, 220, 80, 80), (0, 0, 320, 240)])
    def test_a_face_over_the_edge_is_drawn(self, box):
        assert drawing.annotate(blank(320, 240), (self.face(box),)).any()

    @pytest.mark.parametrize("size", [(640, 480), (160, 120), (1920, 1080), (64, 48)])
    def test_no_signal_fits_any_size(self, size):
        text = "a reason so long that it has to be wrapped more than once, " * 4
        picture = drawing.no_signal("Camera lost, trying again", text, *size)
        assert picture.shape == (size[1], size[0], 3)
        assert len(np.unique(picture)) > 3

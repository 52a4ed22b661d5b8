"""Finding, following and naming faces: on made-up detections, and on real clips."""

import itertools

import cv2
import numpy as np
import pytest

from core.vision import Box
from emotion.face.detector import HaarDetector
from emotion.face.tracker import FaceTracker
from tests.fakes import FakeDetector, blank


def textured(shift: int = 0) -> np.ndarray:
    """A 320x240 frame of random grain, moved `shift` pixels to the right."""
    grain = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
    return np.roll(cv2.GaussianBlur(grain, (7, 7), 2), shift, axis=1)


class TestTracker:
    def test_a_face_is_told_once_two_searches_agree(self):
        tracker = FaceTracker(FakeDetector([Box(100, 80, 60, 60)]))
        assert tracker.update(textured(), 0.0) == []
        (face,) = tracker.update(textured(), 0.03)
        assert face.box == Box(100, 80, 60, 60)

    def test_a_chance_match_never_shows(self):
        tracker = FaceTracker(FakeDetector([Box(100, 80, 60, 60)], []))
        assert all(tracker.update(textured(), n * 0.1) == [] for n in range(10))

    def test_boxes_are_in_pixels_of_the_full_frame(self):
        tracker = FaceTracker(FakeDetector([Box(100, 80, 60, 60)]))
        frame = cv2.resize(textured(), (1280, 960))
        tracker.update(frame, 0.0)
        (face,) = tracker.update(frame, 0.03)
        assert face.box == Box(400, 320, 240, 240)

    def test_the_largest_comes_first(self):
        boxes = [Box(10, 10, 50, 50), Box(150, 60, 90, 90), Box(100, 150, 60, 60)]
        tracker = FaceTracker(FakeDetector(boxes))
        tracker.update(textured(), 0.0)
        faces = tracker.update(textured(), 0.03)
        assert [face.box.width for face in faces] == [90, 60, 50]
        assert len({face.id for face in faces}) == 3

    def test_the_detector_runs_every_few_frames_only(self):
        detector = FakeDetector([Box(100, 80, 60, 60)])
        tracker = FaceTracker(detector, detect_every=0.15)
        for n in range(60):
            tracker.update(textured(), n / 30)
        assert 10 <= detector.searches <= 16
        assert 3 <= detector.full_searches <= 5

    def test_while_a_face_is_lost_the_whole_picture_is_searched(self):
        boxes = [Box(100, 80, 60, 60)]
        detector = FakeDetector(boxes, boxes, [])
        tracker = FaceTracker(detector, detect_every=0.1)
        tracker.update(textured(), 0.0)
        tracker.update(textured(), 0.03)
        before = detector.full_searches
        for n in range(3):
            tracker.update(blank(320, 240), 0.2 + n * 0.11)
        assert detector.full_searches == before + 3

    def test_a_face_is_followed_between_detections(self):
        boxes = [Box(100, 80, 60, 60)]
        tracker = FaceTracker(FakeDetector(boxes, boxes, []))
        for n, shift in enumerate((0, 0, 3, 6, 9, 12)):
            faces = tracker.update(textured(shift), n / 30)
        (face,) = faces
        assert not face.detected
        assert abs(face.box.x - 112) <= 2

    def test_it_does_not_grow_without_being_seen_again(self):
        """A hand before it spreads the points; only a detection says how large it is."""
        boxes = [Box(130, 90, 60, 60)]
        tracker = FaceTracker(FakeDetector(boxes, boxes, []))
        grain = textured()
        for n in range(12):
            zoom = cv2.getRotationMatrix2D((160, 120), 0, 1.05 ** max(0, n - 1))
            faces = tracker.update(cv2.warpAffine(grain, zoom, (320, 240)), n / 30)
            assert all(face.box.width <= 60 * 1.25 + 1 for face in faces)
        assert faces[0].box.width > 66

    def test_it_is_followed_for_a_while_only(self):
        boxes = [Box(100, 80, 60, 60)]
        tracker = FaceTracker(FakeDetector(boxes, boxes, []), follow_for=1.0)
        in_view = [bool(tracker.update(textured(), n / 20)) for n in range(40)]
        assert in_view[1:20] == [True] * 19
        assert not any(in_view[25:])

    def test_a_face_lost_for_a_moment_keeps_its_identity(self):
        boxes = [Box(100, 80, 60, 60)]
        tracker = FaceTracker(FakeDetector(boxes), remember_for=1.5)
        tracker.update(textured(), 0.0)
        (before,) = tracker.update(textured(), 0.03)
        assert tracker.update(blank(320, 240), 0.06) == []  # a hand before the lens
        after = tracker.update(textured(), 0.7)
        assert [face.id for face in after] == [before.id]

    def test_a_face_gone_for_long_is_a_new_one(self):
        detector = FakeDetector([Box(100, 80, 60, 60)])
        tracker = FaceTracker(detector, remember_for=1.5)
        tracker.update(textured(), 0.0)
        (before,) = tracker.update(textured(), 0.03)
        detector.answers = [[]]
        for n in range(12):
            tracker.update(blank(320, 240), 0.1 + n / 4)
        detector.answers = [[Box(100, 80, 60, 60)]]
        tracker.update(textured(), 4.0)
        (after,) = tracker.update(textured(), 4.2)
        assert after.id != before.id

    def test_a_source_that_changes_its_size_is_survived(self):
        tracker = FaceTracker(FakeDetector([Box(100, 80, 60, 60)]))
        tracker.update(textured(), 0.0)
        tracker.update(textured(), 0.03)
        tall = cv2.resize(textured(), (320, 400))
        assert isinstance(tracker.update(tall, 0.06), list)


class TestRealClips:
    @pytest.mark.parametrize(
        ("clip", "share"),
        [
            ("intel_again.mkv", 0.95),
            ("intel_yes.mkv", 0.95),
            ("intel_bird.mkv", 0.95),
            ("intel_head_pose_male.gif", 0.80),
        ],
    )
    def test_one_face_and_always_the_same(self, faces_dir, clip, share):
        capture = cv2.VideoCapture(str(faces_dir / clip))
        rate = capture.get(cv2.CAP_PROP_FPS)
        tracker = FaceTracker(HaarDetector())
        counts, ids = [], set()
        for number in itertools.count():
            good, frame = capture.read()
            if not good:
                break
            faces = tracker.update(frame, number / rate)
            counts.append(len(faces))
            ids |= {face.id for face in faces}
        capture.release()
        assert len(counts) > 50
        assert max(counts) == 1
        assert np.mean(counts) >= share
        assert len(ids) == 1

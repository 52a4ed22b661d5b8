"""Whose face is the mood, and what a crowd costs."""

import contextlib
from collections import Counter

import numpy as np
import pytest

from capture.timings import Timings
from core.vision import Box, TrackedFace
from emotion.face.reader import AVERAGE, LARGEST, MAX_FACES, FaceReader
from emotion.face.tracker import FaceTracker
from emotion.mood.session import MoodSession
from tests.fakes import FakeDetector, FakeRecogniser, certain


class TestMainFace:
    """Two people before one camera: the mood is the nearer one's, and does not take turns."""

    class ByPlace(FakeRecogniser):
        """Left is happy, right is sad; told apart by the brightness of their side."""

        def predict(self, faces):
            return np.stack([certain("happy" if f.mean() < 100 else "sad") for f in faces])

    @staticmethod
    def frame():
        image = np.full((240, 320, 3), 50, np.uint8)
        image[:, 160:] = 200
        noise = np.random.default_rng(3).integers(0, 30, image.shape, np.uint8)
        return image + noise

    def test_a_little_larger_does_not_take_over(self):
        left, right = Box(30, 80, 60, 60), Box(220, 80, 56, 56)
        grown = Box(220, 80, 64, 64)
        detector = FakeDetector([left, right], [left, right], [grown, left])
        assert self._mood(detector) == "happy"

    def test_clearly_larger_does(self):
        left, right = Box(30, 80, 60, 60), Box(220, 80, 56, 56)
        grown = Box(200, 60, 90, 90)
        detector = FakeDetector([left, right], [left, right], [grown, left])
        assert self._mood(detector) == "sad"

    def _mood(self, detector):
        reader = FaceReader(FaceTracker(detector), self.ByPlace(), Timings())
        session = MoodSession()
        for n in range(80):
            reader.read(self.frame(), n / 20, session)
        return session.state().in_force

    def test_a_crowd_does_not_slow_the_picture_down(self):
        crowd = [Box(5 + 38 * n, 5 + 50 * row, 36, 36) for n in range(8) for row in range(4)]
        recogniser = FakeRecogniser()
        reader = FaceReader(FaceTracker(FakeDetector(crowd)), recogniser, Timings())
        for n in range(5):
            reader.read(self.frame(), n / 20, MoodSession())
        assert max(recogniser.batch_sizes) == MAX_FACES


class Passers:
    """In place of a tracker: whoever the test puts before the camera."""

    def __init__(self):
        self.id = 0

    def update(self, image, time):
        return [TrackedFace(self.id, Box(30, 80, 60, 60), True)]


class TestPassers:
    """Of faces that have left, the last two dozen are remembered: no day fills the memory."""

    @pytest.mark.parametrize(
        ("others", "emotion"), [(4 * MAX_FACES - 1, "happy"), (4 * MAX_FACES, "sad")]
    )
    def test_a_face_is_smoothed_on_until_as_many_others_came(self, others, emotion):
        passers, recogniser = Passers(), FakeRecogniser("happy")
        reader = FaceReader(passers, recogniser, Timings())
        for n in range(20):
            reader.read(TestMainFace.frame(), n / 20, MoodSession())
        for passers.id in range(1, others + 1):
            reader.read(TestMainFace.frame(), 1 + passers.id / 1000, MoodSession())
        passers.id, recogniser.emotion = 0, "sad"
        (face,) = reader.read(TestMainFace.frame(), 1.05, MoodSession()).faces
        assert face.emotion == emotion


class CountedStages:
    """A stopwatch that counts."""

    def __init__(self):
        self.runs = Counter()

    def measure(self, stage):
        self.runs[stage] += 1
        return contextlib.nullcontext()


class TestRecognition:
    """A face is looked at 12 to 22 times a second, however fast the camera is."""

    @pytest.mark.parametrize(("rate", "looks"), [(60, 20), (30, 15), (20, 20), (8, 8)])
    def test_looks_a_second(self, rate, looks):
        recogniser = FakeRecogniser()
        detector = FakeDetector([Box(30, 80, 60, 60)])
        stages = CountedStages()
        reader = FaceReader(FaceTracker(detector), recogniser, stages)
        for n in range(2 * rate):
            if n == rate:
                recogniser.batch_sizes.clear()  # the tracker has taken the face up by then
                stages.runs.clear()
            result = reader.read(TestMainFace.frame(), n / rate, MoodSession())
        assert len(result.faces) == 1
        assert sum(recogniser.batch_sizes) == pytest.approx(looks, abs=1)
        # Frames that keep the last answer must not make recognition look faster than it is.
        assert stages.runs["recognise"] == len(recogniser.batch_sizes)

    def test_a_new_face_is_looked_at_at_once(self):
        left, right = Box(30, 80, 60, 60), Box(220, 80, 56, 56)
        recogniser = TestMainFace.ByPlace()
        detector = FakeDetector([left], [left, right])
        reader = FaceReader(FaceTracker(detector), recogniser, Timings())
        session = MoodSession()
        for n in range(100):
            faces = reader.read(TestMainFace.frame(), n / 100, session).faces
            if len(faces) == 2:
                break
        assert [face.emotion for face in faces] == ["happy", "sad"]


class TestChosenFace:
    """Whose mood counts can be chosen: the largest face's, everybody's, or one person's."""

    LEFT, RIGHT = Box(30, 80, 60, 60), Box(220, 80, 56, 56)

    @pytest.fixture
    def session(self):
        return MoodSession()

    @pytest.fixture
    def reader(self):
        detector = FakeDetector([self.LEFT, self.RIGHT])
        return FaceReader(FaceTracker(detector), TestMainFace.ByPlace(), Timings())

    def watch(self, reader, session, start, frames=60):
        for n in range(frames):
            result = reader.read(TestMainFace.frame(), start + n / 20, session)
        return result

    def test_one_is_locked_though_another_is_larger(self, reader, session):
        faces = self.watch(reader, session, 0).faces
        assert session.state().in_force == "happy"
        reader.choose(faces[1].id, 3.0)
        self.watch(reader, session, 3)
        assert session.state().in_force == "sad"

    def test_everybody_together(self, reader, session):
        reader.choose(AVERAGE, 0.0)
        self.watch(reader, session, 0)
        happy, sad = session.state().recognised.probabilities[[3, 4]]
        assert happy == pytest.approx(sad, abs=0.01)

    def test_a_locked_face_that_stays_away_gives_way_to_the_largest(self, reader, session):
        reader.choose(99, 0.0)
        self.watch(reader, session, 0, frames=80)
        assert session.state().recognised.presence == "no_face"
        self.watch(reader, session, 4, frames=80)
        assert reader.follow == LARGEST
        assert session.state().in_force == "happy"

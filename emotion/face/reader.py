"""From a picture to faces with their emotions, and whose of them is the mood."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from capture.timings import Stage
from core.labels import EMOTIONS
from core.vision import Face, Image, Probabilities, TrackedFace
from emotion.face.preprocess import crop_face
from emotion.face.recogniser import Recogniser
from emotion.face.tracker import FaceTracker
from emotion.mood.session import MoodSession
from emotion.mood.smoothing import Mood, MoodSmoother, Presence

MAX_FACES = 6
"""Faces recognised in a frame, the largest: a crowd must not slow the picture down."""
RECOGNISE_SECONDS = 0.045
"""Least time between two looks at one face's emotion; frames between them keep the last answer.

At 30 frames/s that is every second frame, at 20 and below each: the mood is an average over 0.4 s,
which a look every 67 ms serves as well, and recognition is most of a frame's work."""
LARGEST, AVERAGE = "largest", "average"
LOCK_HELD = 5.0
"""Seconds a chosen face may be out of view before the largest counts again."""

Follow = str | int
"""Whose mood counts: `LARGEST`, `AVERAGE` of all, or the id of one face."""


@dataclass(frozen=True, eq=False)
class FrameResult:
    """What the newest analysed frame shows."""

    faces: tuple[Face, ...]
    """Largest first."""
    time: float
    """When its frame was captured, on the monotonic clock."""


class Stopwatch(Protocol):
    """Something that takes down how long each stage of the work lasts."""

    def measure(self, stage: str) -> contextlib.AbstractContextManager[None]: ...


class FaceReader:
    """Find the faces of one camera, follow, recognise and smooth them.

    Not safe to share between threads, but for `follow`.
    """

    def __init__(self, tracker: FaceTracker, recogniser: Recogniser, timings: Stopwatch) -> None:
        self.follow: Follow = LARGEST
        """Whose mood counts from the next frame on; falls back to the largest when a chosen
        face is gone."""
        self._tracker = tracker
        self._recogniser = recogniser
        self._timings = timings
        self._smoothers: dict[int, MoodSmoother] = {}
        self._answers: dict[int, tuple[float, Probabilities]] = {}
        """When each face of the last frame was recognised, and as what, by its id."""
        self._main_id: int | None = None
        self._lock_seen = float("-inf")

    def read(self, image: Image, time: float, session: MoodSession) -> FrameResult:
        """Analyse one frame and tell the session what the face that counts shows.

        Args:
            image: uint8 (height, width, 3) BGR.
            time: when it was captured, on the monotonic clock.
            session: whose mood it is.
        """
        with self._timings.measure(Stage.DETECT):
            tracked = self._tracker.update(image, time)[:MAX_FACES]
        if not tracked:
            session.observe(None, time)
            return FrameResult((), time)
        rows = self._recognise(image, tracked, time)
        session.observe(self._followed(tracked, rows, time), time)
        faces = tuple(
            _named(face, self._smoother(face.id).update(row, time))
            for face, row in zip(tracked, rows, strict=True)
        )
        return FrameResult(faces, time)

    def _recognise(self, image: Image, faces: Sequence[TrackedFace], time: float) -> Probabilities:
        """Return float32 (n, 7): anew for faces that are due, the last answer for the others."""
        answers = {
            face.id: self._answers[face.id]
            for face in faces
            if face.id in self._answers and time - self._answers[face.id][0] < RECOGNISE_SECONDS
        }
        due = [face for face in faces if face.id not in answers]
        if due:
            with self._timings.measure(Stage.RECOGNISE):
                rows = self._recogniser.predict([crop_face(image, face.box) for face in due])
            answers |= {face.id: (time, row) for face, row in zip(due, rows, strict=True)}
        self._answers = answers
        return np.stack([answers[face.id][1] for face in faces])

    def _smoother(self, identity: int) -> MoodSmoother:
        """Return the smoother of a face, kept while the tracker may still find it again."""
        smoother = self._smoothers.pop(identity, None) or MoodSmoother()
        self._smoothers[identity] = smoother  # the newest last
        while len(self._smoothers) > 4 * MAX_FACES:
            self._smoothers.pop(next(iter(self._smoothers)))
        return smoother

    def _followed(
        self, faces: Sequence[TrackedFace], rows: Probabilities, time: float
    ) -> Probabilities | None:
        """Return the probabilities that are the mood; None while a chosen face is away."""
        follow = self.follow
        if follow == AVERAGE:
            return rows.mean(axis=0)
        if follow == LARGEST:
            return rows[self._main_face(faces)]
        for face, row in zip(faces, rows, strict=True):
            if face.id == follow:
                self._lock_seen = time
                return row
        if time - self._lock_seen <= LOCK_HELD:
            return None
        self.follow = LARGEST
        return rows[self._main_face(faces)]

    def choose(self, follow: Follow, time: float) -> None:
        """Set whose mood counts; `time` as for `read`."""
        self._lock_seen = time
        self.follow = follow

    def _main_face(self, faces: Sequence[TrackedFace]) -> int:
        """Return the index of the face whose mood counts: the largest, but not by a hair.

        Two people side by side would otherwise take turns with every step they make.
        """
        main = next((i for i, face in enumerate(faces) if face.id == self._main_id), 0)
        if faces[0].box.area > 1.4 * faces[main].box.area:
            main = 0
        self._main_id = faces[main].id
        return main


def _named(face: TrackedFace, mood: Mood) -> Face:
    assert mood.probabilities is not None  # noqa: S101 - there is a face
    sure = mood.presence is Presence.SURE
    likeliest = EMOTIONS[int(mood.probabilities.argmax())]
    emotion = mood.emotion if sure and mood.emotion else likeliest
    return Face(
        id=face.id,
        box=face.box,
        emotion=emotion,
        sure=sure,
        probabilities=mood.probabilities,
    )

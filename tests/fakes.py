"""Stand-ins for what lies at the edges: cameras, detectors, models and clocks."""

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from audio.frames import Samples
from capture.frame import FrameSource
from capture.spec import SourceSpec
from core.errors import SourceError
from core.labels import EMOTIONS
from core.status import AnalysisStatus
from core.vision import Box, Image, Probabilities
from emotion.face.sidecar import FaceSidecar
from emotion.fusion import WeightedFusion
from emotion.voice.recogniser import SpeechResult

SIDECAR = FaceSidecar(
    file="fake.tflite",
    sha256="0" * 64,
    architecture="fake",
    labels=EMOTIONS,
    input_size=48,
    output="fer",
    temperature=1.0,
)


def blank(width: int = 64, height: int = 48, value: int = 0) -> Image:
    return np.full((height, width, 3), value, np.uint8)


def certain(emotion: str, probability: float = 0.9) -> Probabilities:
    """Probabilities with one clear emotion."""
    rest = (1 - probability) / (len(EMOTIONS) - 1)
    return np.array([probability if e == emotion else rest for e in EMOTIONS], np.float32)


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class FakeSource:
    """A camera that delivers given pictures and is then unplugged.

    `gate` holds each frame back until the test lets it through.
    """

    def __init__(
        self, images: Iterable[Image], gate: threading.Semaphore | None = None, fps: float = 0
    ) -> None:
        self._images = iter(images)
        self._gate = gate
        self._pause = 1 / fps if fps else 0.0
        self._image: Image | None = None
        self.closed = 0

    def grab(self) -> None:
        if self._gate is not None:
            self._gate.acquire(timeout=5)
        time.sleep(self._pause)
        image = next(self._images, None)
        if image is None:
            raise SourceError("the fake camera was unplugged")
        self._image = image

    def retrieve(self) -> Image:
        assert self._image is not None
        return self._image

    def close(self) -> None:
        self.closed += 1


@dataclass(frozen=True)
class FakeSpec(SourceSpec):
    """A specification whose `open` is given by the test."""

    opener: Callable[[], FrameSource] = field(default=lambda: FakeSource([]))
    kind: str = "webcam"
    target: str = "7"

    def open(self) -> FrameSource:
        return self.opener()


def steady_spec(value: int = 90, fps: float = 60) -> FakeSpec:
    """A camera that never ends, its pictures telling frames apart by one grey level."""
    return FakeSpec(
        opener=lambda: FakeSource((blank(value=value + n % 50) for n in itertools.count()), fps=fps)
    )


class FakeDetector:
    """Finds what the test says, search by search; the last answer repeats.

    `answers` may be changed at any time.
    """

    def __init__(self, *answers: list[Box]) -> None:
        self.answers = list(answers)
        self.searches = 0
        self.full_searches = 0

    def detect(self, grey: Image, near: Box | None = None) -> list[Box]:
        self.searches += 1
        self.full_searches += near is None
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class FakeListener:
    """Hears one emotion in every voice, or none that is clear."""

    def __init__(self, emotion: str | None = "happy") -> None:
        self.emotion = emotion

    def listen(self, samples: Samples) -> SpeechResult:
        if self.emotion is None:
            return SpeechResult(
                AnalysisStatus.UNSURE, "There is no voice in this clip.", None, None
            )
        return SpeechResult(AnalysisStatus.OK, "", self.emotion, certain(self.emotion, 0.7))


def product_fusion() -> WeightedFusion:
    """A fusion that trusts faces and voices alike, and expects all emotions alike."""
    same, whole = np.full(7, 1 / 7, np.float32), np.ones(7, np.float32)
    return WeightedFusion(same, same, whole, same, whole)


class FakeRecogniser:
    """Answers one emotion for every face, which the test may change at any time."""

    def __init__(self, emotion: str = "happy") -> None:
        self.sidecar = SIDECAR
        self.emotion = emotion
        self.batch_sizes: list[int] = []

    def predict(self, faces: Sequence[Image]) -> Probabilities:
        self.batch_sizes.append(len(faces))
        return np.stack([certain(self.emotion) for _ in faces])

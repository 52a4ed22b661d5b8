"""The whole pipeline frame by frame: our way, and the way it is usually done."""

import time
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from benchmarks.clips import clip_rate
from benchmarks.stats import Stages, Stopwatch
from capture import drawing
from capture.frame import Frame
from capture.video import FileSource
from config import Config
from core.labels import EMOTIONS
from core.vision import Image
from emotion.face.detector import HaarDetector, bundled_cascade
from emotion.face.reader import FaceReader, FrameResult
from emotion.face.recogniser import LiteRTRecogniser
from emotion.face.sidecar import FaceSidecar
from emotion.face.tracker import FaceTracker
from emotion.mood.session import MoodSession
from inference.sidecar import load_sidecar
from music.catalogue.files import load_catalogue
from music.recommend.jukebox import Jukebox
from music.recommend.listener import Listener
from store.database import open_in_memory
from store.songs import Library
from store.visitors import VisitorRecords

PLAYLIST_LENGTH = 10
"""Songs in a list, as the page asks for."""


class Way(Protocol):
    """One way to get from the next frame of a clip to its JPEG and its songs."""

    stages: Stages

    def step(self) -> None:
        """Take one frame all the way."""
        ...


class OurWay:
    """Every frame through the classes that serve.

    Frame times are the clip's own, so that cascade and recognition run as often as they do live: at
    30 frames/s, each face is recognised in every second frame.
    """

    def __init__(self, clip: Path) -> None:
        config = Config()
        self.stages = Stages()
        self.session = MoodSession()
        self.frames = self.with_face = 0
        self._source = FileSource(clip, paced=False)
        self._rate = clip_rate(clip)
        tracker = FaceTracker(HaarDetector())
        self._reader = FaceReader(tracker, LiteRTRecogniser(config.weights), self.stages)
        catalogue = load_catalogue(config.songs, EMOTIONS)
        database = open_in_memory()
        self._listener = Listener(id="viewer")
        self._jukebox = Jukebox(
            catalogue, catalogue.moods, Library(database), VisitorRecords(database)
        )

    def step(self) -> None:
        with self.stages.measure("decode"):
            self._source.grab()
            image = self._source.retrieve()
        result = self._read(Frame(image, time.time(), self.elapsed))
        with self.stages.measure("draw"):
            picture = drawing.annotate(image, result.faces)
        with self.stages.measure("encode"):
            drawing.encode_jpeg(picture)
        with self.stages.measure("playlist"):
            mood = self.session.state()
            self._jukebox.playlist(
                self._listener, mood.in_force, "match", limit=PLAYLIST_LENGTH, version=mood.version
            )
        self.frames += 1
        self.with_face += bool(result.faces)

    @property
    def elapsed(self) -> float:
        """Seconds of the clip so far."""
        return self.frames / self._rate

    def _read(self, frame: Frame) -> FrameResult:
        """Find, recognise and smooth; what is neither of the first two is smoothing."""
        inner = {stage: self.stages.runs(stage) for stage in ("detect", "recognise")}
        elapsed = Stopwatch()
        result = self._reader.read(frame.image, frame.time, self.session)
        inside = sum(self.stages.since(stage, count) for stage, count in inner.items())
        self.stages.add("smooth", elapsed() - inside)
        return result


class UsualWay:
    """What such programs mostly do for every frame.

    The cascade on the full frame (scale factor 1.3, 5 neighbours), `model.predict` for each
    face, `read_csv` of the emotion's songs, a rectangle, a word, and a JPEG.
    """

    def __init__(self, clip: Path) -> None:
        import pandas

        self.stages = Stages()
        self.model = build_model(load_sidecar(Config().weights, FaceSidecar).input_size)
        self._read_csv = pandas.read_csv
        self._source = FileSource(clip, paced=False)
        self._cascade = cv2.CascadeClassifier(str(bundled_cascade()))
        self.size = self.model.input_shape[1]
        self._emotion = "neutral"

    def step(self) -> None:
        with self.stages.measure("decode"):
            self._source.grab()
            picture = self._source.retrieve()
        with self.stages.measure("detect"):
            grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
            boxes = self._cascade.detectMultiScale(grey, scaleFactor=1.3, minNeighbors=5)
        for x, y, width, height in boxes:
            with self.stages.measure("recognise"):
                self._emotion = self._recognise(grey[y : y + height, x : x + width])
            with self.stages.measure("draw"):
                cv2.rectangle(picture, (x, y), (x + width, y + height), (0, 255, 0), 2)
                font = cv2.FONT_HERSHEY_SIMPLEX
                cv2.putText(picture, self._emotion, (x, y - 10), font, 1, (0, 255, 0), 2)
        with self.stages.measure("playlist"):
            self._read_csv(Config().songs / f"{self._emotion}.csv").head(PLAYLIST_LENGTH)
        with self.stages.measure("encode"):
            cv2.imencode(".jpg", picture)[1].tobytes()

    def _recognise(self, face: Image) -> str:
        grey = cv2.resize(face, (self.size, self.size)).astype(np.float32)
        batch = np.repeat(grey[np.newaxis, ..., np.newaxis], 3, axis=3)
        probabilities = self.model.predict(batch, verbose=0)
        return EMOTIONS[int(np.argmax(probabilities[0]))]


def build_model(size: int) -> Any:
    """Return an EfficientNetB3 as Keras has it, for inputs of `size` pixels.

    Its weights are random: what it answers does not matter here, and it takes as long.
    """
    import keras

    return keras.applications.EfficientNetB3(
        weights=None, input_shape=(size, size, 3), classes=len(EMOTIONS)
    )


def run_for(way: Way, frames: int) -> float:
    """Take `frames` frames all the way; return the frames a second."""
    elapsed = Stopwatch()
    for _ in range(frames):
        way.step()
    return frames / elapsed()

"""The live camera: frame -> faces -> emotion -> annotated JPEG, published once for everybody."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from capture import drawing
from capture.frame import Frame, Jpeg
from capture.pace import Pace
from capture.state import Absence, SourceState, SourceStatus, mood_sentence
from capture.timings import Stage, Timings, TimingsMs
from core.status import LiveStatus
from core.threads import Latest, Worker
from core.vision import Face
from emotion.face.reader import FaceReader, Follow, FrameResult
from emotion.face.recogniser import Recogniser
from emotion.face.tracker import FaceTracker
from emotion.mood.session import MoodSession, MoodState
from emotion.mood.smoothing import Mood, Presence
from utils import STALL_AFTER, Grabber

STOP_WITHIN = 1.0
"""Seconds the threads get to end."""
CARD_EVERY = 1.0
"""Seconds between "no signal" pictures; writing them is how a gone viewer is noticed."""


class RecognitionWorker(Worker):
    """The thread that turns the newest frame into the newest reading."""

    def __init__(self, grabber: Grabber, reader: FaceReader, session: MoodSession) -> None:
        super().__init__("analyser")
        self.readings: Latest[FrameResult] = Latest()
        self.analysed = 0
        self._grabber = grabber
        self._reader = reader
        self._session = session

    def run(self, stop: threading.Event) -> None:
        frames = self._grabber.frames
        seen, _ = frames.peek()
        while not stop.is_set() and not frames.closed:
            newer = frames.wait_newer(seen, timeout=STALL_AFTER)
            if newer is None:
                absence = self._grabber.status().absence
                status = absence.status if absence else LiveStatus.STARTING
                self._session.interrupt(status, time.monotonic())
                continue
            seen, frame = newer
            self.readings.publish(self._reader.read(frame.image, frame.time, self._session))
            self.analysed += 1


class Publisher(Worker):
    """The thread that draws and encodes each frame once, while anybody watches.

    Args:
        grabber: whose frames are published.
        readings: what is drawn on them.
        timings: takes the stage `encode`.
        stream_fps: most pictures a second; None for as many as the camera delivers.
    """

    def __init__(
        self,
        grabber: Grabber,
        readings: Latest[FrameResult],
        timings: Timings,
        stream_fps: float | None = None,
    ) -> None:
        super().__init__("publisher")
        self.jpegs: Latest[Jpeg] = Latest()
        self.published = 0
        self._grabber = grabber
        self._readings = readings
        self._timings = timings
        self._pace = Pace(stream_fps)
        self._viewers = 0
        self._lock = threading.Lock()
        self._watched = threading.Event()

    @property
    def viewers(self) -> int:
        return self._viewers

    @contextlib.contextmanager
    def viewer(self) -> Iterator[None]:
        """Count a viewer while the context lasts; the first one wakes the picture up."""
        with self._lock:
            self._viewers += 1
            self._grabber.idle = False
            self._watched.set()
        try:
            yield
        finally:
            with self._lock:
                self._viewers -= 1
                if not self._viewers:
                    self._grabber.idle = True
                    self._watched.clear()

    def run(self, stop: threading.Event) -> None:
        seen, _ = self._grabber.frames.peek()
        card_at = 0.0
        shown_card: Absence | None = None
        while not stop.is_set():
            # Woken by the first viewer; the time-out is for the stop.
            if not self._watched.wait(0.25):
                continue
            newer = self._grabber.frames.wait_newer(seen, timeout=0.25)
            if newer is not None:
                seen, frame = newer
                fresh = time.monotonic() - frame.time < STALL_AFTER  # or it is from an idle time
                if fresh and self._pace.allows(frame.time):
                    self._publish_frame(frame)
                    shown_card = None
                continue
            source = self._grabber.status()
            card = source.absence
            now = time.monotonic()
            if card is not None and (card != shown_card or now - card_at >= CARD_EVERY):
                shown_card, card_at = card, now
                self._publish_card(card, source)

    def _publish_frame(self, frame: Frame) -> None:
        _, reading = self._readings.peek()
        faces = reading.faces if reading and frame.time - reading.time < 1.0 else ()
        with self._timings.measure(Stage.ENCODE):
            data = drawing.encode_jpeg(drawing.annotate(frame.image, faces))
        self.jpegs.publish(Jpeg(data, frame.captured_at, frame.time))
        self.published += 1

    def _publish_card(self, card: Absence, source: SourceStatus) -> None:
        size = source.width or 640, source.height or 480
        data = drawing.encode_jpeg(drawing.no_signal(card.headline, card.detail, *size))
        self.jpegs.publish(Jpeg(data, time.time(), time.monotonic()))


@dataclass(frozen=True, eq=False, kw_only=True)
class LiveState:
    """Everything that can be said about the live camera at one instant."""

    status: LiveStatus
    message: str
    """The status as a sentence."""
    mood: MoodState
    faces: tuple[Face, ...]
    """In the newest frame, largest first; none while there is no picture."""
    source: SourceStatus
    timings_ms: TimingsMs
    follow: Follow
    """Whose mood counts; see `FaceReader.follow`."""
    viewers: int = 0
    failures: tuple[str, ...] = ()


class LiveCamera:
    """A source and the three threads behind it: grab, analyse, publish.

    Args:
        grabber: not started; of kind `none` where there is no camera at all.
        tracker, recogniser: find faces and their emotions.
        session: whose mood the camera feeds.
        stream_fps: most pictures a second for viewers.
    """

    def __init__(
        self,
        grabber: Grabber,
        tracker: FaceTracker,
        recogniser: Recogniser,
        session: MoodSession,
        stream_fps: float | None = None,
    ) -> None:
        self.session = session
        self.grabber = grabber
        self._timings = Timings()
        self.reader = FaceReader(tracker, recogniser, self._timings)
        self.recognition = RecognitionWorker(grabber, self.reader, session)
        self.publisher = Publisher(grabber, self.recognition.readings, self._timings, stream_fps)
        self._workers: tuple[Worker, ...] = (grabber, self.recognition, self.publisher)
        self._ended = False
        grabber.idle = True

    @property
    def jpegs(self) -> Latest[Jpeg]:
        return self.publisher.jpegs

    @property
    def viewers(self) -> int:
        return self.publisher.viewers

    def viewer(self) -> contextlib.AbstractContextManager[None]:
        """Return a context in which the pictures in `jpegs` are kept fresh."""
        return self.publisher.viewer()

    def start(self) -> None:
        """Start the threads that do not run."""
        if self._ended:
            return
        self.resume()
        self.recognition.start()
        self.publisher.start()

    def stop(self) -> None:
        """Release the camera, end the threads and let every viewer go; for good.

        Takes `STOP_WITHIN` seconds at most, though a driver may hold its thread for longer.
        """
        self._ended = True
        for worker in self._workers:
            worker.ask_to_stop()
        self.jpegs.close()
        self.grabber.frames.close()
        deadline = time.monotonic() + STOP_WITHIN
        for worker in self._workers:
            worker.stop(max(0.0, deadline - time.monotonic()))

    def pause(self) -> None:
        """Release the camera until `resume`; its last picture is dropped, the mood stays."""
        self.grabber.stop()
        self.jpegs.clear()
        self.recognition.readings.clear()
        self.session.interrupt(LiveStatus.PAUSED, time.monotonic())

    def resume(self) -> None:
        """Take the camera back after `pause`."""
        if self.grabber.spec.has_camera and not self._ended:
            self.grabber.start()

    def choose(self, follow: Follow) -> None:
        """Set whose mood counts, `LARGEST`, `AVERAGE` or the id of a face in view."""
        self.reader.choose(follow, time.monotonic())

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def state(self) -> LiveState:
        """Return how things are, put together from what each thread published last."""
        _, reading = self.recognition.readings.peek()
        _, jpeg = self.jpegs.peek()
        watched = jpeg is not None and self.publisher.viewers > 0
        timings = self._timings.medians_ms()
        if watched and jpeg:
            timings[Stage.FRAME_AGE] = 1000 * (time.monotonic() - jpeg.time)
        state = describe(
            source=self.grabber.status(),
            mood=self.session.state(),
            reading=reading,
            follow=self.reader.follow,
            timings_ms=timings,
        )
        failures = tuple(worker.failure for worker in self._workers if worker.failure)
        if failures and state.source.status is SourceState.OK:
            state = replace(state, message=failures[0])
        return replace(state, viewers=self.publisher.viewers, failures=failures)


def describe(
    *,
    source: SourceStatus,
    mood: MoodState,
    reading: FrameResult | None,
    follow: Follow,
    timings_ms: TimingsMs,
) -> LiveState:
    """Put together what can be said about a camera, leaving out what is no news any more.

    Args:
        source: how the camera is doing.
        mood: its session.
        reading: of its newest analysed frame; None before the first.
        follow: whose mood counts.
        timings_ms: medians by stage.
    """
    started = reading is not None
    if source.status is not SourceState.OK or not _is_recent(reading):
        reading = None
        mood = replace(mood, mood=Mood(Presence.UNSURE, mood.mood.emotion, None, None))
    status, message = _status(source, mood, started)
    return LiveState(
        status=status,
        message=message,
        mood=mood,
        faces=reading.faces if reading else (),
        source=source,
        timings_ms=timings_ms,
        follow=follow,
    )


def _is_recent(reading: FrameResult | None) -> bool:
    return reading is not None and time.monotonic() - reading.time < STALL_AFTER


def _status(source: SourceStatus, mood: MoodState, started: bool) -> tuple[LiveStatus, str]:
    """Return the one status that matters most now, and its sentence."""
    absence = source.absence
    if absence is not None:
        return absence.status, absence.sentence
    if not started:
        status = LiveStatus.STARTING
    elif mood.pin is not None:
        status = LiveStatus.PINNED
    else:
        status = LiveStatus(mood.mood.presence)
    return status, mood_sentence(status, mood.emotion, mood.heard_only)

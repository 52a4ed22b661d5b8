"""The live camera: frame -> faces -> emotion -> annotated JPEG, published once for everybody."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Self

from capture import drawing
from capture.frame import Frame, Jpeg
from capture.pace import Pace
from capture.state import STALL_AFTER, Absence, SourceState, SourceStatus
from capture.timings import Stage, Timings
from core.status import LiveStatus
from core.threads import Latest, Worker
from emotion.face.reader import FaceReader, Follow, FrameResult
from emotion.face.recogniser import Recogniser
from emotion.face.tracker import FaceTracker
from emotion.live_state import LiveState, describe
from emotion.mood.session import MoodSession
from utils import Grabber

STOP_TIMEOUT = 1.0
"""Seconds the threads get to end."""
CARD_INTERVAL = 1.0
"""Seconds between "no signal" pictures; writing them is how a gone viewer is noticed."""


class RecognitionWorker(Worker):
    """The thread that turns the newest frame into the newest result."""

    def __init__(self, grabber: Grabber, reader: FaceReader, session: MoodSession) -> None:
        super().__init__("analyser")
        self.results: Latest[FrameResult] = Latest()
        self.analysed = 0
        self._grabber = grabber
        self._reader = reader
        self._session = session

    def run(self, stop: threading.Event) -> None:
        frames = self._grabber.frames
        sequence, _ = frames.peek()
        while not stop.is_set() and not frames.closed:
            newer = frames.wait_newer(sequence, timeout=STALL_AFTER)
            if newer is None:
                absence = self._grabber.status().absence
                status = absence.status if absence else LiveStatus.STARTING
                self._session.interrupt(status, time.monotonic())
                continue
            sequence, frame = newer
            self.results.publish(self._reader.read(frame.image, frame.time, self._session))
            self.analysed += 1


class Publisher(Worker):
    """The thread that draws and encodes each frame once, while anybody watches.

    Args:
        grabber: whose frames are published.
        results: what is drawn on them.
        timings: takes the stage `encode`.
        stream_fps: at most so many pictures a second; None for as many as the camera delivers.
    """

    def __init__(
        self,
        grabber: Grabber,
        results: Latest[FrameResult],
        timings: Timings,
        stream_fps: float | None = None,
    ) -> None:
        super().__init__("publisher")
        self.jpegs: Latest[Jpeg] = Latest()
        self.published = 0
        self.viewers = 0
        self._grabber = grabber
        self._results = results
        self._timings = timings
        self._pace = Pace(stream_fps)
        self._lock = threading.Lock()
        self._watched = threading.Event()
        self._card: Absence | None = None
        self._card_time = 0.0

    @contextlib.contextmanager
    def viewer(self) -> Iterator[None]:
        """Count a viewer while the context lasts; the first one wakes the picture up."""
        with self._lock:
            self.viewers += 1
            self._grabber.idle = False
            self._watched.set()
        try:
            yield
        finally:
            with self._lock:
                self.viewers -= 1
                if not self.viewers:
                    self._grabber.idle = True
                    self._watched.clear()

    def run(self, stop: threading.Event) -> None:
        sequence, _ = self._grabber.frames.peek()
        while not stop.is_set():
            # Woken by the first viewer; the time-out is for the stop.
            if not self._watched.wait(0.25):
                continue
            newer = self._grabber.frames.wait_newer(sequence, timeout=0.25)
            if newer is None:
                self._explain(self._grabber.status())
            else:
                sequence, frame = newer
                self._show(frame)

    def _show(self, frame: Frame) -> None:
        """Publish a frame, unless it is from an idle time or one too many for the rate."""
        if time.monotonic() - frame.time >= STALL_AFTER or not self._pace.allows(frame.time):
            return
        _, result = self._results.peek()
        faces = result.faces if result and frame.time - result.time < 1.0 else ()
        with self._timings.measure(Stage.ENCODE):
            data = drawing.encode_jpeg(drawing.annotate(frame.image, faces))
        self.jpegs.publish(Jpeg(data, frame.captured_at, frame.time))
        self.published += 1
        self._card = None

    def _explain(self, source: SourceStatus) -> None:
        """Publish why no frame comes: a new reason at once, the same one at times."""
        absence, now = source.absence, time.monotonic()
        if absence is None or (absence == self._card and now - self._card_time < CARD_INTERVAL):
            return
        self._card, self._card_time = absence, now
        size = source.width or 640, source.height or 480
        data = drawing.encode_jpeg(drawing.no_signal(absence.headline, absence.detail, *size))
        self.jpegs.publish(Jpeg(data, time.time(), time.monotonic()))


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
        self.publisher = Publisher(grabber, self.recognition.results, self._timings, stream_fps)
        self._workers: tuple[Worker, ...] = (grabber, self.recognition, self.publisher)
        self.jpegs = self.publisher.jpegs
        self._ended = False
        grabber.idle = True

    @property
    def viewers(self) -> int:
        return self.publisher.viewers

    def viewer(self) -> contextlib.AbstractContextManager[None]:
        """Return a context in which the pictures in `jpegs` are kept fresh."""
        return self.publisher.viewer()

    def start(self) -> None:
        """Start the threads that do not run."""
        if not self._ended:
            self.resume()
            self.recognition.start()
            self.publisher.start()

    def stop(self) -> None:
        """Release the camera, end the threads and let every viewer go; for good.

        Takes `STOP_TIMEOUT` seconds at most, though a driver may hold its thread for longer.
        """
        self._ended = True
        for worker in self._workers:
            worker.ask_to_stop()
        self.jpegs.close()
        self.grabber.frames.close()
        deadline = time.monotonic() + STOP_TIMEOUT
        for worker in self._workers:
            worker.stop(max(0.0, deadline - time.monotonic()))

    def pause(self) -> None:
        """Release the camera until `resume`; its last picture is dropped, the mood stays."""
        self.grabber.stop()
        self.jpegs.clear()
        self.recognition.results.clear()
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
        _, result = self.recognition.results.peek()
        _, jpeg = self.jpegs.peek()
        timings = self._timings.medians_ms()
        if jpeg and self.viewers:
            timings[Stage.FRAME_AGE] = 1000 * (time.monotonic() - jpeg.time)
        state = describe(
            source=self.grabber.status(),
            mood=self.session.state(),
            result=result,
            follow=self.reader.follow,
            timings_ms=timings,
        )
        failures = tuple(worker.failure for worker in self._workers if worker.failure)
        if failures and state.source.status is SourceState.OK:
            state = replace(state, message=failures[0])
        return replace(state, viewers=self.viewers, failures=failures)

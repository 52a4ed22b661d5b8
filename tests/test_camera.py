"""The live camera on fakes: what viewers get, what the state says, what is spared."""

import threading
import time

import cv2
import numpy as np

import camera
from camera import LiveCamera
from capture import drawing
from capture.spec import SourceSpec
from core.errors import SourceError
from core.labels import EMOTIONS
from core.vision import Box
from emotion import live_state
from emotion.face.tracker import FaceTracker
from emotion.fusion import WeightedFusion
from emotion.mood.session import MoodSession
from tests.fakes import (
    FakeDetector,
    FakeRecogniser,
    FakeSource,
    FakeSpec,
    blank,
    steady_spec,
)
from utils import IDLE_FPS, Grabber

FACE = [Box(100, 80, 60, 60)]


def live_camera(spec=None, faces=FACE, recogniser=None, retry=(0.01, 0.05), **options):
    return LiveCamera(
        Grabber(spec or steady_spec(), retry=retry),
        FaceTracker(FakeDetector(faces)),
        recogniser or FakeRecogniser(),
        MoodSession(),
        **options,
    )


def pictures(live, count, timeout=10.0):
    """Watch until `count` pictures came, and return them."""
    sequence, jpegs = live.jpegs.peek()[0], []
    deadline = time.monotonic() + timeout
    with live.viewer():
        while len(jpegs) < count and time.monotonic() < deadline:
            newer = live.jpegs.wait_newer(sequence, timeout=1)
            if newer:
                sequence, jpeg = newer
                jpegs.append(jpeg)
    return jpegs


class TestPictures:
    def test_a_viewer_gets_a_jpeg_of_the_cameras_size(self):
        with live_camera() as live:
            (jpeg,) = pictures(live, 1)
        image = cv2.imdecode(np.frombuffer(jpeg.data, np.uint8), cv2.IMREAD_COLOR)
        assert image.shape == (48, 64, 3)
        assert abs(jpeg.captured_at - time.time()) < 5

    def test_each_frame_is_encoded_once_for_any_number_of_viewers(self, eventually):
        with live_camera() as live:
            jpegs = [[] for _ in range(8)]
            viewers = [
                threading.Thread(target=lambda own=own: own.extend(pictures(live, 10)))
                for own in jpegs
            ]
            for viewer in viewers:
                viewer.start()
            for viewer in viewers:
                viewer.join(10)
            published = live.publisher.published
        assert all(len(own) == 10 for own in jpegs)
        distinct = {id(jpeg) for own in jpegs for jpeg in own}
        times = {jpeg.time for own in jpegs for jpeg in own}
        assert len(distinct) == len(times) <= published

    def test_without_a_viewer_nothing_is_encoded_but_the_mood_follows(self, eventually):
        with live_camera() as live:
            eventually(lambda: live.state().mood.in_force == "happy")
            assert live.publisher.published == 0
            assert live.viewers == 0

    def test_without_a_viewer_few_frames_are_analysed(self, eventually):
        begun = time.monotonic()
        with live_camera(steady_spec(fps=100)) as live:
            eventually(lambda: live.grabber.grabbed >= 100)
            assert live.recognition.analysed <= 2 + IDLE_FPS * (time.monotonic() - begun)

    def test_the_rate_can_be_capped(self):
        with live_camera(steady_spec(fps=100), stream_fps=10) as live:
            jpegs = pictures(live, 6)
        gaps = np.diff([jpeg.time for jpeg in jpegs])
        assert gaps.min() >= 0.07
        assert gaps.mean() >= 0.09

    def test_the_picture_goes_on_while_recognition_is_stuck(self):
        stuck = threading.Event()

        class Slow(FakeRecogniser):
            def predict(self, faces):
                stuck.wait(10)
                return super().predict(faces)

        with live_camera(recogniser=Slow()) as live:
            assert len(pictures(live, 20)) == 20
            stuck.set()

    def test_a_camera_that_fails_gives_a_picture_of_its_own(self):
        with live_camera(FakeSpec(opener=lambda: FakeSource([blank()])), retry=(9, 9)) as live:
            jpegs = pictures(live, 2)
        image = cv2.imdecode(np.frombuffer(jpegs[-1].data, np.uint8), cv2.IMREAD_COLOR)
        expected = drawing.no_signal(
            "Camera lost, trying again", "the fake camera was unplugged", 64, 48
        )
        assert np.abs(image.astype(int) - expected).mean() < 6


class TestState:
    def test_starting(self):
        gate = threading.Semaphore(0)
        spec = FakeSpec(opener=lambda: FakeSource([blank()], gate))
        with live_camera(spec) as live:
            assert live.state().status == "starting"
            gate.release()

    def test_live_with_faces_and_timings(self, eventually):
        with live_camera() as live:
            eventually(lambda: any(face.sure for face in live.state().faces))
            state = live.state()
        assert state.status == "live"
        assert state.message == "You look happy"
        (face,) = state.faces
        assert (face.emotion, face.sure) == ("happy", True)
        assert state.timings_ms["detect"] > 0
        assert state.timings_ms["recognise"] > 0

    def test_no_face(self, eventually):
        with live_camera(faces=[]) as live:
            eventually(lambda: live.state().status == "no_face")

    def test_a_voice_with_nobody_in_view_is_not_said_to_be_seen(self, eventually):
        sad = np.eye(7, dtype=np.float32)[EMOTIONS.index("sad")]
        with live_camera(faces=[]) as live:
            eventually(lambda: live.state().status == "no_face")
            live.session.hear(sad, WeightedFusion(*np.ones((5, 7))), time.monotonic())
            eventually(lambda: live.state().status == "live")
            assert live.state().message == "You sound sad"

    def test_unsure(self, eventually):
        class Puzzled(FakeRecogniser):
            def predict(self, faces):
                return np.full((len(faces), 7), 1 / 7, np.float32)

        with live_camera(recogniser=Puzzled()) as live:

            def is_unsure():
                state = live.state()  # of one instant: the next picture may come late
                return state.status == "unsure" and [face.sure for face in state.faces] == [False]

            eventually(is_unsure)

    def test_pinned(self, eventually):
        with live_camera() as live:
            eventually(lambda: live.state().status == "live")
            live.session.pin("sad")
            state = live.state()
        assert (state.status, state.mood.in_force) == ("pinned", "sad")

    def test_lost_and_back_again(self, eventually):
        plugged = threading.Event()
        plugged.set()

        def plug_in():
            if not plugged.is_set():
                raise SourceError("no such device")
            return FakeSource((blank() for _ in iter(plugged.is_set, False)), fps=60)

        with live_camera(FakeSpec(opener=plug_in)) as live:
            eventually(lambda: live.state().status == "live")
            plugged.clear()
            eventually(lambda: live.state().status == "camera_lost")
            eventually(lambda: "no such device" in live.state().message)
            plugged.set()
            eventually(lambda: live.state().status == "live")

    def test_pause_releases_the_camera_and_keeps_the_mood(self, eventually):
        sources = []

        def plug_in():
            sources.append(FakeSource((blank() for _ in iter(int, 1)), fps=60))
            return sources[-1]

        with live_camera(FakeSpec(opener=plug_in)) as live:
            eventually(lambda: live.state().status == "live")
            live.pause()
            state = live.state()
            assert (state.status, state.mood.in_force) == ("paused", "happy")
            assert (state.faces, state.mood.recognised.probabilities) == ((), None)
            assert sources[0].closed == 1
            live.resume()
            eventually(lambda: live.state().status == "live")
            assert len(sources) == 2

    def test_after_a_pause_nobody_sees_what_was_before(self, eventually):
        """Not even a first viewer, who would be shown the last picture of an idle camera."""
        with live_camera() as live:
            eventually(lambda: live.state().status == "live")
            live.pause()
            (card,) = pictures(live, 1)
        image = cv2.imdecode(np.frombuffer(card.data, np.uint8), cv2.IMREAD_COLOR)
        expected = drawing.no_signal("Paused: the camera is off", "Press Resume to go on.", 64, 48)
        assert np.abs(image.astype(int) - expected).mean() < 6

    def test_the_history_says_why_there_was_no_picture(self, eventually):
        with live_camera() as live:
            eventually(lambda: live.state().status == "live")
            live.pause()
            last = live.session.history()[-1]
        assert (last.status, last.emotion) == ("paused", "happy")

    def test_no_camera_at_all_says_what_to_do(self):
        with live_camera(SourceSpec("none")) as live:
            state = live.state()
            (card,) = pictures(live, 1)
        assert state.status == "no_camera"
        assert "this browser's camera" in state.message
        assert card.data.startswith(b"\xff\xd8")

    def test_recognition_that_fails_is_told_and_taken_up_again(self, eventually, monkeypatch):
        monkeypatch.setattr("core.threads.RESTART_AFTER", 0.05)
        monkeypatch.setattr("core.threads.FAILURE_SHOWN", 0.5)
        monkeypatch.setattr(live_state, "STALL_AFTER", 0.5)

        class Shaky(FakeRecogniser):
            broken = False

            def predict(self, faces):
                if self.broken:
                    raise ValueError("weights fell out")
                return super().predict(faces)

        recogniser = Shaky()
        with live_camera(recogniser=recogniser) as live:
            eventually(lambda: live.state().status == "live")
            recogniser.broken = True
            eventually(lambda: live.state().status == "unsure")
            state = live.state()
            assert state.faces == ()
            assert state.message == "analyser failed: weights fell out"
            assert state.failures == ("analyser failed: weights fell out",)
            recogniser.broken = False
            eventually(lambda: live.state().status == "live")
            eventually(lambda: not live.state().failures)

    def test_when_frames_stop_so_does_the_mood(self, eventually, monkeypatch):
        monkeypatch.setattr(camera, "STALL_AFTER", 0.3)
        gate = threading.Semaphore(60)
        images = (blank() for _ in iter(int, 1))
        spec = FakeSpec(opener=lambda: FakeSource(images, gate, fps=50))
        with live_camera(spec) as live:
            eventually(lambda: live.state().status == "live")
            eventually(lambda: live.session.state().recognised.presence == "no_face")
            assert live.session.state().in_force == "happy"
            gate.release(10_000)

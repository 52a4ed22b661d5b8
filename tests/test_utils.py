"""The grabber."""

import itertools
import threading
import time
from pathlib import Path

import numpy as np

import utils
from capture.video import FileSource
from core.errors import SourceError
from tests.fakes import FakeSource, FakeSpec, blank, steady_spec
from utils import Grabber


def open_handles():
    """What this process has open, where the system tells (Linux's /proc)."""
    folder = Path("/proc/self/fd")
    handles = folder.iterdir() if folder.is_dir() else ()
    return [str(handle.readlink()) for handle in handles if handle.is_symlink()]


class TestGrabber:
    def test_the_newest_frame_is_kept_with_its_time(self, eventually):
        before = time.time()
        with Grabber(steady_spec()) as grabber:
            eventually(lambda: grabber.grabbed > 3)
            _, frame = grabber.frames.peek()
        assert frame.image.shape == (48, 64, 3)
        assert before <= frame.captured_at <= time.time()

    def test_the_rate_is_measured(self, eventually, monkeypatch):
        """On a clock that moves 20 ms a frame, whatever this machine is busy with."""
        now = itertools.count(1000, 0.02)
        source = FakeSource(blank() for _ in range(40))
        grabber = Grabber(FakeSpec(opener=lambda: source), retry=(60, 60))
        monkeypatch.setattr(grabber, "_lose", lambda *_, **__: None)
        monkeypatch.setattr(utils.time, "monotonic", lambda: next(now))
        with grabber:
            eventually(lambda: source.closed)
            assert 40 < grabber.status().fps <= 51

    def test_frames_on_the_same_tick_of_the_clock_are_no_rate(self, monkeypatch):
        grabber = Grabber(steady_spec())
        grabber.start()
        monkeypatch.setattr(utils.time, "monotonic", lambda: 5.0)
        grabber._arrived(5.0)
        grabber._arrived(5.0)
        assert grabber.status().fps == 0
        grabber.stop()

    def test_a_camera_that_is_unplugged_comes_back_100_times(self, eventually):
        sources = []

        def plug_in():
            sources.append(FakeSource([blank()]))
            return sources[-1]

        threads = threading.active_count()
        files = len(open_handles())
        with Grabber(FakeSpec(opener=plug_in), retry=(0.001, 0.002)) as grabber:
            eventually(lambda: grabber.losses >= 100)
            assert threading.active_count() == threads + 1
        assert threading.active_count() == threads
        assert [source.closed for source in sources] == [1] * len(sources)
        assert len(open_handles()) <= files

    def test_a_lost_file_leaks_no_handle(self, clip, eventually):
        """The same with real captures, which hold real handles."""

        class Failing(FileSource):
            def retrieve(self):
                self.grab = lambda: FakeSource([]).grab()  # torn out after one frame
                return super().retrieve()

        spec = FakeSpec(opener=lambda: Failing(clip, paced=False))
        with Grabber(spec, retry=(0.001, 0.002)) as grabber:
            eventually(lambda: grabber.losses >= 20, timeout=30)
        assert str(clip) not in open_handles()

    def test_a_loss_is_told_with_its_reason(self, eventually):
        with Grabber(FakeSpec(opener=lambda: FakeSource([blank()])), retry=(60, 60)) as grabber:
            eventually(lambda: grabber.status().status == "lost")
            assert grabber.status().message == "the fake camera was unplugged"

    def test_a_camera_that_falls_silent_counts_as_lost(self, eventually, monkeypatch):
        gate = threading.Semaphore(1)
        spec = FakeSpec(opener=lambda: FakeSource([blank()] * 9, gate))
        with Grabber(spec) as grabber:
            eventually(lambda: grabber.grabbed)
            assert grabber.status().status == "ok"
            now = time.monotonic()
            monkeypatch.setattr(utils.time, "monotonic", lambda: now + 3)
            status = grabber.status()
            assert (status.status, status.message) == ("lost", "camera 7 has sent no frame for 2 s")
            gate.release(9)

    def test_the_pause_between_attempts_grows(self, eventually):
        attempts = []

        def refuse():
            attempts.append(time.monotonic())
            raise SourceError("nobody home")

        with Grabber(FakeSpec(opener=refuse), retry=(0.02, 0.16)) as grabber:
            eventually(lambda: len(attempts) >= 6)
            assert grabber.status().status == "lost"
        pauses = np.diff(attempts)
        assert pauses[3] > 4 * 0.02
        assert pauses[4] < 1

    def test_stopping_releases_the_device(self, eventually):
        source = FakeSource((blank() for _ in iter(int, 1)), fps=100)
        grabber = Grabber(FakeSpec(opener=lambda: source))
        with grabber:
            eventually(lambda: grabber.grabbed)
        assert source.closed == 1
        assert grabber.status().status == "paused"

    def test_a_source_handed_over_but_never_read_is_closed(self):
        source = FakeSource([blank()])
        grabber = Grabber(FakeSpec(), first=source)
        grabber.stop()
        grabber.stop()
        assert source.closed == 1

    def test_an_idle_grabber_decodes_few_frames(self, eventually):
        grabber = Grabber(steady_spec(fps=200))
        grabber.idle = True
        begun = time.monotonic()
        with grabber:
            eventually(lambda: grabber.grabbed >= 100)
            sequence, _ = grabber.frames.peek()
        assert 1 <= sequence <= 2 + utils.IDLE_FPS * (time.monotonic() - begun)

    def test_the_pause_starts_afresh_once_a_frame_came(self, eventually):
        """Three failures, a frame, and the next attempt comes as soon as the first did."""
        attempts = []

        def plug_in():
            attempts.append(time.monotonic())
            if len(attempts) == 4:
                return FakeSource([blank()])
            raise SourceError("nobody home")

        with Grabber(FakeSpec(opener=plug_in), retry=(0.05, 10)) as grabber:
            eventually(lambda: len(attempts) >= 5)
        pauses = np.diff(attempts)
        assert pauses[2] > 0.2
        assert pauses[3] < pauses[2]
        assert grabber.losses == 1

    def test_single_damaged_frames_are_passed_over(self, eventually):
        class Shaky(FakeSource):
            def retrieve(self):
                self.count = getattr(self, "count", 0) + 1
                if self.count % 3 == 0:
                    raise SourceError("a frame that cannot be decoded")
                return super().retrieve()

        source = Shaky((blank() for _ in iter(int, 1)), fps=500)
        with Grabber(FakeSpec(opener=lambda: source)) as grabber:
            eventually(lambda: grabber.grabbed > 60)
            assert (grabber.losses, source.closed) == (0, 0)

    def test_nothing_but_damaged_frames_is_a_loss(self, eventually):
        class Broken(FakeSource):
            def retrieve(self):
                raise SourceError("a frame that cannot be decoded")

        spec = FakeSpec(opener=lambda: Broken((blank() for _ in iter(int, 1)), fps=500))
        with Grabber(spec, retry=(60, 60)) as grabber:
            eventually(lambda: grabber.status().status == "lost")
            assert grabber.status().message == "a frame that cannot be decoded"

    def test_whatever_a_driver_raises_is_a_loss(self, eventually):
        def explode():
            raise OSError("input/output error")

        with Grabber(FakeSpec(opener=explode), retry=(0.01, 0.01)) as grabber:
            eventually(lambda: grabber.status().message == "input/output error")
            assert grabber.failure is None

    def test_a_camera_that_does_not_let_go_is_not_called_off(self, eventually):
        held = threading.Event()

        class Held(FakeSource):
            def grab(self):
                if self.closed or hasattr(self, "grabbed"):
                    held.wait(10)
                self.grabbed = True
                super().grab()

        source = Held([blank()] * 5)
        grabber = Grabber(FakeSpec(opener=lambda: source))
        grabber.start()
        eventually(lambda: grabber.grabbed)
        assert grabber.stop(0.01) is False
        assert grabber.status().status == "stopping"
        assert grabber.frames.peek()[1] is None
        held.set()
        eventually(lambda: grabber.status().status == "paused")
        assert grabber.frames.peek()[1] is None, "a frame came after the end"
        assert source.closed == 1

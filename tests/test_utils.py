"""The hand-off, the worker, the sources and the grabber."""

import http.server
import socket
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

import utils
from errors import SourceError
from tests.fakes import FakeSource, FakeSpec, blank, steady_spec
from utils import FileSource, Grabber, Latest, SourceSpec, Worker, find_webcam, parse_source


class TestLatest:
    def test_a_reader_gets_the_newest_value_only(self):
        hand_off = Latest()
        for value in "abc":
            hand_off.publish(value)
        assert hand_off.wait_newer(0, timeout=0) == (3, "c")

    def test_a_reader_with_the_newest_value_waits_in_vain(self):
        hand_off = Latest()
        sequence = hand_off.publish("a")
        assert hand_off.wait_newer(sequence, timeout=0.01) is None

    def test_every_waiting_reader_is_woken(self):
        hand_off, got = Latest(), []
        readers = [
            threading.Thread(target=lambda: got.append(hand_off.wait_newer(0, 5))) for _ in range(5)
        ]
        for reader in readers:
            reader.start()
        hand_off.publish("x")
        for reader in readers:
            reader.join(5)
        assert got == [(1, "x")] * 5

    def test_closing_lets_readers_go_at_once(self):
        hand_off = Latest()
        reader = threading.Thread(target=lambda: hand_off.wait_newer(0, timeout=60))
        reader.start()
        hand_off.close()
        reader.join(5)
        assert not reader.is_alive()


class Ticker(Worker):
    def __init__(self):
        super().__init__("ticker")
        self.runs = 0
        self.begun = threading.Event()

    def run(self, stop):
        self.runs += 1
        self.begun.set()
        stop.wait()


class TestWorker:
    def test_starting_and_stopping_twice_does_no_harm(self):
        worker = Ticker()
        worker.stop()
        worker.start()
        worker.start()
        assert worker.begun.wait(5)
        assert worker.stop()
        assert worker.stop()
        assert worker.runs == 1

    def test_it_can_be_started_again(self):
        worker = Ticker()
        for _ in range(3):
            worker.begun.clear()
            with worker:
                assert worker.begun.wait(5)
        assert worker.runs == 3

    def test_a_thread_that_fails_says_why(self, eventually, caplog):
        class Broken(Worker):
            def run(self, stop):
                raise RuntimeError("the lens cap is on")

        worker = Broken("broken")
        with worker:
            eventually(lambda: worker.failure)
        assert worker.failure == "broken failed: the lens cap is on"
        assert "the lens cap is on" in caplog.text


def open_handles():
    """What this process has open, where the system tells (Linux's /proc)."""
    folder = Path("/proc/self/fd")
    found = folder.iterdir() if folder.is_dir() else ()
    return [str(handle.readlink()) for handle in found if handle.is_symlink()]


class TestGrabber:
    def test_the_newest_frame_is_kept_with_its_time(self, eventually):
        before = time.time()
        with Grabber(steady_spec()) as grabber:
            eventually(lambda: grabber.grabbed > 3)
            _, frame = grabber.frames.peek()
        assert frame.image.shape == (48, 64, 3)
        assert before <= frame.captured_at <= time.time()

    def test_the_rate_is_measured(self, eventually):
        with Grabber(steady_spec(fps=50)) as grabber:
            eventually(lambda: grabber.grabbed > 25)
            assert 25 < grabber.status().fps < 55

    def test_a_camera_that_is_unplugged_comes_back_100_times(self, eventually):
        opened = []

        def plug_in():
            opened.append(FakeSource([blank()]))
            return opened[-1]

        threads = threading.active_count()
        files = len(open_handles())
        with Grabber(FakeSpec(opener=plug_in), retry=(0.001, 0.002)) as grabber:
            eventually(lambda: grabber.losses >= 100)
            assert threading.active_count() == threads + 1
        assert threading.active_count() == threads
        assert [source.closed for source in opened] == [1] * len(opened)
        assert len(open_handles()) <= files

    def test_a_lost_file_leaks_no_handle(self, clip, eventually):
        """The same with real captures, which hold real handles."""

        class Failing(FileSource):
            def retrieve(self):
                raise SourceError("torn out")

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
        with grabber:
            eventually(lambda: grabber.grabbed >= 100)
            sequence, _ = grabber.frames.peek()
        assert 1 <= sequence <= 8


@pytest.fixture(scope="session")
def clip(tmp_path_factory) -> Path:
    """A short video of a grey ramp, 20 frames at 50 frames/s."""
    path = tmp_path_factory.mktemp("clips") / "ramp.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 50, (64, 48))
    for n in range(20):
        writer.write(blank(value=12 * n))
    writer.release()
    return path


class TestFile:
    def test_it_plays_at_its_own_rate(self, clip):
        source = FileSource(clip)
        begun = time.monotonic()
        for _ in range(11):
            source.grab()
        source.close()
        assert time.monotonic() - begun >= 10 / 50

    def test_unpaced_it_plays_as_fast_as_it_decodes(self, clip, monkeypatch):
        monkeypatch.setattr(utils.time, "sleep", lambda _: pytest.fail("it waited"))
        source = FileSource(clip, paced=False)
        for _ in range(50):
            source.grab()
        source.close()

    def test_it_starts_again_at_its_end(self, clip):
        source = FileSource(clip, paced=False)
        levels = []
        for _ in range(45):
            source.grab()
            levels.append(int(source.retrieve().mean()))
        source.close()
        assert levels[:20] == levels[20:40]
        assert levels[0] < 5 < 200 < levels[19]

    def test_a_truncated_video_plays_as_far_as_it_goes(self, clip, tmp_path):
        torn = tmp_path / "torn.avi"
        torn.write_bytes(clip.read_bytes()[: clip.stat().st_size * 2 // 3])
        source = SourceSpec("file", str(torn)).open()
        for _ in range(40):
            source.grab()
            assert source.retrieve().shape == (48, 64, 3)
        source.close()

    @pytest.mark.parametrize("content", [b"", b"no video at all\n" * 100])
    def test_a_file_that_is_no_video_is_refused(self, tmp_path, content):
        path = tmp_path / "notes.mp4"
        path.write_bytes(content)
        with pytest.raises(SourceError, match=r"^source: expected a video FFmpeg can read in 'not"):
            SourceSpec("file", str(path)).open()


class TestUrl:
    def test_a_stream_over_http_is_read(self, clip):
        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *args):
                super().__init__(*args, directory=str(clip.parent))

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            spec = parse_source(
                f"http://127.0.0.1:{server.server_port}/{clip.name}", (1, 1), 1, True
            )
            source = spec.open()
            assert source.retrieve().shape == (48, 64, 3)
            source.close()
            server.shutdown()

    def test_a_server_that_never_answers_is_given_up(self, monkeypatch):
        monkeypatch.setattr(utils, "OPEN_TIMEOUT", 0.5)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            begun = time.monotonic()
            with pytest.raises(
                SourceError, match=f"expected a video stream at http://127.0.0.1:{port}"
            ):
                SourceSpec("url", f"http://127.0.0.1:{port}/live").open()
        assert time.monotonic() - begun < 5

    def test_its_password_is_never_shown(self):
        spec = parse_source("rtsp://me:secret@camera.local/1", (1, 1), 1, True)
        assert spec.name == "rtsp://camera.local/1"


class FakeCapture:
    """`cv2.VideoCapture` for a webcam, with what was asked of it."""

    made: list["FakeCapture"] = []  # noqa: RUF012
    works_on: set[int] = set()  # noqa: RUF012

    def __init__(self, index, backend):
        self.index, self.backend, self.asked, self.released = index, backend, [], 0
        FakeCapture.made.append(self)

    def isOpened(self):  # noqa: N802
        return self.index in self.works_on

    def set(self, key, value):
        self.asked.append((key, value))

    def grab(self):
        return True

    def retrieve(self):
        image = blank()
        image[:, :32] = 255
        return True, image

    def release(self):
        self.released += 1


@pytest.fixture
def webcams(monkeypatch):
    """Replace OpenCV's captures; the test says which indices work."""
    FakeCapture.made, FakeCapture.works_on = [], set()
    monkeypatch.setattr(utils.cv2, "VideoCapture", FakeCapture)
    return FakeCapture


class TestWebcam:
    @pytest.mark.parametrize(
        ("platform", "backend"),
        [
            ("linux", cv2.CAP_V4L2),
            ("darwin", cv2.CAP_AVFOUNDATION),
            ("win32", cv2.CAP_DSHOW),
        ],
    )
    def test_backend_format_size_and_rate(self, webcams, monkeypatch, platform, backend):
        monkeypatch.setattr(utils.sys, "platform", platform)
        webcams.works_on = {2}
        parse_source("2", (1280, 720), 25, mirror=False).open().close()
        (capture,) = webcams.made
        assert (capture.index, capture.backend) == (2, backend)
        asked = dict(capture.asked)
        assert asked[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"MJPG")
        assert asked[cv2.CAP_PROP_FRAME_WIDTH] == 1280
        assert asked[cv2.CAP_PROP_FRAME_HEIGHT] == 720
        assert asked[cv2.CAP_PROP_FPS] == 25
        # The format before the size, or a camera keeps the sizes of its old format.
        assert capture.asked[0][0] == cv2.CAP_PROP_FOURCC
        assert capture.released == 1

    def test_windows_falls_back_to_media_foundation(self, webcams, monkeypatch):
        monkeypatch.setattr(utils.sys, "platform", "win32")
        with pytest.raises(SourceError):
            parse_source("0", (640, 480), 30, mirror=True).open()
        assert [c.backend for c in webcams.made] == [cv2.CAP_DSHOW, cv2.CAP_MSMF]
        assert all(c.released for c in webcams.made)

    def test_it_is_mirrored_unless_told_otherwise(self, webcams):
        webcams.works_on = {0}
        mirrored = parse_source("0", (64, 48), 30, mirror=True).open()
        plain = parse_source("0", (64, 48), 30, mirror=False).open()
        assert mirrored.retrieve()[0, 0, 0] == 0
        assert plain.retrieve()[0, 0, 0] == 255

    def test_an_index_without_a_camera_is_refused(self, webcams):
        with pytest.raises(SourceError, match="expected a camera at index 9, but camera 9 cannot"):
            parse_source("9", (640, 480), 30, mirror=True).open()

    def test_auto_takes_the_first_that_delivers(self, webcams, monkeypatch):
        monkeypatch.setattr(utils.sys, "platform", "darwin")
        webcams.works_on = {1, 3}
        spec, source = find_webcam(SourceSpec("webcam", "0"))
        assert spec.target == "1"
        assert source.retrieve().shape == (48, 64, 3)

    def test_auto_finds_nothing(self, webcams, monkeypatch):
        monkeypatch.setattr(utils.sys, "platform", "darwin")
        assert find_webcam(SourceSpec("webcam", "0")) is None
        assert all(c.released for c in webcams.made)


def test_a_source_that_is_nothing_is_refused():
    with pytest.raises(SourceError, match="got 'nowhere.mp4', which is none of these"):
        parse_source("nowhere.mp4", (640, 480), 30, mirror=True)


def test_demo_delivers_frames():
    source = parse_source("demo", (640, 480), 30, mirror=True).open()
    assert source.retrieve().shape == (480, 640, 3)
    source.close()

"""The sources and the grabber."""

import contextlib
import http.server
import itertools
import socket
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

import utils
from core.errors import SourceError
from tests.fakes import FakeSource, FakeSpec, blank, steady_spec
from utils import FileSource, Grabber, SourceSpec, find_webcam, parse_source


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

    def test_a_first_frame_cut_short_is_no_camera_lost(self, monkeypatch):
        class Waking(FakeSource):
            def retrieve(self):
                self.count = getattr(self, "count", 0) + 1
                if self.count < 3:
                    raise SourceError("a frame that cannot be decoded")
                return super().retrieve()

        source = Waking((blank() for _ in iter(int, 1)), fps=500)
        monkeypatch.setattr(utils, "_open_webcam", lambda _: source)
        assert SourceSpec("webcam", "0").open() is source
        assert source.closed == 0

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
    def test_a_colon_in_its_name_is_no_protocol(self, clip, tmp_path, monkeypatch):
        (tmp_path / "2026-11-25T10:30.avi").write_bytes(clip.read_bytes())
        monkeypatch.chdir(tmp_path)
        FileSource(Path("2026-11-25T10:30.avi")).close()

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

    def test_late_frames_are_not_made_up_for(self, clip, monkeypatch):
        now, naps = [100.0], []
        monkeypatch.setattr(utils.time, "monotonic", lambda: now[0])
        monkeypatch.setattr(utils.time, "sleep", naps.append)
        source = FileSource(clip)
        source.grab()
        now[0] += 5
        for _ in range(3):
            source.grab()
        source.close()
        assert naps == pytest.approx([0.02], abs=1e-6)

    def test_it_starts_again_at_its_end(self, clip):
        source = FileSource(clip, paced=False)
        levels = []
        for _ in range(45):
            source.grab()
            levels.append(int(source.retrieve().mean()))
        source.close()
        assert levels[:20] == levels[20:40]
        assert levels[0] < 5 < 200 < levels[19]

    def test_one_that_is_gone_at_its_end_is_said_to_be(self, clip, tmp_path):
        path = tmp_path / "gone.avi"
        path.write_bytes(clip.read_bytes())
        source = FileSource(path, paced=False)
        path.unlink()
        for _ in range(20):
            source.grab()
        with pytest.raises(SourceError, match=r"^video 'gone\.avi' cannot be opened again$"):
            source.grab()
        source.close()

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
        with pytest.raises(
            SourceError, match=r"^expected a video FFmpeg can read in 'notes.mp4', but "
        ):
            SourceSpec("file", str(path)).open()


@contextlib.contextmanager
def serving(handler):
    """Serve on a free port, silently, and give the address."""
    handler.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


class TestUrl:
    def test_a_video_over_http_plays_at_its_own_rate_again_and_again(self, clip):
        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *args):
                super().__init__(*args, directory=str(clip.parent))

        with serving(Handler) as address:
            source = parse_source(f"{address}/{clip.name}", (1, 1), 1, True).open()
            assert source.retrieve().shape == (48, 64, 3)
            begun = time.monotonic()
            for _ in range(45):  # twice its 20 frames and more
                source.grab()
            assert time.monotonic() - begun >= 43 / 50
            source.close()

    def test_a_live_stream_over_http_is_not_paced(self):
        """JPEG after JPEG, as IP cameras send them: what waits in the buffer is taken at once."""
        jpeg = cv2.imencode(".jpg", blank(value=90))[1].tobytes()
        part = b"--x\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n"

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=x")
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write((part % (len(jpeg), jpeg)) * 100)

        with serving(Handler) as address:
            source = SourceSpec("url", f"{address}/live").open()
            begun = time.monotonic()
            for _ in range(60):
                source.grab()
            assert time.monotonic() - begun < 1  # 2.4 s at the 25 frames/s that FFmpeg tells
            with pytest.raises(SourceError, match="stopped delivering frames"):
                [source.grab() for _ in range(100)]
            source.close()

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

    def test_one_that_falls_silent_later_is_given_up_too(self, clip, monkeypatch):
        """A server that sends the start of a video and then nothing more."""
        monkeypatch.setattr(utils, "OPEN_TIMEOUT", 0.5)
        body = clip.read_bytes()
        silent = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body[: len(body) * 3 // 4])
                self.wfile.flush()
                silent.wait(10)

        with serving(Handler) as address:
            source = SourceSpec("url", f"{address}/live").open()
            begun = time.monotonic()
            with pytest.raises(SourceError, match="stopped delivering frames"):
                [source.grab() for _ in range(50)]
            assert time.monotonic() - begun < 5
            source.close()
            silent.set()

    @pytest.mark.parametrize(
        "url",
        [
            "rtsp://me:secret@camera.local/1",
            "RTSP://me:sec@ret@camera.local/1",
            "rtsp://camera.local/1?user=me&pwd=secret",
        ],
    )
    def test_its_password_is_never_shown(self, url):
        spec = parse_source(url, (1, 1), 1, True)
        assert (spec.kind, spec.name) == ("url", "rtsp://camera.local/1")

    @pytest.mark.parametrize("url", ["rtsp://me:p[ss@camera.local/1", "rtsp://[fe80::1/1"])
    def test_one_that_is_none_is_refused_without_its_password(self, url):
        with pytest.raises(SourceError, match="not a URL") as refused:
            parse_source(url, (1, 1), 1, True)
        assert "p[ss" not in str(refused.value)


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

    def test_one_that_delivers_nothing_is_closed(self, webcams, monkeypatch):
        webcams.works_on = {0}
        monkeypatch.setattr(webcams, "grab", lambda _: False)
        with pytest.raises(SourceError, match="but camera 0 stopped delivering frames"):
            parse_source("0", (640, 480), 30, mirror=True).open()
        assert [capture.released for capture in webcams.made] == [1]

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


@pytest.mark.parametrize("text", ["nowhere.mp4", "x" * 5000, "99999999999", "-1", "", "²"])
def test_a_source_that_is_nothing_is_refused(text):
    with pytest.raises(SourceError) as refused:
        parse_source(text, (640, 480), 30, mirror=True)
    assert f"got '{text[:80]}', which is none of these" in str(refused.value)


def test_demo_delivers_frames():
    source = parse_source("demo", (640, 480), 30, mirror=True).open()
    assert source.retrieve().shape == (480, 640, 3)
    source.close()

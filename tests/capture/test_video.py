"""Files and streams, as OpenCV reads them."""

import contextlib
import http.server
import socket
import threading
import time
from pathlib import Path

import cv2
import pytest

from capture import video
from capture.spec import SourceSpec, parse_source
from capture.video import FileSource
from core.errors import SourceError
from tests.fakes import blank


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
        monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("it waited"))
        source = FileSource(clip, paced=False)
        for _ in range(50):
            source.grab()
        source.close()

    def test_late_frames_are_not_made_up_for(self, clip, monkeypatch):
        now, naps = [100.0], []
        monkeypatch.setattr(time, "monotonic", lambda: now[0])
        monkeypatch.setattr(time, "sleep", naps.append)
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
        monkeypatch.setattr(video, "OPEN_TIMEOUT", 0.5)
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
        monkeypatch.setattr(video, "OPEN_TIMEOUT", 0.5)
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

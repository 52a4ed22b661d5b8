"""The MJPEG stream and the snapshot."""

import itertools
import re
import time

import pytest

from tests.fakes import FakeSource, FakeSpec, blank
from tests.web.conftest import make_services
from web.app import create_app
from web.views.stream import multipart

PART = re.compile(
    rb"\AContent-Type: image/jpeg\r\nContent-Length: (\d+)\r\nX-Timestamp: (\d+\.\d+)\r\n"
    rb"X-Sequence: (\d+)\r\n\r\n(\xff\xd8.*\xff\xd9)\r\n--frame\r\n\Z",
    re.DOTALL,
)


class TestParts:
    def test_each_is_whole_and_ends_with_its_boundary(self, services):
        with services.live:
            parts = multipart(services.live)
            assert next(parts) == b"--frame\r\n"
            sequences = []
            for _ in range(5):
                length, timestamp, sequence, jpeg = PART.match(next(parts)).groups()
                assert int(length) == len(jpeg)
                assert abs(float(timestamp) - time.time()) < 5
                sequences.append(int(sequence))
            parts.close()
        assert sequences == sorted(set(sequences))

    def test_a_viewer_counts_while_it_watches(self, services, eventually):
        with services.live:
            parts = multipart(services.live)
            next(parts)
            assert services.live.viewers == 1
            parts.close()
            assert services.live.viewers == 0

    def test_fps_lowers_the_rate(self, services):
        with services.live:
            parts = multipart(services.live, fps=10)
            next(parts)
            times = [float(PART.match(next(parts)).group(2)) for _ in range(5)]
            parts.close()
        assert min(b - a for a, b in itertools.pairwise(times)) >= 0.07

    def test_a_slow_viewer_skips_to_the_newest(self, services, eventually):
        with services.live:
            parts = multipart(services.live)
            next(parts)
            first = int(PART.match(next(parts)).group(3))
            eventually(lambda: services.live.jpegs.peek()[0] > first + 10)
            newest = services.live.jpegs.peek()[0]
            assert int(PART.match(next(parts)).group(3)) >= newest
            parts.close()

    def test_a_clock_set_back_does_not_stop_it(self, services, monkeypatch):
        with services.live:
            parts = multipart(services.live)
            next(parts)
            before = float(PART.match(next(parts)).group(2))
            monkeypatch.setattr("utils.time.time", lambda: before - 3600)
            stamps = [float(PART.match(next(parts)).group(2)) for _ in range(5)]
            parts.close()
        assert stamps[-1] < before

    def test_where_no_picture_comes_it_writes_on(self, services):
        """Only writing tells that a viewer has gone."""
        with services.live:
            parts = multipart(services.live)
            next(parts)
            first = next(parts)
            services.live.publisher.stop()
            while PART.match(again := next(parts)).group(3) != PART.match(first).group(3):
                first = again
            parts.close()

    def test_it_ends_with_the_camera(self, services):
        with services.live:
            parts = multipart(services.live)
            next(parts)
        assert list(parts) == []


class TestFeed:
    def test_headers(self, live_client):
        response = live_client.get("/video_feed", buffered=False)
        assert response.headers["Content-Type"] == "multipart/x-mixed-replace; boundary=frame"
        assert response.headers["Cache-Control"] == "no-store"
        response.close()

    def test_head_does_not_stream(self, live_client, services):
        response = live_client.head("/video_feed")
        assert response.status_code == 200
        assert services.live.viewers == 0

    @pytest.mark.parametrize("fps", ["0", "-1", "nan", "inf", "1e9", "fast", ""])
    def test_an_absurd_rate_is_refused(self, client, fps):
        response = client.get("/video_feed", query_string={"fps": fps})
        assert response.status_code == 400
        assert response.json["error"]["message"] == f"fps: expected 0.1 to 240, got '{fps}'"

    def test_one_viewer_too_many_is_told(self, services, monkeypatch):
        monkeypatch.setattr("web.views.stream.MAX_VIEWERS", 0)
        response = create_app(services).test_client().get("/video_feed")
        assert response.status_code == 503
        assert response.json["error"]["code"] == "too_many_viewers"


class TestSnapshot:
    def test_a_fresh_picture_though_nobody_watches(self, live_client):
        before = time.time()
        response = live_client.get("/snapshot.jpg")
        assert response.mimetype == "image/jpeg"
        assert response.data.startswith(b"\xff\xd8")
        assert float(response.headers["X-Timestamp"]) >= before - 0.5

    def test_none_is_told(self, monkeypatch):
        monkeypatch.setattr("web.views.stream.SNAPSHOT_TIMEOUT_S", 0.05)
        spec = FakeSpec(opener=lambda: FakeSource([blank()]))
        response = create_app(make_services(spec=spec)).test_client().get("/snapshot.jpg")
        assert response.status_code == 503

"""What `--source` names, and webcams."""

import sys

import cv2
import pytest

from capture import video
from capture.spec import SourceSpec, find_webcam, parse_source
from core.errors import SourceError
from tests.fakes import FakeSource, blank


class FakeCapture:
    """`cv2.VideoCapture` for a webcam, with what was asked of it."""

    made: list["FakeCapture"] = []  # noqa: RUF012
    works_on: set[int] = set()  # noqa: RUF012

    def __init__(self, index, backend):
        self.index, self.backend, self.properties, self.released = index, backend, [], 0
        FakeCapture.made.append(self)

    def isOpened(self):  # noqa: N802
        return self.index in self.works_on

    def set(self, key, value):
        self.properties.append((key, value))

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
    monkeypatch.setattr(video.cv2, "VideoCapture", FakeCapture)
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
        monkeypatch.setattr(sys, "platform", platform)
        webcams.works_on = {2}
        parse_source("2", (1280, 720), 25, mirror=False).open().close()
        (capture,) = webcams.made
        assert (capture.index, capture.backend) == (2, backend)
        properties = dict(capture.properties)
        assert properties[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"MJPG")
        assert properties[cv2.CAP_PROP_FRAME_WIDTH] == 1280
        assert properties[cv2.CAP_PROP_FRAME_HEIGHT] == 720
        assert properties[cv2.CAP_PROP_FPS] == 25
        # The format before the size, or a camera keeps the sizes of its old format.
        assert capture.properties[0][0] == cv2.CAP_PROP_FOURCC
        assert capture.released == 1

    def test_windows_falls_back_to_media_foundation(self, webcams, monkeypatch):
        monkeypatch.setattr(sys, "platform", "win32")
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
        monkeypatch.setattr(sys, "platform", "darwin")
        webcams.works_on = {1, 3}
        spec, source = find_webcam(SourceSpec("webcam", "0"))
        assert spec.target == "1"
        assert source.retrieve().shape == (48, 64, 3)

    def test_auto_finds_nothing(self, webcams, monkeypatch):
        monkeypatch.setattr(sys, "platform", "darwin")
        assert find_webcam(SourceSpec("webcam", "0")) is None
        assert all(c.released for c in webcams.made)

    def test_a_first_frame_cut_short_is_no_camera_lost(self, monkeypatch):
        class Waking(FakeSource):
            def retrieve(self):
                self.count = getattr(self, "count", 0) + 1
                if self.count < 3:
                    raise SourceError("a frame that cannot be decoded")
                return super().retrieve()

        source = Waking((blank() for _ in iter(int, 1)), fps=500)
        monkeypatch.setattr(video, "open_webcam", lambda *_, **__: source)
        assert SourceSpec("webcam", "0").open() is source
        assert source.closed == 0


@pytest.mark.parametrize("text", ["nowhere.mp4", "x" * 5000, "99999999999", "-1", "", "²"])
def test_a_source_that_is_nothing_is_refused(text):
    with pytest.raises(SourceError) as refused:
        parse_source(text, (640, 480), 30, mirror=True)
    assert f"got '{text[:80]}', which is none of these" in str(refused.value)


def test_demo_delivers_frames():
    source = parse_source("demo", (640, 480), 30, mirror=True).open()
    assert source.retrieve().shape == (480, 640, 3)
    source.close()

"""The browser's own camera: real Chromium, its camera a film of the drawn face."""

import contextlib
import socket

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect

import demo
from config import Config
from tests.browser.chromium import find_browser
from tests.browser.conftest import ARTEFACTS
from tests.test_main import started
from tests.web.conftest import make_services
from utils import SourceSpec

FAKE_CAMERA = "--use-fake-device-for-media-stream"


def film(path, emotion, seconds=2):
    """Write an MJPEG film, as Chromium's fake camera plays it, of a face with one expression."""
    start = demo.EXPRESSIONS.index(emotion) * demo.HOLD_SECONDS + demo.TRANSITION_SECONDS
    frames = [demo.render(start + n / 20) for n in range(20 * seconds)]
    path.write_bytes(b"".join(cv2.imencode(".jpg", frame)[1].tobytes() for frame in frames))
    return path


def two_faces(seconds):
    """Return a JPEG of a happy face, left, and a smaller sad one beside it."""
    happy, sad = (
        demo.render(
            demo.EXPRESSIONS.index(emotion) * demo.HOLD_SECONDS + demo.TRANSITION_SECONDS + seconds,
            *size,
        )
        for emotion, size in (("happy", (400, 360)), ("sad", (304, 270)))
    )
    beside = cv2.copyMakeBorder(sad, 60, 30, 0, 0, cv2.BORDER_REPLICATE)
    return cv2.imencode(".jpg", np.hstack([happy, beside]))[1].tobytes()


@pytest.fixture
def launch(browser):
    """Start browsers of their own, each with its camera; `browser` knows whether there is one."""
    with contextlib.ExitStack() as running:

        def start(*arguments, width=1280, height=800, **options):
            chromium = browser.browser_type
            started = chromium.launch(
                executable_path=find_browser(chromium.executable_path),
                args=["--no-sandbox", "--disable-gpu", *arguments],
            )
            running.callback(started.close)
            context = started.new_context(
                viewport={"width": width, "height": height},
                permissions=["camera", "microphone"],
                **options,
            )
            return context.new_page()

        yield start


@pytest.fixture(scope="module")
def address():
    """The whole product with the shipped model, waiting for a browser's pictures."""
    with started("--source", "browser") as (_, address):
        yield address


def press(page, address):
    page.goto(address)
    page.get_by_role("button", name="Use my camera").click()


class TestItSees:
    def test_two_browsers_have_moods_of_their_own(self, launch, address, tmp_path):
        pages = {}
        for emotion in ("happy", "surprise"):
            path = film(tmp_path / f"{emotion}.mjpeg", emotion)
            pages[emotion] = launch(FAKE_CAMERA, f"--use-file-for-fake-video-capture={path}")
            press(pages[emotion], address)
        for emotion, page in pages.items():
            expect(page.locator("#mood")).to_have_text(emotion.capitalize(), timeout=30_000)
            expect(page.locator("#playlist-title")).to_have_text(
                f"Songs for {emotion.capitalize()}"
            )
            expect(page.locator("#boxes div")).to_have_count(1)
            expect(page.locator("#playlist li")).to_have_count(10)
        ARTEFACTS.mkdir(exist_ok=True)
        pages["happy"].screenshot(path=ARTEFACTS / "own-camera.png")

    def test_the_box_is_on_the_face(self, launch, address, tmp_path):
        """The picture is mirrored, and so must be the box: the face is left of the middle."""
        path = tmp_path / "left.mjpeg"
        frames = [demo.render(0.5 + n / 20, 480, 360) for n in range(40)]
        canvas = [cv2.copyMakeBorder(f, 120, 0, 0, 160, cv2.BORDER_REPLICATE) for f in frames]
        path.write_bytes(b"".join(cv2.imencode(".jpg", f)[1].tobytes() for f in canvas))
        page = launch(FAKE_CAMERA, f"--use-file-for-fake-video-capture={path}")
        press(page, address)
        box = page.locator("#boxes div")
        expect(box).to_have_count(1, timeout=30_000)
        screen, face = page.locator(".screen").bounding_box(), box.bounding_box()
        middle = (face["x"] + face["width"] / 2 - screen["x"]) / screen["width"]
        assert middle == pytest.approx(1 - 240 / 640, abs=0.08)

    def test_whose_mood_counts_can_be_chosen_by_where_they_stand(self, launch, address, tmp_path):
        """On the page, as in a mirror, the film's small face on the right is the left one."""
        path = tmp_path / "two.mjpeg"
        path.write_bytes(b"".join(two_faces(n / 20) for n in range(40)))
        page = launch(FAKE_CAMERA, f"--use-file-for-fake-video-capture={path}")
        press(page, address)
        expect(page.locator("#boxes div")).to_have_count(2, timeout=30_000)
        expect(page.locator("#mood")).to_have_text("Happy")
        page.get_by_label("Mood of").select_option("the left face")
        expect(page.locator("#mood")).to_have_text("Sad")
        page.get_by_label("Mood of").select_option("everybody")
        expect(page.get_by_label("Mood of")).to_have_value("average")
        page.screenshot(path=ARTEFACTS / "two-faces.png")

    def test_turned_off_it_lets_go_of_the_camera(self, launch, address, tmp_path):
        path = film(tmp_path / "happy.mjpeg", "happy")
        page = launch(FAKE_CAMERA, f"--use-file-for-fake-video-capture={path}")
        press(page, address)
        expect(page.locator("#status")).to_contain_text("Live", timeout=30_000)
        track = "document.getElementById('own-video').srcObject.getTracks()[0]"
        page.evaluate(f"window.track = {track}")
        page.get_by_role("button", name="Turn my camera off").click()
        expect(page.locator("#status")).to_have_text("No camera")
        assert page.evaluate("track.readyState") == "ended"

    def test_a_slow_way_gets_smaller_pictures(self, launch, address):
        page = launch(FAKE_CAMERA)
        widths = []

        def note(route):
            data = np.frombuffer(route.request.post_data_buffer, np.uint8)
            widths.append(cv2.imdecode(data, cv2.IMREAD_COLOR).shape[1])
            route.continue_()

        page.route("**/api/frame", note)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        slow = {"offline": False, "latency": 300, "downloadThroughput": -1, "uploadThroughput": -1}
        session.send("Network.emulateNetworkConditions", slow)
        press(page, address)
        while len(widths) < 12:
            with page.expect_response("**/api/frame", timeout=20_000):
                pass
        assert (widths[0], widths[-1]) == (480, 320)


class TestRefusals:
    """Each reason why there is no picture is told, with the way out."""

    def test_no_camera(self, launch, address):
        page = launch()
        press(page, address)
        expect(page.locator("#action-error")).to_contain_text("This device has no camera.")

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("NotAllowedError", "The camera was refused. Allow it beside this page's address"),
            ("NotReadableError", "Another program is using the camera. Close it there"),
        ],
    )
    def test_refused_or_taken(self, launch, address, name, words):
        page = launch(FAKE_CAMERA)
        page.add_init_script(
            "navigator.mediaDevices.getUserMedia = "
            f"() => Promise.reject(new DOMException('no', '{name}'))"
        )
        press(page, address)
        expect(page.locator("#action-error")).to_contain_text(words)

    def test_a_page_that_came_by_http_from_another_computer(self, launch, serve):
        """Browsers give no camera to http pages but those of their own computer."""
        config = Config(host="0.0.0.0", token="correct horse")
        services = make_services(config, spec=SourceSpec("browser"))
        port = serve(services).rsplit(":", 1)[1]
        name = socket.gethostname().lower()
        page = launch(FAKE_CAMERA, f"--host-resolver-rules=MAP {name} 127.0.0.1")
        page.goto(f"http://{name}:{port}login")
        page.get_by_label("Access token").fill("correct horse")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Use my camera").click()
        expect(page.locator("#action-error")).to_contain_text("--tls")
        expect(page.locator("#action-error")).to_contain_text("choose a photo")

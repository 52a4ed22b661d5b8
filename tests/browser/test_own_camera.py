"""The browser's own camera: real Chromium, its camera a film of the drawn face."""

import re
import socket
import threading

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect

from capture import demo
from capture.spec import SourceSpec
from config import Config
from core.labels import EMOTIONS
from tests.browser.conftest import (
    ARTEFACTS,
    FAKE_CAMERA,
    FAKE_PERMISSION,
    make_services,
    visitor_of,
)
from tests.browser.test_page import HIDE, free_port
from tests.test_main import started
from web.cameras import BrowserCamera
from web.visitors import Visitor


def face(emotion, seconds, width=640, height=480):
    """Return the drawn face while it holds one expression."""
    begin = demo.EXPRESSIONS.index(emotion) * demo.HOLD_SECONDS + demo.TRANSITION_SECONDS
    return demo.render(begin + seconds, width, height)


def two_faces(seconds):
    """Return a happy face and, to the right of it, a smaller sad one."""
    sad = cv2.copyMakeBorder(face("sad", seconds, 304, 270), 60, 30, 0, 0, cv2.BORDER_REPLICATE)
    return np.hstack([face("happy", seconds, 400, 360), sad])


SCENES = {
    "happy": lambda seconds: face("happy", seconds),
    "surprise": lambda seconds: face("surprise", seconds),
    "two faces": two_faces,
}


def first_frames(path, count=60):
    """Yield the beginning of a clip."""
    capture = cv2.VideoCapture(str(path))
    for _ in range(count):
        taken, frame = capture.read()
        if not taken:
            break
        yield frame
    capture.release()


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Write MJPEG films, as Chromium's fake camera plays them over and over; return its option."""

    def film_it(scene, frames=None):
        path = tmp_path_factory.getbasetemp() / f"{scene}.mjpeg"
        if not path.exists():
            frames = frames or (SCENES[scene](n / 20) for n in range(40))
            pictures = (cv2.imencode(".jpg", frame)[1].tobytes() for frame in frames)
            path.write_bytes(b"".join(pictures))
        return f"--use-file-for-fake-video-capture={path}"

    return film_it


@pytest.fixture(scope="module")
def address():
    """The whole product with the shipped model, waiting for a browser's pictures."""
    with started("--source", "browser") as (_, address):
        yield address


@pytest.fixture
def services():
    """A server that sees the same sad face in every picture."""
    return make_services(spec=SourceSpec("browser"))


def press(page, address):
    page.goto(address)
    page.get_by_role("button", name="Use my camera").click()


def turn_off(page):
    page.get_by_role("button", name="Turn my camera off").click()


class TestItSees:
    def test_two_browsers_have_moods_of_their_own(self, launch, address, film):
        pages = {}
        for emotion in ("happy", "surprise"):
            pages[emotion] = launch(*FAKE_CAMERA, film(emotion))
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

    @pytest.mark.parametrize(
        "clip", ["intel_again.mkv", "intel_yes.mkv", "intel_head_pose_male.gif"]
    )
    def test_real_faces(self, launch, address, film, faces_dir, clip):
        page = launch(*FAKE_CAMERA, film(clip, first_frames(faces_dir / clip)))
        press(page, address)
        box = page.locator("#boxes div")
        expect(box).to_have_count(1, timeout=30_000)
        expect(page.locator("#status")).to_contain_text("Live")
        expect(box).to_have_text(re.compile("|".join([*EMOTIONS, "Not sure"]), re.IGNORECASE))
        shares = page.locator(".bars .value").evaluate_all(
            "values => values.map((value) => parseInt(value.textContent))"
        )
        assert sum(shares) == pytest.approx(100, abs=4)
        inside = box.evaluate(
            """box => {
                const face = box.getBoundingClientRect();
                const picture = document.getElementById("own-video").getBoundingClientRect();
                return face.height > picture.height / 6 && face.top >= picture.top - 1
                    && face.bottom <= picture.bottom + 1;
            }"""
        )
        assert inside

    def test_boxes_are_on_the_faces_and_one_can_be_chosen(self, launch, address, film):
        """The page mirrors the picture: the film's small face on the right is the left one."""
        page = launch(*FAKE_CAMERA, film("two faces"))
        press(page, address)
        boxes = page.locator("#boxes div")
        expect(boxes).to_have_count(2, timeout=30_000)
        expect(page.locator("#mood")).to_have_text("Happy")
        middles = page.evaluate(
            """() => {
                const screen = document.querySelector(".screen").getBoundingClientRect();
                return [...document.querySelectorAll("#boxes div")].map((box) => {
                    const { left, width } = box.getBoundingClientRect();
                    return (left + width / 2 - screen.left) / screen.width;
                }).sort();
            }"""
        )
        assert middles == pytest.approx([1 - (400 + 304 / 2) / 704, 1 - 200 / 704], abs=0.08)
        page.get_by_label("Mood of").select_option("the left face")
        expect(page.locator("#mood")).to_have_text("Sad")
        expect(page.locator("#playlist-title")).to_have_text("Songs for Sad")
        ARTEFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTEFACTS / "two-faces.png", animations="disabled")
        page.get_by_label("Mood of").select_option("everybody")
        expect(page.get_by_label("Mood of")).to_have_value("average")

    def test_a_slow_way_gets_smaller_pictures(self, launch, serve, services):
        page = launch(*FAKE_CAMERA)
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
        press(page, serve(services))
        while len(widths) < 10:
            with page.expect_response("**/api/frame", timeout=20_000):
                pass
        assert (widths[0], widths[-1]) == (480, 320)

    def test_an_answer_from_before_a_press_does_not_undo_it(
        self, launch, serve, services, eventually
    ):
        page = launch(*FAKE_CAMERA)
        press(page, serve(services))
        mood, lift = page.locator("#mood"), page.get_by_role("radio", name="Lift")
        expect(mood).to_have_text("Sad")
        held = []
        page.route(
            "**/api/frame", lambda route: held.append((route, None if held else route.fetch()))
        )
        eventually(lambda: page.evaluate("1") and held)  # Playwright calls while it is asked
        page.get_by_role("button", name="Happy").click()
        expect(mood).to_have_text("Happy")
        with page.expect_response("**/api/mode"):
            lift.check()
        ((route, answer),) = held
        assert (answer.json()["emotion"], answer.json()["mode"]) == ("sad", "match")
        route.fulfill(response=answer)
        eventually(lambda: page.evaluate("1") and len(held) == 2)  # sent when that is taken in
        assert (mood.text_content(), lift.is_checked()) == ("Happy", True)

    def test_the_server_restarts_under_it(self, launch, film):
        port = free_port()
        page = launch(*FAKE_CAMERA, film("happy"))
        with started("--source", "browser", "--port", port) as (process, address):
            press(page, address)
            expect(page.locator("#mood")).to_have_text("Happy", timeout=30_000)
            process.terminate()
            expect(page.locator("#cover")).to_contain_text("Start it again", timeout=15_000)
            expect(page.locator("#boxes div")).to_have_count(0)
        with started("--source", "browser", "--port", port):
            expect(page.locator("#cover")).to_be_hidden(timeout=15_000)
            expect(page.locator("#mood")).to_have_text("Happy", timeout=30_000)
            expect(page.locator("#boxes div")).to_have_count(1)


def test_its_picture_takes_the_place_of_the_servers(launch, serve):
    """Where the server has a camera too, and stands elsewhere."""
    page = launch(*FAKE_CAMERA)
    # Only a page from another computer offers its camera beside the server's.
    api = "export const isHere = false;"
    page.route(
        "**/static/api.js",
        lambda route: route.fulfill(
            response=(real := route.fetch()),
            body=re.sub(r"export const isHere = .*;", api, real.text()),
        ),
    )
    with (services := make_services()).live:
        page.goto(serve(services))
        page.wait_for_function("() => document.getElementById('video').naturalWidth > 1")
        page.get_by_role("button", name="Use my camera").click()
        expect(page.get_by_role("button", name="Turn my camera off")).to_be_visible()
        expect(page.locator("#own-video")).to_be_visible()
        own, screen = (page.locator(css).bounding_box() for css in ("#own-video", ".screen"))
        assert own == pytest.approx(screen, abs=1)


class TestTurnedOff:
    def test_it_lets_go_of_the_camera_and_can_be_turned_on_again(self, launch, serve, services):
        page = launch(*FAKE_CAMERA)
        press(page, serve(services))
        expect(page.locator("#status")).to_contain_text("Live")
        expect(page.get_by_role("button", name="Turn my camera off")).to_be_focused()
        page.evaluate(
            "window.track = document.getElementById('own-video').srcObject.getTracks()[0]"
        )
        turn_off(page)
        expect(page.locator("#status")).to_have_text("No camera")
        assert page.evaluate("track.readyState") == "ended"
        expect(page.get_by_role("button", name="Use my camera")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#status")).to_contain_text("Live")

    def test_a_picture_under_way_does_not_turn_it_on_again(
        self, launch, serve, services, eventually, monkeypatch
    ):
        done, hold, held, go_on = [], threading.Event(), threading.Event(), threading.Event()
        take, leave = BrowserCamera.take, Visitor.leave_camera

        def slowly_take(camera, image):
            if hold.is_set():
                held.set()
                go_on.wait(10)
            done.append("picture")
            take(camera, image)

        def note_and_leave(visitor):
            done.append("left")
            leave(visitor)

        monkeypatch.setattr(BrowserCamera, "take", slowly_take)
        monkeypatch.setattr(Visitor, "leave_camera", note_and_leave)
        page = launch(*FAKE_CAMERA)
        press(page, serve(services))
        expect(page.locator("#status")).to_contain_text("Live")
        hold.set()
        eventually(held.is_set)
        turn_off(page)
        go_on.set()
        expect(page.locator("#status")).to_have_text("No camera")
        assert done[-2:] == ["picture", "left"]

    def test_leaving_the_page_turns_it_off(self, launch, serve, services, eventually):
        page = launch(*FAKE_CAMERA)
        address = serve(services)
        press(page, address)
        expect(page.locator("#status")).to_contain_text("Live")
        visitor = visitor_of(page, services)
        assert isinstance(visitor.camera, BrowserCamera)
        page.goto(address + "healthz")
        eventually(lambda: not isinstance(visitor.camera, BrowserCamera))

    def test_with_the_server_gone_its_button_says_what_it_does(self, launch, serve, services):
        page = launch(*FAKE_CAMERA)
        press(page, serve(services))
        expect(page.locator("#status")).to_contain_text("Live")
        page.route("**/api/**", lambda route: route.abort())
        turn_off(page)
        expect(page.locator("#own-video")).to_be_hidden()
        expect(page.get_by_role("button", name="Turn my camera off")).to_be_hidden()

    def test_after_a_crash_it_is_offered_again(self, launch, serve, services):
        """A tab that died took no leave; the server waits for its pictures a while."""
        page = launch(*FAKE_CAMERA)
        press(page, serve(services))
        expect(page.locator("#status")).to_contain_text("Live")
        again = page.context.new_page()
        page.route("**/api/frame", lambda route: route.abort())
        again.goto(page.url)
        expect(again.get_by_role("button", name="Use my camera")).to_be_visible(timeout=15_000)
        expect(again.locator("#status")).to_have_text("No picture from your camera")

    def test_unplugged_it_says_so(self, launch, serve, services):
        page = launch(*FAKE_CAMERA)
        press(page, serve(services))
        expect(page.locator("#status")).to_contain_text("Live")
        page.evaluate(
            """() => {
                const [track] = document.getElementById("own-video").srcObject.getTracks();
                track.dispatchEvent(new Event("ended"));
            }"""
        )
        expect(page.get_by_role("alert")).to_have_text("The camera was unplugged or taken away.")
        expect(page.locator("#status")).to_have_text("No camera")


class TestElsewhere:
    def test_another_tab_says_where_the_camera_is(self, launch, serve, services):
        page = launch(*FAKE_CAMERA)
        address = serve(services)
        press(page, address)
        expect(page.locator("#status")).to_contain_text("Live")
        other = page.context.new_page()
        other.goto(address)
        expect(other.locator("#cover")).to_contain_text("in another tab of this browser")
        expect(other.locator("#mood")).to_have_text("Sad")
        turn_off(page)
        expect(other.locator("#cover")).to_contain_text("Your camera is off")

    def test_a_hidden_tab_looks_less_often(self, launch, serve, services):
        page = launch(*FAKE_CAMERA)
        press(page, serve(services))
        expect(page.locator("#status")).to_contain_text("Live")
        page.evaluate(HIDE, True)
        sent = []
        page.on("request", lambda r: sent.append(r) if r.url.endswith("/frame") else None)
        page.wait_for_timeout(2500)
        assert 1 <= len(sent) <= 4


class TestRefusals:
    """Each reason why there is no picture is told, with the way out."""

    def test_no_camera(self, launch, serve, services):
        page = launch(FAKE_PERMISSION)
        press(page, serve(services))
        expect(page.get_by_role("alert")).to_contain_text("This device has no camera.")

    def test_refused(self, launch, serve, services):
        """As in a browser whose person says no: nobody answers its question here."""
        page = launch("--use-fake-device-for-media-stream", width=360, height=640)
        press(page, serve(services))
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("The camera was refused. Allow it beside this page's address")
        button = page.get_by_role("button", name="Use my camera")
        expect(button).to_be_enabled()
        expect(page.get_by_role("heading", name="Your mood, live")).to_be_hidden()
        above, below = alert.bounding_box(), button.bounding_box()
        assert above["y"] + above["height"] < below["y"] + 1, "the words lie on the button"

    def test_taken_by_another_program(self, launch, serve, services):
        page = launch(*FAKE_CAMERA)
        page.add_init_script(
            "navigator.mediaDevices.getUserMedia = "
            "() => Promise.reject(new DOMException('no', 'NotReadableError'))"
        )
        press(page, serve(services))
        expect(page.get_by_role("alert")).to_contain_text(
            "Another program is using the camera. Close it there"
        )
        expect(page.get_by_role("button", name="Use my camera")).to_be_enabled()

    def test_a_video_that_does_not_start(self, launch, serve, services):
        page = launch(*FAKE_CAMERA)
        page.add_init_script(
            "HTMLMediaElement.prototype.play = function () {"
            "  window.track = this.srcObject.getTracks()[0];"
            "  return Promise.reject(new DOMException('no', 'NotAllowedError')); };"
        )
        press(page, serve(services))
        expect(page.get_by_role("alert")).to_contain_text("The camera was refused.")
        assert page.evaluate("track.readyState") == "ended", "the light stays on"

    def test_pictures_that_are_not_taken(self, launch, serve, services):
        page = launch(*FAKE_CAMERA)
        busy = {"error": {"code": "busy", "message": "This computer is busy."}}
        page.route("**/api/frame", lambda route: route.fulfill(status=503, json=busy))
        press(page, serve(services))
        expect(page.get_by_role("alert")).to_have_text("This computer is busy.")
        page.unroute("**/api/frame")
        expect(page.get_by_role("alert")).to_be_hidden()

    def test_a_page_that_came_by_http_from_another_computer(self, launch, serve):
        """Browsers give no camera to http pages but those of their own computer."""
        config = Config(host="0.0.0.0", token="correct horse")
        services = make_services(config, spec=SourceSpec("browser"))
        port = serve(services).rsplit(":", 1)[1]
        name = socket.gethostname().lower()
        page = launch(*FAKE_CAMERA, f"--host-resolver-rules=MAP {name} 127.0.0.1")
        page.goto(f"http://{name}:{port}login")
        page.get_by_label("Access token").fill("correct horse")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Use my camera").click()
        expect(page.get_by_role("alert")).to_contain_text("--tls")
        expect(page.get_by_role("alert")).to_contain_text("choose a photo")

    def test_the_way_out_of_it(self, launch, film, tmp_path):
        """With `--tls` the same page, asked for by the same name, has a camera."""
        secret = "correct horse"
        options = ("--host", "0.0.0.0", "--token", secret, "--tls", "--data-dir", str(tmp_path))
        with started("--source", "browser", *options) as (_, address):
            port = address.rstrip("/").rsplit(":", 1)[1]
            name = socket.gethostname().lower()
            mapped = f"--host-resolver-rules=MAP {name} 127.0.0.1"
            page = launch(*FAKE_CAMERA, film("happy"), mapped, ignore_https_errors=True)
            page.goto(f"https://{name}:{port}/")
            page.get_by_label("Access token").fill(secret)
            page.keyboard.press("Enter")
            page.get_by_role("button", name="Use my camera").click()
            expect(page.locator("#mood")).to_have_text("Happy", timeout=30_000)

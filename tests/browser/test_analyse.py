"""A photo or a voice on the page: chosen or recorded, read, and followed."""

import re
from dataclasses import replace

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect

import demo
from emotion.analyst import Analysis
from emotion.fusion import Fused
from emotion.labels import EMOTIONS
from emotion.speech import SpeechReading
from tests.browser.conftest import FAKE_CAMERA
from tests.test_main import started
from tests.web.conftest import make_services
from utils import SourceSpec


def photo(emotion="happy"):
    begin = demo.EXPRESSIONS.index(emotion) * demo.HOLD_SECONDS + demo.TRANSITION_SECONDS
    jpeg = cv2.imencode(".jpg", demo.render(begin + 0.5))[1].tobytes()
    return {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": jpeg}


class HearsSadness:
    """Stands in for the analyst: it takes any sound and hears sadness."""

    def __init__(self):
        self.voices = []

    def analyse(self, photo, voice):
        self.voices.append(voice)
        rows = np.full(7, 0.05, np.float32)
        rows[EMOTIONS.index("sad")] = 0.7
        heard = SpeechReading("ok", "", "sad", rows)
        return Analysis(None, heard, Fused("ok", "sad", 0.7, rows, ("voice",)))


@pytest.fixture(scope="module")
def address():
    with started("--source", "none") as (_, address):
        yield address


def open_dialog(page):
    page.get_by_role("button", name="Photo or voice").click()
    expect(page.get_by_role("dialog")).to_be_visible()  # and so its script is there
    return page.get_by_role("dialog")


def test_a_photo_is_read_and_followed(open_page, address):
    page = open_page(address)
    dialog = open_dialog(page)
    read = dialog.get_by_role("button", name="Read the mood")
    expect(read).to_be_disabled()
    dialog.get_by_label("Photo").set_input_files(photo())
    page.wait_for_function("() => document.getElementById('photo-preview').naturalWidth === 640")
    read.click()
    expect(page.locator("#analyse-note")).to_have_text(re.compile(r"You look happy\. \d\d% sure\."))
    expect(dialog.get_by_role("listitem")).to_have_count(10)
    dialog.get_by_role("button", name="Follow Happy").click()
    expect(page.locator("#playlist-title")).to_have_text("Songs for Happy")
    open_dialog(page)
    expect(page.locator("#analyse-note")).to_be_empty()
    expect(page.locator("#photo-preview")).to_be_hidden()


def test_a_photo_without_a_face_and_what_is_no_photo_are_told(open_page, address):
    page = open_page(address)
    dialog = open_dialog(page)
    grey = {**photo(), "buffer": cv2.imencode(".jpg", np.full((480, 640, 3), 128))[1].tobytes()}
    for file, words in ((grey, "face"), ({**photo(), "buffer": b"GIF89a"}, "photo")):
        dialog.get_by_label("Photo").set_input_files(file)
        dialog.get_by_role("button", name="Read the mood").click()
        expect(page.locator("#analyse-note")).to_contain_text(words)
        expect(page.locator("#analyse-result li")).to_have_count(0)


def test_a_dropped_photo_is_taken(open_page, address):
    page = open_page(address)
    dialog = open_dialog(page)
    page.evaluate(
        """() => {
            const files = new DataTransfer();
            files.items.add(new File(["x"], "me.jpg", { type: "image/jpeg" }));
            const drop = new DragEvent("drop", { dataTransfer: files, cancelable: true });
            document.getElementById("analyse-dialog").dispatchEvent(drop);
        }"""
    )
    expect(dialog.get_by_role("button", name="Read the mood")).to_be_enabled()


class TestMicrophone:
    @pytest.fixture
    def served(self, serve):
        analyst = HearsSadness()
        services = make_services(spec=SourceSpec("none"))
        return serve(replace(services, analyst=analyst)), analyst

    def test_a_recording_is_sent_and_read(self, launch, served):
        address, analyst = served
        page = launch(*FAKE_CAMERA)
        page.goto(address)
        dialog = open_dialog(page)
        dialog.get_by_role("button", name="Record 5 seconds").click()
        dialog.get_by_role("button", name=re.compile("Stop · [1-4] s")).click()  # a second at least
        expect(page.locator("#replay")).to_be_visible()
        page.wait_for_function("() => document.getElementById('replay').readyState > 0")
        dialog.get_by_role("button", name="Read the mood").click()
        expect(page.locator("#analyse-note")).to_contain_text("sad")
        assert analyst.voices[0][:4] == b"\x1aE\xdf\xa3", "WebM, as the browser records it"

    def test_closing_lets_go_of_the_microphone(self, launch, served):
        page = launch(*FAKE_CAMERA)
        page.add_init_script(
            "const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
            "navigator.mediaDevices.getUserMedia = "
            "async (wanted) => window.opened = await open(wanted);"
        )
        page.goto(served[0])
        dialog = open_dialog(page)
        dialog.get_by_role("button", name="Record 5 seconds").click()
        expect(dialog.get_by_role("button", name=re.compile("Stop"))).to_be_visible()
        page.keyboard.press("Escape")
        page.wait_for_function("() => window.opened.getTracks()[0].readyState === 'ended'")

    def test_closed_while_the_browser_asks_it_never_records(self, launch, served):
        page = launch(*FAKE_CAMERA)
        page.add_init_script(
            "const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
            "navigator.mediaDevices.getUserMedia = (wanted) => new Promise(resolve => {"
            "  window.allow = async () => resolve(window.opened = await open(wanted)); });"
        )
        page.goto(served[0])
        dialog = open_dialog(page)
        dialog.get_by_role("button", name="Record 5 seconds").click()
        page.keyboard.press("Escape")
        page.evaluate("window.allow()")
        page.wait_for_function("() => window.opened?.getTracks()[0].readyState === 'ended'")

    def test_a_refusal_is_told_with_the_way_out(self, launch, served):
        page = launch(*FAKE_CAMERA)
        page.add_init_script(
            "navigator.mediaDevices.getUserMedia = "
            "() => Promise.reject(new DOMException('no', 'NotAllowedError'))"
        )
        page.goto(served[0])
        open_dialog(page).get_by_role("button", name="Record 5 seconds").click()
        expect(page.locator("#analyse-note")).to_contain_text("The microphone was refused.")
        expect(page.locator("#analyse-note")).to_contain_text("choose a sound file")

"""A photo or a voice on the page: chosen or recorded, read, and followed."""

import re
from dataclasses import replace

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect

from audio.clip import decode
from capture import demo
from capture.spec import SourceSpec
from core.labels import EMOTIONS
from core.status import AnalysisStatus
from emotion.fusion import Fused
from emotion.multimodal import Analysis
from emotion.voice.recogniser import SpeechResult
from tests.audio import sounds
from tests.browser.conftest import FAKE_CAMERA, make_services
from tests.conftest import shared_data
from tests.test_main import started


def photo(emotion="happy"):
    begin = demo.EXPRESSIONS.index(emotion) * demo.HOLD_SECONDS + demo.TRANSITION_SECONDS
    jpeg = cv2.imencode(".jpg", demo.render(begin + 0.5))[1].tobytes()
    return {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": jpeg}


class HearsSadness:
    """Stands in for the pipeline: it takes any sound and hears sadness."""

    def __init__(self):
        self.voices = []

    def analyse(self, photo, voice):
        self.voices.append(voice)
        rows = np.full(7, 0.05, np.float32)
        rows[EMOTIONS.index("sad")] = 0.7
        speech = SpeechResult(AnalysisStatus.OK, "", "sad", rows)
        fused = Fused(
            status=AnalysisStatus.OK,
            emotion="sad",
            confidence=0.7,
            probabilities=rows,
            sources=("voice",),
        )
        return Analysis(None, speech, fused)


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
        pipeline = HearsSadness()
        services = make_services(spec=SourceSpec("none"))
        return serve(replace(services, photo_voice=pipeline)), pipeline

    def test_a_recording_is_sent_and_read(self, launch, served):
        address, pipeline = served
        page = launch(*FAKE_CAMERA)
        page.goto(address)
        dialog = open_dialog(page)
        dialog.get_by_role("button", name="Record 5 seconds").click()
        dialog.get_by_role("button", name=re.compile("Stop · [1-4] s")).click()  # a second at least
        expect(page.locator("#replay")).to_be_visible()
        page.wait_for_function("() => document.getElementById('replay').readyState > 0")
        dialog.get_by_role("button", name="Read the mood").click()
        expect(page.locator("#analyse-note")).to_contain_text("sad")
        assert pipeline.voices[0][:4] == b"\x1aE\xdf\xa3", "WebM, as the browser records it"

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


class TestWav:
    """Chromium's microphone plays a WAV in a loop; the server has the models that ship."""

    @pytest.fixture(params=["made up", "real"])
    def heard(self, request, tmp_path_factory):
        """A file to be played, and what it is heard as."""
        if request.param == "real":
            clip = shared_data("RAVDESS", "ravdess", "03-01-03-02-01-01-01.flac").read_bytes()
            samples, emotion = decode(clip), "happy"
        else:
            samples, emotion = sounds.voice(3.0), "neutral"
        path = tmp_path_factory.mktemp("microphone") / "voice.wav"
        path.write_bytes(sounds.encode(np.repeat(samples, 3), rate=48_000))
        return path, emotion

    @pytest.fixture
    def page(self, launch, heard, address):
        page = launch(*FAKE_CAMERA, f"--use-file-for-fake-audio-capture={heard[0]}")
        page.goto(address)
        return page

    def test_it_is_recorded_replayed_sent_and_answered_with_songs(self, page, heard):
        addresses = []
        page.on("request", lambda request: addresses.append(request.url))
        dialog = open_dialog(page)
        page.evaluate(
            """() => {
                const level = document.getElementById("level");
                const record = document.getElementById("record");
                window.recording = { loudest: 0, counted: [] };
                new MutationObserver(() => {
                    const words = record.textContent;
                    if (words !== recording.counted.at(-1)) recording.counted.push(words);
                }).observe(record, { childList: true, characterData: true, subtree: true });
                new MutationObserver(() => {
                    recording.loudest = Math.max(recording.loudest, level.value);
                }).observe(level, { attributes: true });
            }"""
        )
        dialog.get_by_role("button", name="Record 5 seconds").click()
        expect(dialog.get_by_role("button", name="Record again")).to_be_visible(timeout=10_000)
        expect(page.locator("#level")).to_be_hidden()
        recording = page.evaluate("() => window.recording")
        assert recording["counted"] == [
            *(f"Stop · {left} s" for left in (5, 4, 3, 2, 1)),
            "Record again",
        ]
        assert 0.05 < recording["loudest"] <= 1
        replay = page.locator("#replay")
        replay.evaluate("audio => { audio.muted = true; return audio.play(); }")
        page.wait_for_function("() => document.getElementById('replay').currentTime > 0")
        page.keyboard.press("Escape")
        page.wait_for_function("() => document.getElementById('replay').paused")  # not heard on
        page.get_by_role("button", name="Photo or voice").click()
        dialog.get_by_role("button", name="Record 5 seconds").click()
        expect(dialog.get_by_role("button", name="Record again")).to_be_visible(timeout=10_000)
        assert not [url for url in addresses if "/api/analyse" in url], "nothing is sent unasked"
        dialog.get_by_role("button", name="Read the mood").click()
        expect(page.locator("#analyse-note")).to_contain_text(f"You sound {heard[1]}.")
        expect(dialog.get_by_role("listitem")).to_have_count(10)
        dialog.get_by_role("button", name=f"Follow {heard[1].title()}").click()
        expect(page.locator("#playlist-title")).to_have_text(f"Songs for {heard[1].title()}")

    def test_listening_counts_for_the_mood_and_a_sign_stands_while_it_does(self, page, heard):
        sign = page.get_by_text("Microphone on")
        expect(sign).to_be_hidden()
        with page.expect_response("**/api/listen", timeout=20_000) as answered:
            page.get_by_role("button", name="Hear my voice").focus()
            page.keyboard.press("Space")
            expect(sign).to_be_visible()
            expect(page.get_by_role("button", name="Stop listening")).to_be_focused()
        answer = answered.value.json()
        assert (answer["voice"]["status"], answer["voice"]["emotion"]) == ("ok", heard[1])
        assert answer["emotion"] == heard[1]
        expect(page.locator("#playlist-title")).to_have_text(f"Songs for {heard[1].title()}")
        page.keyboard.press("Space")
        expect(sign).to_be_hidden()

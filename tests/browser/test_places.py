"""The wall display, and the page that says how good it is."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from capture.spec import SourceSpec
from config import Config
from core.labels import EMOTIONS
from music.catalogue.files import DEFAULT_SONG_MOODS, Catalogue
from music.recommend.jukebox import Jukebox
from tests.browser.conftest import (
    ARTEFACTS,
    FAKE_CAMERA,
    FAKE_PERMISSION,
    make_services,
    visitor_of,
)
from tests.browser.test_audio import write_wav
from tests.browser.test_page import PIXELS, free_port
from tests.browser.test_player import song
from tests.test_main import started
from web.app import create_app
from web.serving.server import serving

SOUND_UNASKED = "--autoplay-policy=no-user-gesture-required"
"""What a display's browser is started with: without it, a song waits for a first touch."""


class TestKiosk:
    def test_it_shows_picture_mood_and_song_and_recovers_by_itself(self, open_page):
        port = free_port()
        with started("--source", "demo", "--port", port) as (_, address):
            page = open_page(address + "kiosk", 1920, 1080, color_scheme="dark")
            expect(page.locator("#song-title")).not_to_be_empty(timeout=30_000)
            ARTEFACTS.mkdir(exist_ok=True)
            page.screenshot(path=ARTEFACTS / "kiosk.png")
            assert page.locator("button, a, select, input").count() == 0
        expect(page.locator("#cover")).to_contain_text("Waiting for Affectune", timeout=15_000)
        with started("--source", "demo", "--port", port):
            before = page.evaluate(PIXELS)
            page.wait_for_function(f"before => ({PIXELS})() !== before", arg=before, timeout=30_000)
            expect(page.locator("#cover")).to_be_hidden()
            expect(page.locator("#song-title")).not_to_be_empty(timeout=30_000)

    def test_a_song_that_breaks_off_with_the_server_goes_on(self, launch, tmp_path):
        """Long enough that the browser does not hold it all when the server goes."""
        path = tmp_path / "one.wav"
        write_wav(path)
        shelves = {e: (song(path, "Tone one", "Happy"),) for e in EMOTIONS}
        services = make_services(Config(music=tmp_path), spec=SourceSpec("none"))
        jukebox = Jukebox(
            Catalogue(shelves, ()), DEFAULT_SONG_MOODS, services.library, services.records, seed=1
        )
        app = create_app(replace(services, jukebox=jukebox))
        heard = """since => {
            const audio = document.getElementById("audio");
            return !audio.error && !audio.paused && audio.currentTime > since;
        }"""
        port = int(free_port())
        with serving(app, "127.0.0.1", port) as address:
            page = launch(SOUND_UNASKED)
            page.goto(address + "kiosk")
            visitor_of(page, services).session.pin("happy")
            page.wait_for_function(heard, arg=0.3)
        page.evaluate("document.getElementById('audio').currentTime = 100")
        expect(page.locator("#cover")).to_contain_text("Waiting for Affectune", timeout=15_000)
        with serving(app, "127.0.0.1", port):
            page.wait_for_function(heard, arg=100.3)

    def test_where_the_server_has_no_camera_its_own_will_do(self, launch, serve):
        page = launch(*FAKE_CAMERA)
        page.goto(serve(make_services(spec=SourceSpec("browser"))) + "kiosk")
        expect(page.locator("#mood")).to_have_text("Sad")
        expect(page.locator("#boxes div")).to_have_count(1)
        expect(page.locator("#song-title")).not_to_be_empty()

    def test_with_no_camera_at_all_it_says_why(self, launch, serve):
        page = launch(FAKE_PERMISSION)
        page.goto(serve(make_services(spec=SourceSpec("browser"))) + "kiosk")
        expect(page.locator("#cover")).to_contain_text("This device has no camera.")

    def test_a_screen_reader_hears_moods_only(self, open_page, serve):
        services = make_services()
        page = open_page(serve(services) + "kiosk")
        announcement = page.get_by_role("status")
        expect(announcement).to_have_text("Mood: Happy")
        services.live.session.pin("sad")
        expect(announcement).to_have_text("Mood: Sad")
        services.live.pause()
        expect(page.locator("#cover")).to_contain_text("Paused")
        expect(announcement).to_have_text("Mood: Sad")

    @pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1080, 1920), (800, 480)])
    def test_all_of_it_fits_any_display(self, open_page, serve, width, height):
        page = open_page(serve(make_services()) + "kiosk", width, height)
        expect(page.locator("#song-title")).not_to_be_empty()
        assert page.evaluate(
            "() => document.documentElement.scrollWidth <= innerWidth"
            " && document.documentElement.scrollHeight <= innerHeight"
        )

    def test_it_can_be_read_from_afar(self, open_page, serve):
        """5 % of a 24-inch display's height are 15 mm, for three metres at a sign's 1:200."""
        page = open_page(serve(make_services()) + "kiosk", 1920, 1080)
        size = page.evaluate(
            "() => parseFloat(getComputedStyle(document.getElementById('song-title')).fontSize)"
        )
        assert size >= 0.05 * 1080


class TestHowGood:
    def test_the_report_of_the_model_in_use_and_the_rates_of_the_moment(self, open_page):
        with started("--source", "demo") as (_, address):
            page = open_page(address + "how-good")
            expect(page.get_by_role("heading", level=1)).to_have_text("How good is it?")
            expect(page.locator(".confusion tbody tr")).to_have_count(7)
            expect(page.get_by_role("row", name="PrivateTest, one pass")).to_contain_text("%")
            expect(page.locator("#rates")).to_contain_text("Reading an expression", timeout=15_000)
            pictures = page.locator("main > img")
            for index in range(pictures.count()):
                pictures.nth(index).scroll_into_view_if_needed()
            page.wait_for_function("() => [...document.images].every(i => i.naturalWidth > 0)")

    def test_a_model_without_a_report_is_said_to_have_none(self, open_page, serve):
        page = open_page(serve(make_services()) + "how-good")
        expect(page.locator("main")).to_contain_text("no report for the model in use, fake.tflite")

"""The wall display, and the page that says how good it is."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ARTEFACTS
from tests.browser.test_page import PIXELS, free_port
from tests.test_main import started
from tests.web.conftest import make_services


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

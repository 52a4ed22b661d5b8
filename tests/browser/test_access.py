"""For everybody: no serious finding of axe-core on any page, in any of its states."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from capture.spec import SourceSpec
from config import Config
from tests.browser.conftest import make_services
from tests.browser.test_player import play, served  # noqa: F401 - `served` is a fixture
from tests.test_main import started

SCHEMES = ("light", "dark")
DIALOGS = ("How it works", "Your music", "Photo or voice")


def serious(page):
    """Return what axe-core finds serious or critical, in a line each, in both themes."""
    findings = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for finding in (
            Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        ):
            if finding["impact"] in ("serious", "critical"):
                findings += [
                    f"{scheme}: {finding['id']}: {node['html'][:120]}" for node in finding["nodes"]
                ]
    return findings


@pytest.fixture
def open_any(open_page):
    """Open a page in which axe-core's own script may run."""
    return lambda address, *size: open_page(
        address, *size, bypass_csp=True, reduced_motion="reduce"
    )


def test_while_a_song_plays_for_two_faces_and_a_list_waits(open_any, served):  # noqa: F811
    address, services = served
    page = open_any(address)
    play(page, "Tone two")
    services.live.session.pin("sad")
    expect(page.get_by_role("button", name="New songs for Sad: now")).to_be_visible()
    expect(page.locator("#follow-label")).to_be_visible()
    assert serious(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert serious(page) == []


def test_live_and_in_each_dialog(open_any, serve):
    page = open_any(serve(make_services()))
    expect(page.locator("#playlist li")).to_have_count(10)
    for button in (*DIALOGS, "That’s wrong"):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert serious(page) == [], button
        page.keyboard.press("Escape")


def test_without_a_camera(open_any, serve):
    page = open_any(serve(make_services(spec=SourceSpec("none"))), 390, 844)
    expect(page.get_by_role("button", name="Use my camera")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="Happy").click()
    expect(page.locator("#mood")).to_have_text("Happy")
    assert serious(page) == []


def test_on_the_wall(open_any, serve):
    page = open_any(serve(make_services()) + "kiosk")
    expect(page.locator("#song-title")).not_to_be_empty()
    assert serious(page) == []


def test_how_good_it_is(open_any):
    with started("--source", "none") as (_, address):
        page = open_any(address + "how-good")
        assert serious(page) == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert serious(page) == []


def test_what_is_not_there(open_any, serve):
    assert serious(open_any(serve(make_services()) + "nothing-here")) == []


def test_the_door(open_any, serve):
    page = open_any(serve(make_services(Config(host="0.0.0.0", token="correct horse"))))
    page.get_by_label("Access token").fill("wrong horse")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    assert serious(page) == []

"""Importing songs of one's own on the page."""

import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from store.database import open_database
from tests.browser.conftest import make_services
from web.views import library as web_library

HAPPY = "".join(f"My song {n},Myself,Mine,Happy\n" for n in range(300))


@pytest.fixture
def services(tmp_path):
    with open_database(tmp_path / "affectune.db") as database:
        yield make_services(database=database)


@pytest.fixture
def page(services, serve, open_page):
    """The page with "Your music" open."""
    page = open_page(serve(services))
    page.locator("#library").click()
    return page


def test_the_folder_that_is_being_read(serve, open_page):
    state = {"folder": "/music", "status": "running", "stage": "sound", "done": 3, "total": 9}
    scanner = SimpleNamespace(state=lambda: state)
    page = open_page(serve(replace(make_services(), scanner=scanner)))
    page.locator("#library").click()
    counts = page.locator("#library-counts")
    expect(counts).to_contain_text("Measuring the sound of /music: 3 of 9.")


def choose(page, content, name="mine.csv"):
    file = {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    page.locator("#import-file").set_input_files(file)
    page.get_by_role("button", name="Import").click()


def test_a_list_comes_in_and_its_songs_play_next(page):
    expect(page.locator("#library-counts")).to_contain_text("Your library is empty")
    choose(page, "name,artist,album,mood\n" + HAPPY + ",nobody,,\n")
    result = page.locator("#import-result")
    expect(result).to_contain_text("300 new songs, 1 left out.")
    expect(result).to_contain_text("line 302: the name is empty")
    expect(page.locator("#library-counts")).to_have_text("Your library holds 300 songs.")


def test_a_bar_tells_how_far_a_list_is(services, serve, open_page):
    go_on = threading.Event()

    def classify(songs):
        """Wait in the second batch until the bar was seen."""
        if services.library.count():
            go_on.wait(20)
        return [None] * len(songs)

    page = open_page(serve(replace(services, song_mood_classifier=classify)))
    page.locator("#library").click()
    bar = page.get_by_role("progressbar", name="Songs read")
    expect(bar).to_be_hidden()
    choose(page, "name,artist\n" + "".join(f"song {n},y\n" for n in range(2500)))
    expect(bar).to_have_js_property("value", 1000)
    expect(bar).to_have_js_property("max", 2500)
    go_on.set()
    expect(page.locator("#import-result")).to_contain_text("2500 new songs.")
    expect(bar).to_be_hidden()


def test_what_came_before_trouble_is_counted(page, monkeypatch):
    monkeypatch.setattr(web_library, "MAX_SONGS", 1500)
    choose(page, "name,artist\n" + "".join(f"song {n},y\n" for n in range(2500)))
    expect(page.locator("#import-result")).to_contain_text("expected 1,500 songs at most")
    expect(page.locator("#library-counts")).to_have_text("Your library holds 2,000 songs.")


def test_for_a_mood_of_ones_choice(page):
    page.locator("#import-emotion").select_option("sad")
    choose(page, "name,artist\nx,y\n")
    expect(page.locator("#import-result")).to_contain_text("1 new song.")


def test_what_is_no_list_is_told_in_a_sentence(page):
    choose(page, "nothing,of,use\n1,2,3\n")
    expect(page.locator("#import-result")).to_have_text(
        "mine.csv: no column for the name; found nothing, of, use"
    )


def test_what_came_in_can_go_out_again(page):
    choose(page, "name,artist\nx,y\n")
    page.once("dialog", lambda question: question.dismiss())
    page.get_by_role("button", name="Remove mine.csv").click()
    expect(page.locator("#library-counts")).to_have_text("Your library holds 1 song.")
    page.once("dialog", lambda question: question.accept())
    page.get_by_role("button", name="Remove mine.csv").click()
    expect(page.locator("#library-counts")).to_contain_text("Your library is empty")
    expect(page.get_by_role("button", name="Remove mine.csv")).to_have_count(0)


def test_forget_me_asks_first(page):
    said = page.locator("#library-note")
    page.once("dialog", lambda question: question.dismiss())
    page.get_by_role("button", name="Forget me").click()
    expect(said).to_be_empty()
    page.once("dialog", lambda question: question.accept())
    page.get_by_role("button", name="Forget me").click()
    expect(said).to_have_text("There was nothing to forget.")

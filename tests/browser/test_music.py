"""Songs of one's own, from the file to the ear: the product as a person starts it."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ARTEFACTS, short_catalogue
from tests.browser.test_page import song_ids
from tests.browser.test_player import tone, wait_until_heard
from tests.browser.test_your_music import choose
from tests.test_main import started

TITLES = (
    *("Morning Walk", "Low Tide", "Paper Boats", "The Long Way Home", "Window Seat", "Sunday Rain"),
    *("Slow Train", "Under the Elms", "First Frost", "Nine Lanterns", "Small Hours", "Salt Road"),
)
LIST = "Track Name,Artist Name(s),Album Name,Release Date,Valence,Energy,Mood\n" + "".join(
    f"Imported song {n},Somebody {n},Mine,{1960 + n}-01-01,{0.3 + n / 100},{0.2 + n / 100},Happy\n"
    for n in range(60)
)
"""From dim to bright, for `lift` to have steps."""


@pytest.fixture
def folder(tmp_path_factory):
    """A folder of music."""
    folder = tmp_path_factory.mktemp("Music", numbered=False)
    for number, title in enumerate(TITLES):
        tone(folder / f"Ana Fern - {title}.wav", 60, 220 + 20 * number)
    return folder


@pytest.fixture
def page(open_page, folder, tmp_path):
    """The page of a server that has read the folder, "Your music" open.

    It has two shipped songs an emotion, so that a list of ten has some of one's own for certain.
    """
    songs = short_catalogue(tmp_path / "songs", 2)
    arguments = ("--source", "demo", "--music", str(folder), "--songs", str(songs))
    with started(*arguments, AFFECTUNE_DATA_DIR=str(tmp_path)) as (_, address):
        page = open_page(address)
        page.locator("#library").click()
        page.wait_for_function(
            "async () => (await (await fetch('/api/library')).json()).music.status === 'done'",
            timeout=60_000,
        )
        yield page


def take_picture(page, name):
    """Keep what the songs look like."""
    page.mouse.move(5, 5)
    box = page.locator(".music").bounding_box()
    clip = {**box, "x": box["x"] - 12, "width": box["width"] + 24}
    page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True, clip=clip)


def test_songs_come_in_play_lift_and_go(page):
    choose(page, LIST + ",nobody,,,,,\n", "party.csv")
    expect(page.locator("#import-result")).to_contain_text("60 new songs, 1 left out.")
    expect(page.locator("#library-counts")).to_have_text("Your library holds 72 songs.")
    ARTEFACTS.mkdir(exist_ok=True)
    page.locator("#library-dialog").screenshot(path=ARTEFACTS / "import.png")
    page.locator("#library-dialog").get_by_role("button", name="Close").click()

    show_songs_for(page, "Neutral")
    own = page.locator("#playlist li", has=page.locator("button.start"))
    up = own.first.get_by_role("button", name="More like")
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    page.mouse.move(5, 5)
    show_songs_for(page, "Happy")
    assert page.locator("#playlist").inner_text().count("Somebody") > 0
    show_songs_for(page, "Neutral")
    expect(page.locator("#playlist .why", has_text="you liked Ana Fern").first).to_be_visible()

    own.first.get_by_role("button", name="Play").click()
    name = own.first.locator(".title").inner_text()
    assert name in TITLES
    wait_until_heard(page, name)
    own.first.get_by_role("button", name="More like").click()
    take_picture(page, "music")
    page.get_by_role("button", name="Pause", exact=True).click()
    page.mouse.move(5, 5)

    page.get_by_text("Lift", exact=True).click()
    expect(page.locator("#playlist .why").nth(1)).to_contain_text("A step up")
    before = song_ids(page)
    page.locator("#playlist .down").nth(4).click()
    expect(page.locator(f"#playlist [data-song-id='{before[4]}']")).to_have_count(0)
    expect(page.locator("#playlist li")).to_have_count(10)
    take_picture(page, "lift")


def show_songs_for(page, mood):
    page.get_by_role("button", name=mood, exact=True).click()
    expect(page.locator("#playlist-title")).to_have_text(f"Songs for {mood}")

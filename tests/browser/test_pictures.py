"""The README's pictures, of the product as it runs: `make pictures` takes them over."""

import re
from dataclasses import replace

from playwright.sync_api import expect

from capture.spec import SourceSpec
from config import Config
from store.database import open_database
from store.songs import Library
from tests.browser.conftest import ARTEFACTS, make_services, short_catalogue
from tests.browser.test_player import song, tone, wait_until_heard
from tests.test_main import started

SONGS = (
    ("Nina Rivers", "Morning on the Water"),
    ("The Long Afternoon", "Slow Light"),
    ("Kofi Mensah", "Highlife at Dusk"),
)
"""Made up, as their music is."""
LIST = "name,artist,album,mood\n" + "".join(f"Song {n},Somebody,,sad\n" for n in range(120))


def keep(page, name, part=None):
    """Keep a picture of a page, or of a part of it with some space around."""
    clip = None
    if part is not None:
        box, space = part.bounding_box(), 12
        clip = {side: box[side] - space for side in ("x", "y")}
        clip |= {side: box[side] + 2 * space for side in ("width", "height")}
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"readme-{name}.png", clip=clip, animations="disabled")


def test_the_page_a_phone_and_a_wall(open_page):
    """Each while the drawn face smiles, some moods into the session."""
    with started("--source", "demo") as (_, address):
        page = open_page(address)
        wall = open_page(address + "kiosk", 1280, 720, color_scheme="dark")
        expect(page.locator("#history [data-hue]").nth(4)).to_be_attached(timeout=90_000)
        for picture in (page, wall):
            expect(picture.locator("#mood")).to_have_text("Happy", timeout=60_000)
        expect(page.locator("#playlist-title")).to_have_text("Songs for Happy")
        expect(page.locator("#confidence")).to_have_text(re.compile("[789].% sure"))
        expect(page.locator(".leaving")).to_have_count(0)
        keep(page, "page")
        expect(wall.locator("#song-why")).to_have_text(re.compile("Bright"))
        keep(wall, "kiosk")
        page.set_viewport_size({"width": 390, "height": 844})
        page.emulate_media(color_scheme="dark")
        keep(page, "phone")


def test_the_player_and_your_music(open_page, serve, tmp_path):
    """Songs of the shipped list with files among them, and a list of one's own."""
    catalogue = short_catalogue(tmp_path / "songs", 4)
    with open_database(tmp_path / "affectune.db") as database:
        library = Library(database)
        files = (song(tone(tmp_path / f"{title}.wav", 60), title, "Happy") for _, title in SONGS)
        mine = zip(files, SONGS, strict=True)
        library.add(
            [replace(tune, artist=by, release_year=None) for tune, (by, _) in mine], "Music"
        )
        config = Config(songs=catalogue, music=tmp_path)
        services = make_services(config, database=database)
        page = open_page(serve(services))
        page.get_by_role("button", name="Play Slow Light").click()
        wait_until_heard(page, "Slow Light")
        up = page.get_by_role("button", name="More like Highlife at Dusk")
        up.click()
        expect(up).to_have_attribute("aria-pressed", "true")
        page.mouse.move(5, 5)
        keep(page, "player", page.locator(".music"))
        page.get_by_role("button", name="Your music").click()
        file = {"name": "rainy days.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
        page.locator("#import-file").set_input_files(file)
        page.get_by_role("button", name="Import").click()
        expect(page.locator("#import-result")).to_contain_text("120 new songs.")
        expect(page.locator("#library-counts")).to_contain_text("holds 123 songs")
        keep(page, "your-music", page.get_by_role("dialog"))


def test_songs_that_lift(open_page, serve):
    """A list of the shipped songs, from Neutral step by step to bright."""
    page = open_page(serve(make_services(spec=SourceSpec("none"))))
    page.get_by_text("Lift", exact=True).click()
    page.get_by_role("button", name="Neutral", exact=True).click()
    expect(page.locator("#playlist-title")).to_have_text("Songs for Neutral")
    expect(page.locator("#playlist .why").nth(1)).to_contain_text("A step up")
    page.mouse.move(5, 5)
    expect(page.locator(".leaving")).to_have_count(0)
    keep(page, "lift", page.locator(".music"))

"""Hearing songs on the page: the player, the thumbs, and lists that change between songs."""

import csv
import io
import math
import re
import struct
import wave

import pytest
from playwright.sync_api import expect

from config import Config
from core.labels import EMOTIONS
from core.song import Song, song_id
from core.vision import Box
from store.database import open_database
from store.songs import Library
from tests.browser.conftest import make_services
from tests.browser.test_page import song_ids
from tests.conftest import ROOT
from tests.web.conftest import FACE


def tone(path, seconds=3.0, hertz=440):
    """Write a quiet sine as WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        samples = (
            int(3000 * math.sin(2 * math.pi * hertz * n / 8000)) for n in range(int(8000 * seconds))
        )
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return path


def song(path, name, mood):
    return Song(
        song_id(name, "", "A Tone"), name, "", "A Tone", 2001, None, None, 0.9, 0.8, None, mood,
        str(path),
    )  # fmt: skip


@pytest.fixture
def served(tmp_path, serve):
    """A page of few songs, two happy files and a sad one among them: address and services."""
    music, catalogue = tmp_path / "music", tmp_path / "songs"
    music.mkdir()
    catalogue.mkdir()
    for emotion in EMOTIONS:
        text = (ROOT / "songs" / f"{emotion}.csv").read_text(encoding="utf-8")
        (catalogue / f"{emotion}.csv").write_text("".join(text.splitlines(True)[:4]), "utf-8")
    songs = [
        song(tone(music / "one.wav", 30), "Tone one", "Happy"),
        song(tone(music / "two.wav", 30), "Tone two", "Happy"),
        song(tone(music / "low.wav", 30), "Low tone", "Sad"),
    ]
    with open_database(tmp_path / "affectune.db") as database:
        Library(database).add(songs, "folder")
        config = Config(songs=catalogue, music=music)
        faces = [FACE, Box(10, 80, 40, 40)]
        services = make_services(config, database=database, faces=faces)
        services.live.session.pin("happy")
        yield serve(services), services


@pytest.fixture
def page(open_page, served):
    page = open_page(served[0])
    expect(page.locator("#playlist-title")).to_have_text("Songs for Happy")
    return page


def play(page, name):
    page.get_by_role("button", name=f"Play {name}").click()
    wait_until_heard(page, name)


def wait_until_heard(page, name):
    expect(page.locator("#now-title")).to_have_text(name)
    page.wait_for_function(
        "() => { const a = document.getElementById('audio');"
        " return !a.paused && a.currentTime > 0.2; }"
    )


def go_to_the_end(page):
    page.evaluate("() => { const a = document.getElementById('audio'); a.currentTime = 29.5; }")


OTHER = {"Tone one": "Tone two", "Tone two": "Tone one"}


class TestPlayer:
    def test_a_file_plays_moves_and_ends_in_the_next_and_round_again(self, page):
        page.get_by_role("button", name="Play", exact=True).click()
        expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
        first = page.locator("#now-title").inner_text()
        for name in (first, OTHER[first], first):
            wait_until_heard(page, name)
            go_to_the_end(page)

    def test_where_songs_may_play_it_has_its_place_from_the_start(self, open_page, served):
        """Or the list would jump when the first of them comes."""
        address, services = served
        services.live.session.pin("fear")
        page = open_page(address)
        title = page.locator("#playlist-title")
        expect(title).to_have_text("Songs for Fear")
        expect(page.get_by_role("button", name="Play", exact=True)).to_be_disabled()
        before = title.bounding_box()
        services.live.session.pin("happy")
        expect(title).to_have_text("Songs for Happy")
        expect(page.get_by_role("button", name="Play", exact=True)).to_be_enabled()
        assert title.bounding_box()["y"] == before["y"]

    def test_where_none_can_play_there_is_none(self, open_page, serve):
        page = open_page("about:blank")
        addresses = []
        page.on("request", lambda request: addresses.append(request.url))
        page.goto(serve(make_services()))
        expect(page.locator("#playlist li")).to_have_count(10)
        expect(page.locator("#player")).to_be_hidden()
        assert any("/playback.js" in address for address in addresses)
        assert not any("/player.js" in address for address in addresses), "its script is not wanted"

    def test_a_script_that_cannot_be_fetched_is_said_and_tried_again(self, open_page, served):
        page = open_page("about:blank")
        page.route("**/player.js*", lambda route: route.abort())
        page.goto(served[0])
        expect(page.get_by_role("alert")).to_contain_text("Affectune has stopped.")
        page.unroute("**/player.js*")
        play(page, "Tone two")
        expect(page.get_by_role("alert")).to_be_hidden()

    def test_by_keyboard(self, page):
        page.get_by_role("button", name="Play Tone two").press("Enter")
        wait_until_heard(page, "Tone two")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Space")
        page.wait_for_function("() => document.getElementById('audio').paused")
        slider = page.get_by_role("slider", name="Position")
        slider.focus()
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        page.wait_for_function("() => document.getElementById('audio').currentTime >= 5")
        expect(slider).to_have_attribute("aria-valuetext", re.compile("0:0[5-9] of 0:30"))

    def test_the_clock_does_not_chatter(self, page):
        """A screen reader says each change of the value of the slider that has the focus."""
        play(page, "Tone two")
        slider = page.get_by_role("slider", name="Position")
        slider.focus()
        words = slider.get_attribute("aria-valuetext")
        page.wait_for_function("() => document.getElementById('audio').currentTime > 2")
        assert slider.get_attribute("aria-valuetext") == words

    def test_the_volume_is_remembered(self, page):
        page.get_by_role("slider", name="Volume").fill("0.3")
        page.reload()
        expect(page.get_by_role("slider", name="Volume")).to_have_value("0.3")
        assert page.evaluate("document.getElementById('audio').volume") == pytest.approx(0.3)

    def test_a_new_list_waits_for_the_songs_end_or_for_now(self, page, served):
        play(page, "Tone two")
        page.mouse.move(5, 5)
        served[1].live.session.pin("sad")
        now = page.get_by_role("button", name="New songs for Sad: now")
        expect(now).to_be_visible()
        expect(page.locator("#playlist-title")).to_have_text("Songs for Happy")
        now.click()
        expect(page.locator("#playlist-title")).to_have_text("Songs for Sad")
        wait_until_heard(page, "Low tone")
        page.mouse.move(5, 5)
        served[1].live.session.pin("happy")
        expect(page.locator("#show-new")).to_be_visible()
        go_to_the_end(page)
        expect(page.locator("#playlist-title")).to_have_text("Songs for Happy")
        expect(page.locator("#now-title")).to_contain_text("Tone")

    def test_the_list_on_the_page_is_the_one_to_take_along(self, page, served):
        play(page, "Tone two")
        page.mouse.move(5, 5)
        served[1].live.session.pin("sad")
        expect(page.locator("#show-new")).to_be_visible()
        shown = page.locator("#playlist .title").all_inner_texts()
        page.get_by_role("button", name="Your music").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV", exact=True).click()
        table = csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig")))
        assert [row["name"] for row in table] == shown

    def test_a_file_that_is_gone_is_said_and_holds_no_list(self, page, served, tmp_path):
        (tmp_path / "music" / "two.wav").unlink()
        page.get_by_role("button", name="Play Tone two").click()
        expect(page.locator("#now-note")).to_contain_text("'two.wav' is gone")
        page.mouse.move(5, 5)
        served[1].live.session.pin("sad")
        expect(page.locator("#playlist-title")).to_have_text("Songs for Sad")

    def test_a_file_that_is_gone_is_passed_over_when_it_only_comes_next(self, page, tmp_path):
        play(page, "Tone one")
        (tmp_path / "music" / "two.wav").unlink()
        go_to_the_end(page)
        expect(page.locator("#now-note")).to_contain_text(
            "Tone two was left out: 'two.wav' is gone"
        )
        wait_until_heard(page, "Tone one")


class TestThumbs:
    def test_a_song_that_plays_and_is_not_wanted_stops(self, page):
        play(page, "Tone two")
        page.get_by_role("button", name="Not Tone two").click()
        wait_until_heard(page, "Tone one")

    def test_where_the_mood_has_moved_on_only_the_thumb_changes(self, page, served):
        play(page, "Tone two")
        before = song_ids(page)
        served[1].live.session.pin("sad")
        expect(page.get_by_role("button", name="New songs for Sad: now")).to_be_visible()
        up = page.get_by_role("button", name="More like Tone two")
        up.click()
        expect(up).to_have_attribute("aria-pressed", "true")
        assert song_ids(page) == before
        expect(page.get_by_role("button", name="New songs for Sad: now")).to_be_visible()

    def test_a_song_thumbed_down_goes_and_the_others_stay(self, open_page, serve):
        page = open_page(serve(make_services()))
        expect(page.locator("#playlist li")).to_have_count(10)
        before = song_ids(page)
        name = page.locator("#playlist .title").nth(3).inner_text()
        page.get_by_role("button", name=f"Not {name}").click()
        page.wait_for_function(
            "gone => ![...document.querySelectorAll('#playlist li')]"
            ".some(row => row.dataset.songId === gone)",
            arg=before[3],
        )
        after = song_ids(page)
        assert len(after) == 10
        assert [a for a, b in zip(after, before, strict=True) if a != b] == [after[3]]

    def test_a_thumb_up_stays_and_can_be_taken_back(self, open_page, serve):
        page = open_page(serve(make_services()))
        expect(page.locator("#playlist li")).to_have_count(10)
        up = page.locator("#playlist .up").first
        up.click()
        expect(up).to_have_attribute("aria-pressed", "true")
        up.click()
        expect(up).to_have_attribute("aria-pressed", "false")


def test_the_mode_changes_the_list(open_page, serve):
    services = make_services()
    page = open_page(serve(services))
    services.live.session.pin("sad")
    expect(page.locator("#playlist-title")).to_have_text("Songs for Sad")
    before = song_ids(page)
    page.get_by_text("Lift", exact=True).click()
    page.wait_for_function(
        "before => document.querySelector('#playlist li').dataset.songId !== before", arg=before[0]
    )
    assert page.get_by_role("radio", name="Lift").is_checked()
    expect(page.locator("#playlist-reason")).not_to_contain_text("match")


def test_that_is_wrong_puts_it_right(open_page, serve):
    page = open_page(serve(make_services()))
    expect(page.locator("#mood")).to_have_text("Happy")
    page.get_by_role("button", name="That’s wrong").click()
    page.get_by_role("dialog").get_by_role("button", name="Sad").click()
    expect(page.locator("#mood")).to_have_text("Sad")
    expect(page.locator("#confidence")).to_contain_text("Pinned by you until")
    expect(page.get_by_role("button", name="Pinned: Sad · unpin")).to_be_focused()

"""Hearing songs on the page: the player, the thumbs, and lists that change between songs."""

import math
import struct
import wave

import pytest
from playwright.sync_api import expect

from config import Config
from music.catalogue import Song, song_id
from music.database import open_database
from music.feedback import Feedback
from music.library import Library
from tests.browser.test_page import song_ids
from tests.web.conftest import make_services


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
    """A page whose library holds two happy files and a sad one; returns address and services."""
    music = tmp_path / "music"
    music.mkdir()
    songs = [
        song(tone(music / "one.wav", 30), "Tone one", "Happy"),
        song(tone(music / "two.wav", 30), "Tone two", "Happy"),
        song(tone(music / "low.wav", 30), "Low tone", "Sad"),
    ]
    with open_database(tmp_path / "affectune.db") as database:
        library = Library(database)
        library.add(songs, "folder")
        config = Config(music=music)
        services = make_services(config, library=library, feedback=Feedback(database))
        yield serve(services), services


class TestPlayer:
    def play_list(self, open_page, served):
        address, services = served
        page = open_page(address)
        expect(page.locator("#playlist li")).not_to_have_count(0)
        # Among ten songs of fifty the two files come seldom: all of the mood are asked for.
        page.route(
            "**/api/playlist?limit=10",
            lambda route: route.continue_(url=route.request.url.replace("10", "500")),
        )
        services.live.session.pin("sad")
        expect(page.locator("#playlist-title")).to_have_text("Songs for Sad")
        services.live.session.pin("happy")
        expect(page.locator("#playlist-title")).to_have_text("Songs for Happy")
        return page, services

    def test_a_file_plays_moves_and_ends_in_the_next(self, open_page, served):
        page, _ = self.play_list(open_page, served)
        page.get_by_role("button", name="Play", exact=True).click()
        first = page.locator("#now-title").inner_text()
        page.wait_for_function("() => document.getElementById('audio').currentTime > 0.2")
        expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
        page.evaluate("() => { const a = document.getElementById('audio'); a.currentTime = 29.5; }")
        other = {"Tone one": "Tone two", "Tone two": "Tone one"}[first]
        expect(page.locator("#now-title")).to_have_text(other, timeout=15_000)

    def test_by_keyboard(self, open_page, served):
        page, _ = self.play_list(open_page, served)
        page.get_by_role("button", name="Play Tone two").press("Enter")
        page.wait_for_function("() => document.getElementById('audio').currentTime > 0.2")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Space")
        page.wait_for_function("() => document.getElementById('audio').paused")
        page.get_by_role("slider", name="Position").focus()
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        page.wait_for_function("() => document.getElementById('audio').currentTime >= 5")

    def test_a_new_list_waits_for_the_songs_end_or_for_now(self, open_page, served):
        page, services = self.play_list(open_page, served)
        page.get_by_role("button", name="Play Tone two").click()
        page.wait_for_function("() => document.getElementById('audio').currentTime > 0.2")
        page.mouse.move(5, 5)
        services.live.session.pin("sad")
        now = page.get_by_role("button", name="New songs for Sad: now")
        expect(now).to_be_visible()
        expect(page.locator("#playlist-title")).to_have_text("Songs for Happy")
        now.click()
        expect(page.locator("#playlist-title")).to_have_text("Songs for Sad")
        expect(page.locator("#now-title")).to_have_text("Low tone")

    def test_a_file_that_is_gone_is_said(self, open_page, served, tmp_path):
        page, _ = self.play_list(open_page, served)
        (tmp_path / "music" / "two.wav").unlink()
        page.get_by_role("button", name="Play Tone two").click()
        expect(page.locator("#now-note")).not_to_be_empty()


class TestThumbs:
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

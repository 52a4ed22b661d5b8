"""Previews, against a local server that answers as Deezer documents."""

import threading

import pytest

import music.listen.deezer
import music.listen.previews
from core.errors import PreviewError
from core.song import Song
from music.listen.deezer import (
    DeezerBusyError,
    Quota,
)
from tests.music.listen.conftest import previews_of
from tests.music.listen.deezer_server import (
    MP3,
    QUOTA,
    send,
    song,
    status,
)


class TestFinding:
    def test_a_song_is_searched_and_its_preview_fetched(self, deezer, previews):
        assert previews.sound(song()) == MP3
        assert deezer.queries() == ['artist:"Miriam Makeba" track:"Pata Pata"']
        assert deezer.paths() == ["/search", "/stream/42.mp3"]

    def test_again_soon_it_comes_from_memory(self, deezer, previews):
        previews.sound(song())
        asked = list(deezer.asked)
        assert previews.sound(song()) == MP3
        assert deezer.asked == asked

    def test_later_its_address_is_fresh_by_the_id_kept(self, deezer, previews, clock):
        previews.sound(song())
        clock.now += 601
        deezer.tracks = [deezer.track(42, "Pata Pata", "Miriam Makeba")]
        previews.sound(song())
        assert deezer.paths()[2:] == ["/track/42", "/stream/42.mp3"]
        assert "exp=2~" in deezer.asked[-1], "an address kept from before would have expired"

    def test_a_track_that_is_gone_is_searched_anew(self, deezer, previews, clock):
        previews.sound(song())
        clock.now += 601
        deezer.tracks = [deezer.track(43, "Pata Pata", "Miriam Makeba")]
        assert previews.sound(song()) == MP3
        assert deezer.paths()[2:] == ["/track/42", "/search", "/stream/43.mp3"]

    def test_a_second_search_is_wider(self, deezer, previews):
        deezer.tracks = []
        with pytest.raises(PreviewError, match="Deezer has no preview of 'Pata Pata'"):
            previews.sound(song())
        assert deezer.queries()[1:] == ["Miriam Makeba Pata Pata"]

    def test_that_there_is_none_is_remembered(self, deezer, previews):
        deezer.tracks = []
        for _ in range(2):
            with pytest.raises(PreviewError, match="no preview"):
                previews.sound(song())
        assert len(deezer.asked) == 2

    @pytest.mark.parametrize(
        ("title", "artist"),
        [
            ("Pata Pata (Remastered 2019)", "Miriam Makeba"),
            ("PATA PATA - Live", "Míriam  Makeba"),
            ("Pata Pata [Mono]", "Miriam Makeba & The Skylarks"),
        ],
    )
    def test_the_same_song_by_another_spelling(self, deezer, previews, title, artist):
        deezer.tracks = [deezer.track(42, title, artist)]
        assert previews.sound(song()) == MP3

    @pytest.mark.parametrize(
        "found",
        [
            {"title": "Pata Pata", "artist": {"name": "Karaoke Stars"}},
            {"title": "Pata Pata Medley", "title_short": "", "artist": {"name": "Miriam Makeba"}},
            {"preview": ""},
            {"id": None},
            {"artist": None},
            {"artist": {"name": ""}},
        ],
    )
    def test_another_song_is_none(self, deezer, previews, found):
        deezer.tracks = [{**deezer.tracks[0], "title_short": "", **found}]
        with pytest.raises(PreviewError, match="no preview"):
            previews.sound(song())

    @pytest.mark.parametrize(
        ("name", "artist"),
        [
            ('Say "Hello"', "A\nB"),
            ("!!!", "+/-"),
            ("x" * 1000, "😀" * 1000),
            ("砂の器", "菅野 よう子"),
            ("lone \udcff surrogate", "\x00"),
        ],
    )
    def test_any_title_can_be_asked_for(self, deezer, previews, name, artist):
        deezer.tracks = [deezer.track(1, name.replace("\udcff", "?"), artist)]
        assert previews.sound(Song("1", name, "", artist, *[None] * 6)) == MP3
        assert all(len(query) < 500 and query.count('"') in (0, 4) for query in deezer.queries())


class TestSwitch:
    def test_off_nobody_is_asked(self, deezer):
        previews = previews_of(deezer, on=False)
        with pytest.raises(PreviewError, match="Previews are off"):
            previews.sound(song())
        assert deezer.asked == []
        previews.on = True
        assert previews.sound(song()) == MP3

    def test_turned_off_again_even_what_is_in_memory_stays_there(self, previews):
        previews.sound(song())
        previews.on = False
        with pytest.raises(PreviewError, match="off"):
            previews.sound(song())


class TestRate:
    def test_never_more_than_deezer_allows_in_any_five_seconds(self, clock):
        quota, taken = Quota(), []
        for _ in range(2000):
            clock.now += 0.01
            try:
                quota.take()
                taken.append(clock.now)
            except DeezerBusyError:
                pass
        assert max(sum(t <= u < t + 5 for u in taken) for t in taken) <= 50
        assert len(taken) >= 4 * 40, "nor far fewer"

    @pytest.mark.parametrize(
        ("answer", "seconds"),
        [
            (QUOTA, 5),
            (status(429), 5),
            (status(429, Retry_After="60"), 60),
            (status(429, Retry_After="99999999999"), 300),
            (status(429, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"), 5),
        ],
    )
    def test_told_to_wait_it_waits(self, deezer, previews, clock, answer, seconds):
        deezer.answers["/search"] = answer
        for _ in range(3):
            with pytest.raises(DeezerBusyError):
                previews.sound(song())
        assert len(deezer.asked) == 1
        del deezer.answers["/search"]
        clock.now += seconds - 0.1
        with pytest.raises(DeezerBusyError):
            previews.sound(song())
        clock.now += 0.2
        assert previews.sound(song()) == MP3

    def test_a_slow_deezer_cannot_take_all_threads(self, deezer, previews, eventually):
        go_on = threading.Event()

        def slow(handler):
            go_on.wait(10)
            send(handler, MP3, "audio/mpeg")

        deezer.answers["/stream/42.mp3"] = slow
        threads = [threading.Thread(target=previews.sound, args=(song(),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            eventually(lambda: deezer.paths().count("/stream/42.mp3") == 4)
            with pytest.raises(DeezerBusyError, match="on their way"):
                previews.sound(song())
        finally:
            go_on.set()
            for thread in threads:
                thread.join()
        assert previews.sound(song()) == MP3


class TestMemory:
    @pytest.fixture
    def songs(self, deezer, monkeypatch):
        monkeypatch.setattr(music.listen.previews, "MAX_SOUNDS", 2)
        songs = [song(name) for name in ("One", "Two", "Three")]
        deezer.tracks = [deezer.track(n, each.name, each.artist) for n, each in enumerate(songs, 1)]
        return songs

    def test_what_is_kept_is_bounded_and_forgotten(self, deezer, clock, songs):
        previews = previews_of(deezer)
        one, two, three = songs

        def is_kept(song):
            before = len(deezer.asked)
            assert previews.sound(song) == MP3
            return len(deezer.asked) == before

        assert [is_kept(song) for song in (one, two, one, three)] == [False, False, True, False]
        assert (is_kept(one), is_kept(three)) == (True, True)
        assert not is_kept(two), "the one unused for longest made room"
        assert not is_kept(one)
        clock.now += 599
        assert (is_kept(one), is_kept(two)) == (True, True)
        clock.now += 2
        assert (is_kept(one), is_kept(two)) == (False, False)

    def test_that_there_is_none_is_forgotten_after_a_day(self, deezer, clock):
        previews, tracks = previews_of(deezer), deezer.tracks
        deezer.tracks = []
        with pytest.raises(PreviewError, match="no preview"):
            previews.sound(song())
        deezer.tracks = tracks
        clock.now += 24 * 3600 - 1
        with pytest.raises(PreviewError, match="no preview"):
            previews.sound(song())
        clock.now += 2
        assert previews.sound(song()) == MP3

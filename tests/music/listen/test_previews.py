"""Previews, against a local server that answers as Deezer documents."""

import socket
import threading
import time

import pytest

import music.listen.deezer
import music.listen.previews
from core.errors import PreviewError
from core.song import Song, song_id
from music.listen.deezer import (
    PREVIEW_HOSTS,
    Deezer,
    DeezerBusyError,
    DeezerUnreachableError,
    Quota,
    lies_at,
)
from music.listen.previews import Previews
from tests.music.listen.deezer_server import (
    BAD_QUERY,
    MP3,
    NO_DATA,
    QUOTA,
    SERVICE_BUSY,
    deezer_server,
    send,
)


def song(name="Pata Pata", artist="Miriam Makeba"):
    return Song(song_id(name, "", artist), name, "", artist, *[None] * 6)


@pytest.fixture
def deezer(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with deezer_server() as server:
        yield server


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

    monkeypatch.setattr("time.monotonic", lambda: Clock.now)
    return Clock


def previews_of(deezer, on=True):
    client = Deezer(deezer.address, ["127.0.0.1"])
    return Previews(client, on, clock=lambda: time.monotonic())  # as the test sets it, then


@pytest.fixture
def previews(deezer):
    return previews_of(deezer)


def status(code, **headers):
    return lambda handler: send(handler, b"no", "text/html", code, **headers)


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


class TestTrouble:
    @pytest.mark.parametrize(
        ("answer", "error", "message"),
        [
            (QUOTA, DeezerBusyError, "Deezer wants fewer requests; wait a moment."),
            (SERVICE_BUSY, DeezerBusyError, "Deezer wants fewer requests; wait a moment."),
            (status(429), DeezerBusyError, "Deezer wants fewer requests; wait a moment."),
            (BAD_QUERY, PreviewError, "Deezer refused: .*Wrong parameter"),
            (NO_DATA, PreviewError, "no preview"),
            (status(500), DeezerUnreachableError, "Deezer answered 500."),
            (status(403), DeezerUnreachableError, "Deezer answered 403."),
            (status(302, Location="/x"), DeezerUnreachableError, "Deezer answered 302."),
            (b"<html>Log in", DeezerUnreachableError, "Expected JSON from Deezer"),
            (b"[" * 100_000, DeezerUnreachableError, "Expected JSON from Deezer"),
            (["data"], DeezerUnreachableError, "Expected JSON from Deezer"),
            (b" " * 1_000_001, DeezerUnreachableError, "Expected 1000000 bytes at most"),
            ({"error": "gone"}, PreviewError, "Deezer refused: gone"),
            ({"data": 3}, PreviewError, "no preview"),
            ({"data": [3, None, {}]}, PreviewError, "no preview"),
            ({}, PreviewError, "no preview"),
        ],
    )
    def test_what_a_search_may_answer(self, deezer, previews, answer, error, message):
        deezer.answers["/search"] = answer
        with pytest.raises(error, match=message):
            previews.sound(song())

    @pytest.mark.parametrize(
        ("answer", "message"),
        [
            (status(403), "Deezer answered 403"),
            (status(200), "Expected MP3 from Deezer, got 'text/html'"),
            (b"x" * 2_000_001, "Expected 2000000 bytes at most"),
        ],
    )
    def test_what_a_preview_may_be(self, deezer, previews, answer, message):
        deezer.answers["/stream/42.mp3"] = answer
        with pytest.raises(DeezerUnreachableError, match=message):
            previews.sound(song())

    @pytest.mark.parametrize(
        "address",
        [
            "http://192.168.1.1/admin",
            "http://127.0.0.1.evil.example/x.mp3",
            "http://127.0.0.1@evil.example/x.mp3",
            "https://127.0.0.1/x.mp3",
            "file:///etc/passwd",
            "http://[",
        ],
    )
    def test_a_preview_elsewhere_is_not_fetched(self, deezer, previews, address):
        deezer.tracks[0]["preview"] = address
        with pytest.raises(DeezerUnreachableError, match="not its own"):
            previews.sound(song())
        assert deezer.paths() == ["/search"]

    @pytest.mark.parametrize(
        ("address", "known"),
        [
            ("https://cdnt-preview.dzcdn.net/api/1/1/a.mp3?hdnea=exp=1~hmac=2", True),
            ("https://cdns-preview-d.dzcdn.net/stream/c-1.mp3", True),
            ("http://cdnt-preview.dzcdn.net/api/1/1/a.mp3", False),
            ("https://evildzcdn.net/a.mp3", False),
            ("https://dzcdn.net.evil.example/a.mp3", False),
        ],
    )
    def test_deezers_own_hosts_are_known(self, address, known):
        assert lies_at(address, "https", PREVIEW_HOSTS) == known

    def test_off_line_it_says_so(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
            client = Deezer(f"http://127.0.0.1:{taken.getsockname()[1]}")
            with pytest.raises(DeezerUnreachableError, match="cannot be reached; .* on line"):
                Previews(client, on=True).sound(song())

    def test_no_answer_costs_a_moment(self, deezer, previews, monkeypatch):
        monkeypatch.setattr(music.listen.deezer, "READ_TIMEOUT_S", 0.05)
        over = threading.Event()
        deezer.answers["/search"] = lambda handler: over.wait(10)
        try:
            with pytest.raises(DeezerUnreachableError, match="no answer in time"):
                previews.sound(song())
        finally:
            over.set()

    def test_nor_does_one_that_drips(self, deezer, previews, monkeypatch):
        monkeypatch.setattr(music.listen.deezer, "TOTAL_TIMEOUT_S", 0.05)
        over = threading.Event()

        def drip(handler):
            handler.send_response(200)
            handler.send_header("Content-Type", "audio/mpeg")
            handler.end_headers()
            while not over.wait(0.002):
                handler.wfile.write(b"x" * 64 * 1024)

        monkeypatch.setattr(music.listen.deezer, "MAX_PREVIEW_SIZE", 10**9)
        deezer.answers["/stream/42.mp3"] = drip
        try:
            with pytest.raises(DeezerUnreachableError, match="no answer in time"):
                previews.sound(song())
        finally:
            over.set()

    def test_a_preview_cut_short(self, deezer, previews):
        def cut(handler):
            handler.send_response(200)
            handler.send_header("Content-Type", "audio/mpeg")
            handler.send_header("Content-Length", "1000")
            handler.end_headers()
            handler.wfile.write(b"x" * 10)

        deezer.answers["/stream/42.mp3"] = cut
        with pytest.raises(DeezerUnreachableError, match="cannot be reached"):
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

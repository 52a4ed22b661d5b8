"""Previews where Deezer answers late, wrongly or not at all."""

import socket
import threading

import pytest

import music.listen.deezer
import music.listen.previews
from core.errors import PreviewError
from music.listen.deezer import (
    PREVIEW_HOSTS,
    Deezer,
    DeezerBusyError,
    DeezerUnreachableError,
    lies_at,
)
from music.listen.previews import Previews
from tests.music.listen.deezer_server import (
    BAD_QUERY,
    NO_DATA,
    QUOTA,
    SERVICE_BUSY,
    song,
    status,
)


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

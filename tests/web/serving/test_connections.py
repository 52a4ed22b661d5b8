"""How connections are judged, and what they do where a request is answered unread."""

import contextlib
import socket
import time
from types import SimpleNamespace

import pytest
from flask import Flask, request

from web.serving import connections, lobby
from web.serving.connections import Connection, Phase
from web.serving.server import serving

UNREAD_S = 1.5


@pytest.fixture
def port(monkeypatch):
    """A server of views that read no body, and an impatient one."""
    monkeypatch.setattr(connections, "BODY_GRACE_S", 0.2)
    monkeypatch.setattr(lobby, "WATCH_S", 0.1)
    app = Flask(__name__)

    @app.post("/slow")
    def slow():
        time.sleep(UNREAD_S)  # longer than a sender may be silent
        return "slow"

    @app.post("/unread")
    def unread():
        return "unread"

    @app.post("/read")
    def read():
        return request.get_data()

    with serving(app, "127.0.0.1", 0) as address:
        yield int(address.rsplit(":", 1)[1].strip("/"))


def answer(port, said):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(said)
        data = b""
        with contextlib.suppress(OSError):
            while part := client.recv(65536):
                data += part
        return data


CHUNKED = "Transfer-Encoding: chunked"
NEXT = b"POST /unread HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def post(path, *lines, body=b""):
    lines = (f"POST {path} HTTP/1.1", "Host: localhost", *lines)
    return "\r\n".join((*lines, "\r\n")).encode() + body


class TestSlow:
    def test_a_body_that_has_come_and_nobody_reads_is_no_fault_of_its_sender(self, port):
        said = post("/slow", "Connection: close", "Content-Length: 2", body=b"{}")
        assert answer(port, said).endswith(b"slow")

    def test_a_request_may_end_while_it_is_judged(self):
        """The thread that judges is one for all: an error there would be the last judgement."""

        class Body:
            bytes_read = 0

            @property
            def remaining(self):
                connection._request = None  # as its own thread does
                return 9

        ours, theirs = socket.socketpair()
        with ours, theirs:
            server = SimpleNamespace(peercreds_enabled=False, peercreds_resolve_enabled=False)
            connection = Connection(server, ours)
            connection._request = SimpleNamespace(
                chunked_read=False, inheaders={b"Content-Length": b"9"}, rfile=Body()
            )
            connection.enter(Phase.ANSWERING)
            assert connection.is_too_slow(time.monotonic() + 60)


class TestUnread:
    """What is left of a request is not the next one."""

    @pytest.mark.parametrize(
        "body",
        [NEXT, b"2\r\n{}\r\n0\r\n" + NEXT, b"no chunk\r\n" + NEXT, b"0\r\n" + NEXT],
        ids=["no chunk at all", "trailers", "a bad chunk", "trailers only"],
    )
    @pytest.mark.parametrize("path", ["/read", "/unread"])
    def test_chunks(self, port, path, body):
        assert answer(port, post(path, CHUNKED, body=body)).count(b"HTTP/1.1 ") == 1

    def test_an_answer_comes_through_before_all_chunks_are_sent(self, port):
        body = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
        said = post("/unread", CHUNKED, body=20 * body + b"0\r\n\r\n")
        assert answer(port, said).endswith(b"unread")

"""Strangers who hold connections: the others do not notice, and the slow are turned away."""

import contextlib
import resource
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.conftest import ROOT
from tests.web.conftest import make_services
from web.app import create_app
from web.serving import connections, lobby
from web.serving.lobby import MAX_CONNECTIONS, MAX_RECEIVING
from web.serving.server import THREADS, serving

PAGE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
FORM = b"Content-Type: multipart/form-data; boundary=x\r\n"
UPLOAD = b"POST /api/import HTTP/1.1\r\nHost: localhost\r\n" + FORM
KEEP = PAGE.replace(b"Connection: close\r\n", b"")


@pytest.fixture
def port():
    with serving(create_app(make_services()), "127.0.0.1", 0) as address:
        yield int(address.rsplit(":", 1)[1].strip("/"))


def connect(stack, port, said=b""):
    client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
    if said:
        client.sendall(said)
    return client


def seconds_to_answer(port):
    begun = time.monotonic()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=15) as answer:
        assert answer.status == 200
    return time.monotonic() - begun


def answer_to(client):
    data = b""
    with contextlib.suppress(OSError):
        while part := client.recv(65536):
            data += part
    return data


@contextlib.contextmanager
def served_with_files(count):
    """Serve in a process that may have so many files open; yield its port, and what ends it."""
    code = (
        "import resource\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({count}, {count}))\n"
        "from tests.web.conftest import make_services\n"
        "from web.app import create_app\n"
        "from web.serving.server import serving\n"
        "with serving(create_app(make_services()), '127.0.0.1', 0) as address:\n"
        "    print(address, flush=True)\n"
        "    input()\n"
    )
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, text=True, **pipes) as server:
        port = int(server.stdout.readline().rsplit(":", 1)[1].strip("/\n"))
        try:
            yield port, lambda: server.communicate("\n", timeout=20)[1]
        finally:
            server.kill()


def assert_quiet(log):
    assert "Traceback" not in log
    assert len(log) < 2000


class TestThreads:
    """Nobody takes a thread from the others by saying little."""

    @pytest.mark.parametrize(
        "said",
        [
            b"G",
            PAGE[:-2],
            UPLOAD + b"Content-Length: 100000\r\n\r\n--x",
            UPLOAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n--x",
            UPLOAD + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n0\r\n\r\n",
            KEEP + PAGE[:20],
            KEEP + UPLOAD + b"Content-Length: 100000\r\n\r\n--x",
            UPLOAD + b"Content-Length: +100000\r\n\r\n--x",
            UPLOAD + b"Content-Length: 00000000000000100000\r\n\r\n--x",
            UPLOAD + b"Content-Length: 0\r\nContent-Length: 100000\r\n\r\n--x",
            UPLOAD + b"Content-Length: 0\r\n 100000\r\n\r\n--x",
            UPLOAD + b"\x0cContent-Length: 100000\r\n\r\n--x",
        ],
        ids=[
            "a letter",
            "half of the headers",
            "the begin of a body",
            "the begin of a chunk",
            "a chunk that looks like the last",
            "headers behind a whole request",
            "a body behind a whole request",
            "a length with a sign",
            "a long length",
            "two lengths",
            "a length on two lines",
            "a length behind a form feed",
        ],
    )
    def test_a_part_of_a_request_takes_none(self, port, said):
        with contextlib.ExitStack() as stack:
            for _ in range(THREADS + 20):
                connect(stack, port, said)
            assert seconds_to_answer(port) < 5

    def test_a_request_in_pieces_is_answered(self, port):
        with contextlib.ExitStack() as stack:
            client = connect(stack, port)
            for byte in PAGE:
                client.sendall(bytes([byte]))
            assert answer_to(client).startswith(b"HTTP/1.1 200 ")

    def test_requests_behind_each_other_are_answered(self, port):
        with contextlib.ExitStack() as stack:
            client = connect(stack, port, KEEP + KEEP[:20])
            client.sendall(KEEP[20:] + PAGE)
            assert answer_to(client).count(b"HTTP/1.1 200 ") == 3


class TestDeadlines:
    @pytest.fixture(autouse=True)
    def _impatient(self, monkeypatch):
        monkeypatch.setattr(connections, "HEADER_TIMEOUT_S", 0.5)
        monkeypatch.setattr(lobby, "HEADER_TIMEOUT_S", 0.5)
        monkeypatch.setattr(connections, "BODY_GRACE_S", 0.5)
        monkeypatch.setattr(lobby, "WATCH_S", 0.1)

    def test_headers_that_never_end(self, port):
        with contextlib.ExitStack() as stack:
            client = connect(stack, port, PAGE[:-2])
            assert answer_to(client).startswith(b"HTTP/1.1 408 ")

    def test_a_second_request_whose_headers_never_end(self, port):
        with contextlib.ExitStack() as stack:
            client = connect(stack, port, KEEP + PAGE[:20])
            assert answer_to(client).count(b"HTTP/1.1 200 ") == 1

    @pytest.mark.parametrize("length", [b"Content-Length: 9999", b"Transfer-Encoding: chunked"])
    def test_a_body_that_never_ends(self, port, length):
        with contextlib.ExitStack() as stack:
            clients = [
                connect(stack, port, UPLOAD + length + b"\r\n\r\n5\r\n--x\r\n")
                for _ in range(MAX_RECEIVING)
            ]
            for client in clients:
                assert b" 200 " not in answer_to(client)

    def test_a_body_at_a_fair_rate_may_take_its_time(self, port, monkeypatch):
        monkeypatch.setattr(connections, "BODY_GRACE_S", 1.0)
        monkeypatch.setattr(connections, "MIN_BODY_RATE", 50_000)
        chunk = 64 * 1024  # as much as is read at once
        with contextlib.ExitStack() as stack:
            client = connect(stack, port, UPLOAD + b"Content-Length: %d\r\n\r\n" % (5 * chunk))
            for _ in range(5):
                time.sleep(0.4)  # the rate is what is tested
                client.sendall(b"a" * chunk)
            assert answer_to(client).startswith(b"HTTP/1.1 4")  # the body is no form


class TestEnd:
    @pytest.mark.parametrize("said", [b"", b"G", UPLOAD + b"Content-Length: 9\r\n\r\n"])
    def test_no_connection_outlives_the_server(self, said):
        with contextlib.ExitStack() as stack:
            with serving(create_app(make_services()), "127.0.0.1", 0) as address:
                port = int(address.rsplit(":", 1)[1].strip("/"))
                client = connect(stack, port, said)
                assert seconds_to_answer(port) < 5  # so it has been accepted
            client.settimeout(5)
            with contextlib.suppress(ConnectionResetError):
                while client.recv(1000):
                    pass


class TestNumbers:
    def test_a_newcomer_takes_the_place_of_who_is_silent_for_longest(self, port, caplog):
        with contextlib.ExitStack() as stack:
            first, *others = [connect(stack, port) for _ in range(MAX_CONNECTIONS + 5)]
            assert seconds_to_answer(port) < 5
            assert answer_to(first) == b""
            others[-1].sendall(PAGE)
            assert answer_to(others[-1]).startswith(b"HTTP/1.1 200 ")
        messages = [r for r in caplog.records if "Too many connections" in r.message]
        assert len(messages) == 1

    @pytest.mark.parametrize("said", [b"", b"G"])
    def test_a_small_limit_of_files_is_kept_to(self, said):
        with served_with_files(160) as (port, end), contextlib.ExitStack() as stack:
            for _ in range(300):
                connect(stack, port, said)
            assert seconds_to_answer(port) < 5
            log = end()
        assert "No file is free" not in log
        assert_quiet(log)

    def test_it_recovers_where_files_run_out_all_the_same(self):
        with served_with_files(36) as (port, end):
            with contextlib.ExitStack() as stack:
                for _ in range(100):
                    connect(stack, port)
                    time.sleep(0.01)  # so that some are accepted, and some cannot be
            assert seconds_to_answer(port) < 10
            log = end()
        assert "No file is free" in log
        assert_quiet(log)

    def test_the_limit_of_files_is_raised(self):
        lobby.max_connections()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert soft == hard or soft >= lobby.FILES_WANTED

"""The application on the real server, over real sockets."""

import contextlib
import re
import socket
import ssl
import time
import urllib.request

import cv2
import numpy as np
import pytest

from core.errors import ServeError
from tests.fakes import FakeSource, FakeSpec
from tests.web.conftest import make_services
from web.app import create_app
from web.serving.server import THREADS, serving
from web.serving.tls import local_certificate


@pytest.fixture
def running():
    services = make_services()
    with serving(create_app(services), "127.0.0.1", 0) as address, services.live:
        yield services, int(address.rsplit(":", 1)[1].strip("/"))


@pytest.fixture
def large():
    """Pictures of 20 kB and more, as a camera gives."""
    random = np.random.default_rng(0)
    noise = cv2.resize(random.integers(0, 255, (60, 80, 3), np.uint8), (320, 240))
    spec = FakeSpec(opener=lambda: FakeSource((noise for _ in iter(int, 1)), fps=60))
    services = make_services(spec=spec)
    with serving(create_app(services), "127.0.0.1", 0) as address, services.live:
        yield services, int(address.rsplit(":", 1)[1].strip("/"))


def watch(port, buffer=None):
    """Connect a viewer to the stream and send its request."""
    viewer = socket.socket()
    if buffer:
        viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    viewer.settimeout(10)
    viewer.connect(("127.0.0.1", port))
    viewer.sendall(b"GET /video_feed HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return viewer


def read_until(viewer, pattern, limit=5_000_000):
    """Read until a pattern appears, and return its last match."""
    data = b""
    while len(data) < limit:
        data += viewer.recv(65536)
        matches = re.findall(pattern, data)
        if matches:
            return matches[-1]
    raise AssertionError(f"{pattern!r} did not come")


class TestViewers:
    def test_one_that_stops_reading_does_not_hold_up_another(self, running):
        _, port = running
        with contextlib.closing(watch(port, buffer=2048)) as stalled:
            stalled.recv(100)
            with contextlib.closing(watch(port)) as other:
                first = int(read_until(other, rb"X-Sequence: (\d+)"))
                for _ in range(30):
                    latest = int(read_until(other, rb"X-Sequence: (\d+)"))
            assert latest > first + 10

    def test_one_that_pauses_goes_on_with_the_present(self, large, eventually):
        """What the system holds back for it must not be a film of the past."""
        services, port = large
        with contextlib.closing(watch(port, buffer=4096)) as viewer:
            read_until(viewer, rb"X-Sequence: (\d+)")
            begun = services.live.publisher.published
            eventually(lambda: services.live.publisher.published > begun + 100, timeout=60)
            newest, _ = services.live.jpegs.peek()
            data = b""
            while int((re.findall(rb"X-Sequence: (\d+)", data) or [b"0"])[-1]) < newest:
                data += viewer.recv(65536)
        held_back = [int(n) for n in re.findall(rb"X-Sequence: (\d+)", data) if int(n) < newest]
        # 64 kB, doubled by Linux for its own needs, hold a dozen; 4 MB would hold all hundred.
        assert len(held_back) < 50

    def test_one_that_leaves_is_noticed(self, running, eventually):
        services, port = running
        viewer = watch(port)
        read_until(viewer, rb"X-Sequence: (\d+)")
        assert services.live.viewers == 1
        viewer.close()
        eventually(lambda: services.live.viewers == 0)

    def test_each_has_its_own_thread_and_the_page_still_answers(self, running):
        services, port = running
        with contextlib.ExitStack() as stack:
            for _ in range(20):
                viewer = stack.enter_context(contextlib.closing(watch(port)))
                read_until(viewer, rb"X-Sequence: (\d+)")
            assert services.live.viewers == 20
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/state", timeout=5) as answer:
                assert b'"viewers":20' in answer.read()


class TestGreed:
    """Who asks for much, or for nothing, must not take the server from the others."""

    @pytest.mark.slow
    def test_silent_connections_take_no_thread(self, running):
        _, port = running
        with contextlib.ExitStack() as stack:
            for _ in range(THREADS + 5):
                stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            begun = time.monotonic()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=9) as answer:
                assert answer.status == 200
            assert time.monotonic() - begun < 3

    @pytest.mark.parametrize(
        "request_head",
        [
            b"PUT /api/pin HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 150000000\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n",
        ],
        ids=["body", "header"],
    )
    def test_what_is_too_large_is_refused_unread(self, running, request_head):
        _, port = running
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(request_head)
            assert re.match(rb"HTTP/1.1 (413|414|431) ", client.recv(1000))


class TestStart:
    # cheroot leaves the socket that it could not bind to the garbage collector.
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_a_port_in_use(self):
        app = create_app(make_services())
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with (
                pytest.raises(ServeError, match=f"127.0.0.1 port {port}: the port is in use"),
                serving(app, "127.0.0.1", port),
            ):
                pass

    def test_it_ends_and_frees_its_port(self):
        app = create_app(make_services())
        with serving(app, "127.0.0.1", 0) as address:
            port = int(address.rsplit(":", 1)[1].strip("/"))
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port), timeout=2)


class TestTls:
    @pytest.fixture
    def secure(self, tmp_path):
        certificate = local_certificate(tmp_path, "127.0.0.1")
        services = make_services()
        with serving(create_app(services), "127.0.0.1", 0, certificate) as address, services.live:
            yield address, ssl.create_default_context(cafile=str(certificate[0]))

    def test_it_answers(self, secure):
        address, context = secure
        with urllib.request.urlopen(address + "healthz", context=context, timeout=10) as answer:
            assert answer.status == 200

    def test_a_silent_visitor_does_not_hold_up_the_others(self, secure):
        address, context = secure
        port = int(address.rsplit(":", 1)[1].strip("/"))
        with socket.create_connection(("127.0.0.1", port)):
            begun = time.monotonic()
            with urllib.request.urlopen(address + "healthz", context=context, timeout=9) as answer:
                assert answer.status == 200
            assert time.monotonic() - begun < 5

    def test_a_visitor_who_rejects_the_certificate_is_no_news(self, secure, caplog):
        address, context = secure
        port = int(address.rsplit(":", 1)[1].strip("/"))
        strict = ssl.create_default_context()
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            strict.wrap_socket(plain, server_hostname="127.0.0.1")
        with urllib.request.urlopen(address + "healthz", context=context, timeout=10):
            pass
        assert [r for r in caplog.records if r.levelname in ("WARNING", "ERROR")] == []

    def test_plain_http_is_turned_away_and_the_server_lives(self, secure):
        address, context = secure
        port = int(address.rsplit(":", 1)[1].strip("/"))
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            plain.recv(1000)
        with urllib.request.urlopen(address + "healthz", context=context, timeout=10) as answer:
            assert answer.status == 200


class TestCertificate:
    def test_it_is_kept_and_used_again(self, tmp_path):
        first = [path.read_bytes() for path in local_certificate(tmp_path, "127.0.0.1")]
        second = [path.read_bytes() for path in local_certificate(tmp_path, "127.0.0.1")]
        assert first == second

    def test_another_name_gets_a_new_one(self, tmp_path):
        first = local_certificate(tmp_path, "127.0.0.1")[0].read_bytes()
        assert local_certificate(tmp_path, "kiosk.home")[0].read_bytes() != first

    @pytest.mark.parametrize("name", ["büro-pc", "a" * 70, "\udcff"])
    def test_a_computer_may_have_any_name(self, tmp_path, monkeypatch, name):
        monkeypatch.setattr("socket.gethostname", lambda: name)
        paths = local_certificate(tmp_path, "127.0.0.1")
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(*paths)

    @pytest.mark.parametrize("which", [0, 1])
    @pytest.mark.parametrize("content", ["", "rust"])
    def test_a_damaged_one_is_replaced(self, tmp_path, which, content):
        paths = local_certificate(tmp_path, "127.0.0.1")
        paths[which].write_text(content)
        paths = local_certificate(tmp_path, "127.0.0.1")
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(*paths)

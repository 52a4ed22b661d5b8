"""The production WSGI server, cheroot: threads, back-pressure, TLS, on every platform."""

import contextlib
import logging
import select
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cheroot import wsgi
from cheroot.server import HTTPConnection
from cheroot.ssl.builtin import BuiltinSSLAdapter
from flask import Flask

from core.errors import ServeError
from web.serving.memory import keep_memory_flat
from web.views.stream import MAX_VIEWERS

log = logging.getLogger(__name__)

THREADS = MAX_VIEWERS + 16
"""One for each viewer's stream, and enough left for what they poll."""
STALL_TIMEOUT_S = 10.0
"""Seconds a viewer may refuse to read before its connection is closed."""
GRACE_S = 0.5
"""Seconds that answers under way get when the server ends."""
SEND_BUFFER = 64 * 1024
"""Bytes the system may hold for a connection: two or three pictures. Left to itself it grows to
4 MB, and a viewer with 300 kB/s then sees what was ten seconds ago (benchmarks/README.md)."""
MAX_HEADER_BYTES = 16 * 1024
MAX_BODY_BYTES = 64 * 1024 * 1024
"""Bytes of a request that are read at all: cheroot's own limits are none. `create_app` and the
views that take files allow less, and up to this one their refusal tells how much."""
DISCARD_CHUNK_SIZE = 64 * 1024
DISCARD_TIMEOUT_S = 10.0
"""Seconds for a refused upload to arrive to its end."""


class _LazyTLS(BuiltinSSLAdapter):
    """Shake hands in a connection's own thread.

    cheroot does it where it accepts connections, so that one visitor who connects and says
    nothing, as browsers do ahead of time, would hold up everybody else for ten seconds.
    """

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, Any]]:
        wrapped = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return wrapped, {"wsgi.url_scheme": "https", "HTTPS": "on"}


class _Connection(HTTPConnection):
    """A connection whose end is no news, whatever TLS or the network has to say about it."""

    def communicate(self) -> bool:
        try:
            if isinstance(self.socket, ssl.SSLSocket) and not self.requests_seen:
                self.socket.do_handshake()
            return bool(super().communicate())  # type: ignore[no-untyped-call]
        except OSError as error:
            log.debug("connection ended: %s", error)
            return False


class _Gateway(wsgi.Gateway_10):
    """A WSGI gateway that lets a refused upload arrive.

    cheroot closes the connection under an upload that was answered before its end, and the
    sender may then never see the answer; or it reads the rest in one piece, into memory.
    """

    def start_response(self, *answer: Any) -> Any:
        if self._unread():
            self.req.close_connection = True  # nor does cheroot read the rest then
        return super().start_response(*answer)

    def respond(self) -> None:
        super().respond()
        deadline = time.monotonic() + DISCARD_TIMEOUT_S
        while self._unread() and time.monotonic() < deadline:
            if not self.req.rfile.read(DISCARD_CHUNK_SIZE):
                break

    def _unread(self) -> bool:
        """Return whether body is left; that of a chunked request is not known."""
        return getattr(self.req.rfile, "remaining", 0) > 0


class _Server(wsgi.Server):
    ConnectionClass = _Connection
    keep_alive_conn_limit = THREADS

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.gateway = _Gateway
        self._open: weakref.WeakSet[Any] = weakref.WeakSet()

    def process_conn(self, conn: Any) -> None:
        """Give a connection a thread once it has said something.

        Those who connect and stay silent, as browsers do ahead of time, wait in cheroot's
        selector until they time out; with a thread each they would take all there are.
        """
        self._open.add(conn)
        if conn.last_used is None and not select.select([conn.socket], [], [], 0)[0]:
            self._connections.put(conn)  # type: ignore[attr-defined]
        else:
            super().process_conn(conn)

    def stop(self) -> None:
        """Stop within a second, whatever the viewers do.

        cheroot waits for a thread that is sending, and one that sends to a viewer who has
        stopped reading stays in that call until `STALL_TIMEOUT_S`.
        """
        breaker = threading.Timer(GRACE_S, self._break_connections)
        breaker.start()
        super().stop()
        breaker.cancel()

    def _break_connections(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                # Past TLS: its own shutdown would let a thread go on sending in the clear.
                socket.socket.shutdown(connection.socket, socket.SHUT_RDWR)

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """Log cheroot's messages; a viewer who closes the page in mid-frame is everyday."""
        disconnected = any(
            words in msg for words in ("Broken pipe", "Connection reset", "SSL", "EOF occurred")
        )
        log.log(
            logging.DEBUG if disconnected else level,
            msg.strip(),
            exc_info=traceback and not disconnected,
        )


@contextlib.contextmanager
def serving(
    app: Flask, host: str, port: int, certificate: tuple[Path, Path] | None = None
) -> Iterator[str]:
    """Serve `app` in threads of its own while the context lasts.

    Args:
        app: what to serve.
        host, port: where; port 0 takes a free one.
        certificate: paths of certificate and key (PEM) to serve https with.

    Yields:
        The address of the page.

    Raises:
        ServeError: the port is in use, or the address not one of this machine's.
    """
    keep_memory_flat()
    server = _Server((host, port), app, numthreads=THREADS, server_name="Affectune")
    server.timeout = STALL_TIMEOUT_S
    server.max_request_header_size = MAX_HEADER_BYTES
    server.max_request_body_size = MAX_BODY_BYTES
    server.shutdown_timeout = GRACE_S
    if certificate:
        server.ssl_adapter = _LazyTLS(*map(str, certificate))
    try:
        server.prepare()
    except (OSError, UnicodeError) as error:
        raise ServeError(
            f"cannot serve on {host} port {port}: {_reason(error)}; choose another with --port "
            "or --host"
        ) from error
    # Accepted connections inherit it.
    server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    thread = threading.Thread(target=server.serve, name="server", daemon=True)
    thread.start()
    name = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)  # noqa: S104
    name = f"[{name}]" if ":" in name else name
    try:
        yield f"{'https' if certificate else 'http'}://{name}:{server.bind_addr[1]}/"
    finally:
        server.stop()
        thread.join(1)


def _reason(error: OSError | UnicodeError) -> str:
    text = str(error)
    if "in use" in text or "10048" in text:
        return "the port is in use"
    if "ermission" in text:
        return "this user may not use that port"
    if isinstance(error, UnicodeError):
        return "that is no name of a computer"
    if "assign requested" in text or "getaddrinfo" in text or "not known" in text:
        return "this machine has no such address"
    return text

"""The production WSGI server, cheroot: threads, back-pressure, TLS, on every platform."""

import contextlib
import errno
import logging
import selectors
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter
from flask import Flask

from core.errors import ServeError
from web.serving.connections import Connection, Gateway
from web.serving.lobby import LOG_INTERVAL_S, MAX_HEADER_BYTES, MAX_RECEIVING, Lobby
from web.serving.memory import keep_memory_flat
from web.views.stream import MAX_VIEWERS

log = logging.getLogger(__name__)

THREADS = MAX_VIEWERS + MAX_RECEIVING + 16
"""One for each viewer's stream, those that wait for uploads, and enough left for what is polled."""
BACKLOG = 128
"""Connections that may wait to be accepted."""
PAUSE_S = 0.5
"""Seconds in which nothing is accepted once files have run out."""
STALL_TIMEOUT_S = 10.0
"""Seconds a viewer may refuse to read before its connection is closed."""
GRACE_S = 0.5
"""Seconds that answers under way get when the server ends."""
SEND_BUFFER = 64 * 1024
"""Bytes the system may hold for a connection: two or three pictures. Left to itself it grows to
4 MB, and a viewer with 300 kB/s then sees what was ten seconds ago (benchmarks/README.md)."""
MAX_BODY_BYTES = 64 * 1024 * 1024
"""Bytes of a request that are read at all: cheroot's own limits are none. `create_app` and the
views that take files allow less, and up to this one their refusal tells how much."""


class _LazyTLS(BuiltinSSLAdapter):
    """Shake hands in a connection's own thread.

    cheroot does it where it accepts connections, so that one visitor who connects and says
    nothing, as browsers do ahead of time, would hold up everybody else for ten seconds.
    """

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, Any]]:
        wrapped = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return wrapped, {"wsgi.url_scheme": "https", "HTTPS": "on"}


class _Server(wsgi.Server):
    ConnectionClass = Connection
    keep_alive_conn_limit = THREADS

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.gateway = Gateway
        self.lobby = Lobby(super().process_conn, self._listen_to)
        self._logged: dict[str, float] = {}

    def _listen_to(self, connection: Connection) -> None:
        self._connections.put(connection)  # type: ignore[attr-defined]

    def process_conn(self, conn: Connection) -> None:
        """Give a connection a thread once the lobby lets it have one."""
        self.lobby.place(conn)

    def serve(self) -> None:
        self.lobby.start()
        super().serve()

    def stop(self) -> None:
        """Stop within a second, whatever the viewers do.

        cheroot waits for a thread that is sending, and one that sends to a viewer who has
        stopped reading stays in that call until `STALL_TIMEOUT_S`.
        """
        breaker = threading.Timer(GRACE_S, self.lobby.abort_all)
        breaker.start()
        super().stop()
        breaker.cancel()
        self.lobby.stop()

    def _pause_accepting(self) -> None:
        """Leave those who knock alone for a while: asked again at once, it would fail again.

        cheroot answers them before anybody else, so that nobody at all would be served, nor
        closed. Its own thread is here.
        """
        selector, listening = self._connections._selector, self.socket  # type: ignore[attr-defined]
        selector.unregister(listening.fileno())

        def accept_again() -> None:
            with contextlib.suppress(ValueError, OSError):  # it has ended meanwhile
                selector.register(listening.fileno(), selectors.EVENT_READ, data=self)

        timer = threading.Timer(PAUSE_S, accept_again)
        timer.daemon = True
        timer.start()

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """Log cheroot's messages, each once a minute.

        A viewer who closes the page in mid-frame is everyday.
        """
        error = sys.exc_info()[1]
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            msg, level, traceback = "No file is free for a connection", logging.WARNING, False
            self._pause_accepting()
        disconnected = any(
            words in msg for words in ("Broken pipe", "Connection reset", "SSL", "EOF occurred")
        )
        now = time.monotonic()
        repeated = now - self._logged.get(msg, float("-inf")) < LOG_INTERVAL_S
        if not repeated:
            self._logged = {
                each: at for each, at in self._logged.items() if now - at < LOG_INTERVAL_S
            }
            self._logged[msg] = now
        quiet = disconnected or repeated
        log.log(logging.DEBUG if quiet else level, msg.strip(), exc_info=traceback and not quiet)


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
    server.request_queue_size = BACKLOG
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

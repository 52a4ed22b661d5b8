"""The production WSGI server, cheroot: threads, back-pressure, TLS, on every platform."""

import contextlib
import logging
import socket
import ssl
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter
from flask import Flask

from errors import ServeError
from web.stream import MOST_VIEWERS

log = logging.getLogger(__name__)

THREADS = MOST_VIEWERS + 16
"""One for each viewer's stream, and enough left for what they poll."""
STALLED_AFTER = 10.0
"""Seconds a viewer may refuse to read before its connection is closed."""
GRACE = 0.5
"""Seconds that answers under way get when the server ends."""
SEND_BUFFER = 64 * 1024
"""Bytes the system may hold for a connection: two or three pictures. Left to itself it grows to
4 MB, and a viewer with 300 kB/s then sees what was ten seconds ago (benchmarks/README.md)."""


class _LazyTLS(BuiltinSSLAdapter):
    """Shake hands in a connection's own thread.

    cheroot does it where it accepts connections, so that one visitor who connects and says
    nothing, as browsers do ahead of time, would hold up everybody else for ten seconds.
    """

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, Any]]:
        wrapped = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return wrapped, {"wsgi.url_scheme": "https", "HTTPS": "on"}


class _Server(wsgi.Server):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._seen: weakref.WeakSet[Any] = weakref.WeakSet()

    def process_conn(self, conn: Any) -> None:
        self._seen.add(conn)
        super().process_conn(conn)

    def stop(self) -> None:
        """Stop within a second, whatever the viewers do.

        cheroot waits for a thread that is sending, and one that sends to a viewer who has
        stopped reading stays in that call until `STALLED_AFTER`.
        """
        breaker = threading.Timer(GRACE, self._break_connections)
        breaker.start()
        super().stop()
        breaker.cancel()

    def _break_connections(self) -> None:
        for connection in list(self._seen):
            with contextlib.suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """Log cheroot's messages; a viewer who closes the page in mid-frame is everyday."""
        gone = any(words in msg for words in ("Broken pipe", "Connection reset", "SSLError"))
        log.log(logging.DEBUG if gone else level, msg.strip(), exc_info=traceback and not gone)


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
    server = _Server((host, port), app, numthreads=THREADS, server_name="Affectune")
    server.timeout = STALLED_AFTER
    server.shutdown_timeout = GRACE
    if certificate:
        server.ssl_adapter = _LazyTLS(*map(str, certificate))
    try:
        server.prepare()
    except OSError as error:
        raise ServeError(
            f"cannot serve on {host} port {port}: {_reason(error)}; choose another with --port "
            "or --host"
        ) from error
    # Accepted connections inherit it.
    server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    thread = threading.Thread(target=server.serve, name="server", daemon=True)
    thread.start()
    shown = f"[{host}]" if ":" in host else host
    try:
        yield f"{'https' if certificate else 'http'}://{shown}:{server.bind_addr[1]}/"
    finally:
        server.stop()
        thread.join(1)


def _reason(error: OSError) -> str:
    text = str(error)
    if "in use" in text or "10048" in text:
        return "the port is in use"
    if "ermission" in text:
        return "this user may not use that port"
    if "assign requested" in text or "getaddrinfo" in text or "not known" in text:
        return "this machine has no such address"
    return text

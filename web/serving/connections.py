"""Connections of cheroot that say how far they are, and end without a fuss."""

import contextlib
import enum
import logging
import selectors
import socket
import ssl
import time
from typing import Any, Protocol

from cheroot import wsgi
from cheroot.errors import MaxSizeExceeded
from cheroot.server import HTTPConnection, HTTPRequest

log = logging.getLogger(__name__)

HEADER_TIMEOUT_S = 10.0
"""Seconds for a request's headers, the handshake of TLS among them, from their first byte on."""
BODY_GRACE_S = 10.0
MIN_BODY_RATE = 8 * 1024
"""Bytes a second that a body brings at least, once `BODY_GRACE_S` are over: a photo of 10 MB may
take twenty minutes on the worst of lines, but a byte now and then is no upload."""
DISCARD_CHUNK_SIZE = 64 * 1024
DISCARD_TIMEOUT_S = 10.0
"""Seconds for a refused upload to arrive to its end."""


class Phase(enum.Enum):
    """How far a connection is."""

    IDLE = "waiting for a request to begin"
    PARTIAL = "waiting, without a thread, for the rest of a request's headers"
    QUEUED = "waiting for a thread"
    HEADERS = "reading headers"
    ANSWERING = "reading a body, if there is one, and answering"
    ENDING = "told to end, not closed yet"


class Departures(Protocol):
    """Who wants to know that a connection is done with what it has received, or closed."""

    def received(self, connection: "Connection") -> None: ...
    def closed(self, connection: "Connection") -> None: ...


class Request(HTTPRequest):
    """A request that tells its connection when its headers are there."""

    def parse_request(self) -> None:
        super().parse_request()
        if self.ready:
            self.conn.begin_answer(self)


class Connection(HTTPConnection):
    """A connection whose end is no news, whatever TLS or the network has to say about it."""

    RequestHandlerClass = Request

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._stage = (Phase.IDLE, time.monotonic())
        """Both at once, for another thread reads them."""
        self._request: Any = None

    @property
    def is_tls(self) -> bool:
        return isinstance(self.socket, ssl.SSLSocket)

    @property
    def phase(self) -> Phase:
        return self._stage[0]

    @property
    def since(self) -> float:
        """When the phase began."""
        return self._stage[1]

    def enter(self, phase: Phase) -> None:
        self._stage = (phase, time.monotonic())

    def begin_answer(self, request: Request) -> None:
        """Note that the headers of a request are there."""
        self._request = request
        self.enter(Phase.ANSWERING)
        if not self.lacks_body:
            self.server.lobby.received(self)

    @property
    def lacks_body(self) -> bool:
        """Whether part of a request's body has not been read yet."""
        request = self._request
        return request is not None and self.phase is Phase.ANSWERING and _lacks_body(request)

    def is_too_slow(self, now: float) -> bool:
        """Tell whether it takes the time of a thread, and sends next to nothing."""
        phase, since = self._stage
        request = self._request  # its own thread may take it away at any moment
        elapsed = now - since
        if phase is Phase.HEADERS:
            return elapsed > HEADER_TIMEOUT_S
        if phase is not Phase.ANSWERING or request is None or not _lacks_body(request):
            return False
        if elapsed <= BODY_GRACE_S + _body_bytes(request) / MIN_BODY_RATE:
            return False
        return not self._has_unread()

    def _has_unread(self) -> bool:
        """Tell whether something has come that nobody has read: its sender is not to blame."""
        if self.rfile.has_data():
            return True
        with getattr(selectors, "PollSelector", selectors.SelectSelector)() as selector:
            try:
                selector.register(self.socket, selectors.EVENT_READ)
                return bool(selector.select(0))
            except (ValueError, OSError):  # closed meanwhile
                return True

    def first_bytes(self, limit: int) -> bytes | None:
        """Return what has come and was not read yet, some `limit` bytes, without reading it.

        Of TLS it is what is sent, not what it means. None where nothing has come; empty where
        the other end is gone.
        """
        # What came together with the request before: a look at it reads nothing more.
        buffered: bytes = self.rfile.peek() if self.rfile.has_data() else b""
        sent = self._peek(limit)
        return buffered + (sent or b"") if buffered else sent

    def _peek(self, limit: int) -> bytes | None:
        timeout = self.socket.gettimeout()
        self.socket.settimeout(0)
        try:
            return socket.socket.recv(self.socket, limit, socket.MSG_PEEK)
        except BlockingIOError:
            return None
        except OSError:
            return b""
        finally:
            self.socket.settimeout(timeout)

    def communicate(self) -> bool:
        self.enter(Phase.HEADERS)
        try:
            if isinstance(self.socket, ssl.SSLSocket) and not self.requests_seen:
                self.socket.do_handshake()
            return bool(super().communicate())  # type: ignore[no-untyped-call]
        except OSError as error:
            log.debug("connection ended: %s", error)
            return False
        finally:
            self._request = None
            self.enter(Phase.IDLE)
            self.server.lobby.received(self)

    def abort(self) -> None:
        """End it, whatever thread is at it; that one then closes it."""
        try:
            # Past TLS: its own shutdown would let a thread go on sending in the clear.
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)
        except OSError:
            return

    def close(self) -> None:
        self.server.lobby.closed(self)
        super().close()


def _lacks_body(request: Request) -> bool:
    if request.chunked_read:
        return not getattr(request.rfile, "closed", False)
    length = int(request.inheaders.get(b"Content-Length", 0))
    return bool(getattr(request.rfile, "remaining", length))


def _body_bytes(request: Request) -> int:
    """Return how much of the body has been read."""
    body = request.rfile
    length = int(request.inheaders.get(b"Content-Length", 0))
    return int(getattr(body, "bytes_read", length - getattr(body, "remaining", length)))


class Gateway(wsgi.Gateway_10):
    """A WSGI gateway that lets a refused upload arrive.

    cheroot closes the connection under an upload that was answered before its end, and the
    sender may then never see the answer; or it reads the rest in one piece, into memory. The
    rest of one in chunks it takes for the next request, also its trailers where all was read.
    """

    def start_response(self, *answer: Any) -> Any:
        if self.req.chunked_read or self._unread():
            self.req.close_connection = True  # nor does cheroot read the rest then
        return super().start_response(*answer)

    def respond(self) -> None:
        super().respond()
        deadline = time.monotonic() + DISCARD_TIMEOUT_S
        with contextlib.suppress(OSError, ValueError, MaxSizeExceeded):  # an end is all it is for
            while self._unread() and time.monotonic() < deadline:
                if not self.req.rfile.read(DISCARD_CHUNK_SIZE):
                    break

    def _unread(self) -> bool:
        """Return whether body is left."""
        if self.req.chunked_read:
            return not self.req.rfile.closed
        return int(self.req.rfile.remaining) > 0

"""Where connections wait until they have said enough to be given a thread, and how many may.

A thread that reads from somebody who sends a byte now and then does nothing else meanwhile.
So requests get one when their headers are there; those with a body, and those whose headers
TLS hides, share a few threads; and who is too slow for one loses it.
"""

import contextlib
import logging
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from web.serving.connections import HEADER_TIMEOUT_S, Connection, Phase

log = logging.getLogger(__name__)

MAX_CONNECTIONS: Final = 384
MIN_CONNECTIONS: Final = 32
RESERVED_FILES: Final = 128
"""Of the files a process may have open: for the store, songs, models and what libraries hold."""
MAX_PER_ADDRESS: Final = 64
"""Connections of one address; this computer's own has no limit, for a proxy has that one."""
MAX_RECEIVING: Final = 16
"""Threads that wait for somebody's bytes."""
MAX_RECEIVING_PER_ADDRESS: Final = 8
MAX_HEADER_BYTES: Final = 16 * 1024
PEEK_BYTES: Final = 64 * 1024
POLL_S: Final = 0.05
"""Seconds between two looks at connections that have said a part."""
WATCH_S: Final = 0.5
"""Seconds between two looks at the slow."""
LOG_INTERVAL_S: Final = 60.0
FILES_WANTED: Final = 4096
TIMED_OUT: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Lobby:
    """The connections of a server.

    Args:
        serve: gives a connection a thread.
        listen: waits, without a thread, until an idle connection says something.
    """

    def __init__(
        self, serve: Callable[[Connection], None], listen: Callable[[Connection], None]
    ) -> None:
        self._serve, self._listen = serve, listen
        self._max_connections = max_connections()
        self._lock = threading.Lock()
        self._open: dict[Connection, None] = {}
        self._partial: dict[Connection, None] = {}
        self._receiving: dict[Connection, None] = {}
        self._changed = threading.Event()
        self._ended = threading.Event()
        self._turned_away = 0
        self._told_at = float("-inf")
        self._thread = threading.Thread(target=self._run, name="lobby", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop, and close those that only this looks after."""
        self._ended.set()
        self._changed.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock:
            partial = list(self._partial)
        for connection in partial:
            connection.close()

    def abort_all(self) -> None:
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            connection.abort()

    def place(self, connection: Connection) -> None:
        """Let a connection in that is new, or that has said something."""
        if not self._admit(connection):
            connection.close()
            return
        self._judge(connection)

    def _judge(self, connection: Connection) -> None:
        # One that is told to end may still have bytes to be read.
        ending = connection.phase is Phase.ENDING
        head = b"" if ending else connection.first_bytes(PEEK_BYTES)
        if head is None:
            self._leave_partial(connection)
            connection.enter(Phase.IDLE)
            self._listen(connection)
        elif not head:
            self._leave_partial(connection)
            connection.close()
        elif (not connection.is_tls and is_whole(head)) or self._may_receive(connection, head):
            self._leave_partial(connection)
            self._give_thread(connection)
        else:
            self._enter_partial(connection)

    def _give_thread(self, connection: Connection) -> None:
        connection.enter(Phase.QUEUED)
        self._serve(connection)

    def _admit(self, connection: Connection) -> bool:
        """Note a connection; the idle one that is silent for longest makes room for it."""
        with self._lock:
            if connection in self._open:
                return True
            self._open[connection] = None
            address = connection.remote_addr
            of_address = [each for each in self._open if each.remote_addr == address]
            if not is_local(address) and len(of_address) > MAX_PER_ADDRESS:
                candidates = of_address
            elif len(self._open) > self._max_connections:
                candidates = list(self._open)
            else:
                return True
            idle = [
                each
                for each in candidates
                if each is not connection and each.phase in (Phase.IDLE, Phase.PARTIAL)
            ]
            oldest = min(idle, key=lambda each: each.since, default=None)
            if oldest is not None:
                oldest.enter(Phase.ENDING)  # not to be chosen for the next newcomer too
        self._tell()
        if oldest is None:
            return False
        oldest.abort()  # whoever waits for it reads its end, and closes it
        return True

    def _may_receive(self, connection: Connection, head: bytes) -> bool:
        """Take one of the few places for those whose bytes a thread must wait for."""
        if not connection.is_tls and not has_headers(head):
            return False
        with self._lock:
            addresses = Counter(each.remote_addr for each in self._receiving)
            address = connection.remote_addr
            if len(self._receiving) >= MAX_RECEIVING or (
                not is_local(address) and addresses[address] >= MAX_RECEIVING_PER_ADDRESS
            ):
                return False
            self._receiving[connection] = None
            return True

    def _enter_partial(self, connection: Connection) -> None:
        with self._lock:
            if connection in self._partial:
                return
            if connection.phase is not Phase.ENDING:
                connection.enter(Phase.PARTIAL)
            self._partial[connection] = None
        self._changed.set()

    def _leave_partial(self, connection: Connection) -> None:
        with self._lock:
            self._partial.pop(connection, None)

    def received(self, connection: Connection) -> None:
        """Note that no thread waits for its bytes any more."""
        with self._lock:
            self._receiving.pop(connection, None)

    def closed(self, connection: Connection) -> None:
        with self._lock:
            self._open.pop(connection, None)
            self._partial.pop(connection, None)
            self._receiving.pop(connection, None)

    def _run(self) -> None:
        watched_at = time.monotonic()
        while not self._ended.is_set():
            with self._lock:
                partial = list(self._partial)
            self._changed.wait(POLL_S if partial else WATCH_S)
            self._changed.clear()
            for connection in partial:
                with contextlib.suppress(OSError):
                    self._look_at(connection)
            now = time.monotonic()
            if now - watched_at > WATCH_S:
                watched_at = now
                self._abort_slow(now)

    def _look_at(self, connection: Connection) -> None:
        if time.monotonic() - connection.since > HEADER_TIMEOUT_S:
            self._leave_partial(connection)
            if not connection.is_tls:
                connection.socket.settimeout(0)
                with contextlib.suppress(OSError):
                    connection.socket.send(TIMED_OUT)
            connection.close()
        else:
            self._judge(connection)

    def _abort_slow(self, now: float) -> None:
        with self._lock:
            slow = [each for each in self._open if each.is_too_slow(now)]
        for connection in slow:
            connection.abort()

    def _tell(self) -> None:
        self._turned_away += 1
        now = time.monotonic()
        if now - self._told_at > LOG_INTERVAL_S:
            log.warning(
                "Too many connections: idle ones make room (%d since this was last said)",
                self._turned_away,
            )
            self._told_at, self._turned_away = now, 0


def is_local(address: str | None) -> bool:
    return address is None or address.startswith(("127.", "::1", "::ffff:127."))


def has_headers(head: bytes) -> bool:
    """Tell whether a request's headers are there, or are more than will be read."""
    return b"\r\n\r\n" in head or b"\n\n" in head or len(head) > MAX_HEADER_BYTES


def is_whole(head: bytes) -> bool:
    """Tell whether a request is certainly there to its end.

    Where its headers could be read in two ways, or its length is not known, it is not.
    """
    headers, separator, body = head.partition(b"\r\n\r\n")
    if not separator:
        return len(head) > MAX_HEADER_BYTES
    headers = headers.lower()
    if b"transfer-encoding" in headers or re.search(rb"\n[ \t]", headers):
        return False
    mentions = headers.count(b"content-length")
    length = re.search(rb"\r\ncontent-length:[ \t]*([0-9]{1,12})[ \t]*(?:\r\n|$)", headers)
    return not mentions or (mentions == 1 and length is not None and len(body) >= int(length[1]))


def max_connections() -> int:
    """Return how many connections leave files enough for the rest, raising that limit first."""
    try:
        import resource
    except ImportError:  # Windows has no such limit on sockets
        return MAX_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    wanted = FILES_WANTED if hard == unlimited else min(FILES_WANTED, hard)
    if soft != unlimited and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    available = FILES_WANTED if soft == unlimited else soft
    return max(MIN_CONNECTIONS, min(MAX_CONNECTIONS, available - RESERVED_FILES))

"""SQLAlchemy's engines: an SQLite file, SQLite in memory, and a PostgreSQL server.

SQLite runs with a write-ahead log, so that readers and the one writer do not wait for each
other, and with `synchronous=FULL`: a thumb pressed is kept through a power cut too, and the few
writes a minute there are do not feel the flush. `secure_delete` overwrites what was deleted.
"""

import contextlib
import os
import sqlite3
import time
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from core.errors import StoreError

LOCK_TIMEOUT_S: Final = 10.0
"""Seconds that a statement waits for another program's lock."""
RETRY_PAUSE_S: Final = 0.005
"""Pause before an opening store is tried again that another one holds for a moment."""
CONNECT_TIMEOUT_S: Final = 5
SETTINGS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
)
URLS: Final = "sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME"


def parse_url(url: str) -> sa.URL | Path:
    """Return PostgreSQL's URL, or the path of SQLite's file.

    Raises:
        StoreError: it is neither; the message does not repeat it, as it may hold a password.
    """
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise StoreError(f"store: expected {URLS}, got something else") from error
    if parsed.drivername == "postgresql+psycopg":
        return parsed
    if parsed.drivername != "sqlite":
        raise StoreError(f"store: expected {URLS}, got {parsed.drivername}://...")
    if not parsed.database or parsed.database.startswith((":memory:", "file:")) or parsed.query:
        raise StoreError("store: expected the plain path of a file after sqlite:///")
    return Path(parsed.database)


def sqlite_engine(path: Path, lock_timeout_s: float) -> sa.Engine:
    """Return the engine of a file, which is made with its folder where there is none.

    Raises:
        StoreError: the file cannot be made.
    """
    name = f"store '{path}'"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise StoreError(f"{name}: expected a file, found a folder")
        # For the owner's eyes only; SQLite gives the log beside it the same rights.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise StoreError(f"{name}: cannot be made: {error.strerror}") from error
    # Transactions begin where `begin` below says, and never by the driver's own choice.
    arguments: dict[str, Any] = {"timeout": lock_timeout_s, "isolation_level": None}
    url = sa.URL.create("sqlite", database=str(path))
    engine = sa.create_engine(url, connect_args=arguments, hide_parameters=True)
    _prepare_sqlite(engine, lock_timeout_s)
    return engine


def memory_engine(turn_timeout_s: float) -> sa.Engine:
    """Return the engine of an empty SQLite store in memory."""
    # It is its one connection: another would be another store. The pool lends it to one thread at
    # a time, so that no thread's statements come into another's transaction.
    engine = sa.create_engine(
        "sqlite://",
        connect_args={"isolation_level": None, "check_same_thread": False},
        hide_parameters=True,
        max_overflow=0,
        pool_size=1,
        pool_timeout=turn_timeout_s,
        poolclass=sa.QueuePool,
    )
    _prepare_sqlite(engine, turn_timeout_s)
    return engine


def postgresql_engine(url: sa.URL, lock_timeout_s: float) -> sa.Engine:
    """Return the engine of a server's database.

    Raises:
        StoreError: its driver is not installed.
    """
    try:
        engine = sa.create_engine(
            url,
            connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
            hide_parameters=True,
            pool_pre_ping=True,
        )
    except ImportError as error:
        raise StoreError(
            'PostgreSQL needs a driver that is not installed: pip install "psycopg[binary]"'
        ) from error

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.execute(f"SET lock_timeout = {int(lock_timeout_s * 1000)}")
        connection.commit()

    return engine


def _prepare_sqlite(engine: sa.Engine, lock_timeout_s: float) -> None:
    @sa.event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        for setting in SETTINGS:
            _insist(connection, f"PRAGMA {setting}", lock_timeout_s)

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A transaction that reads first and writes then fails at once where another has written
        # in between; one that is going to write takes the lock at its beginning.
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _insist(connection: sqlite3.Connection, statement: str, timeout_s: float) -> None:
    """Run a statement, again where SQLite says "busy" before the time is over.

    SQLite does not wait by itself where the journal is to change to the log while another program
    begins to write: two that wait so for each other would never end.
    """
    end = time.monotonic() + timeout_s
    while True:
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError as error:
            code = error.sqlite_errorcode & 0xFF  # without what SQLite says more about it
            if code != sqlite3.SQLITE_BUSY or time.monotonic() >= end:
                raise
            time.sleep(RETRY_PAUSE_S)

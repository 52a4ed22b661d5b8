"""The store: one SQLite file in the data folder, or a PostgreSQL database by its URL.

For as long as the process, `open_in_memory` gives one that leaves nothing on any disk.

SQLite runs with a write-ahead log, so that readers and the one writer do not wait for each
other, and with `synchronous=FULL`: a thumb pressed is kept through a power cut too, and the few
writes a minute there are do not feel the flush. `secure_delete` overwrites what was deleted.
"""

import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from core.errors import StoreError
from store.schema import migrate

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

log = logging.getLogger(__name__)
PATIENCE: Final = 10.0
"""Seconds that a statement waits for another program's lock."""
BUSY_SECONDS: Final = 0.005
"""Pause before an opening store is tried again that another one holds for a moment."""
CONNECT_SECONDS: Final = 5
SETTINGS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
)
URLS: Final = "sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
MIGRATING: Final = 0x41464643
"""The advisory lock on PostgreSQL that only one process at a time migrates under."""


class Database:
    """An open store. Safe to share between threads; a context manager that closes it.

    Args:
        engine: of `open_database`.
        name: the store in words, without a password.
    """

    def __init__(self, engine: sa.Engine, name: str) -> None:
        self.engine = engine
        self._name = name
        snapshot = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reader = engine.execution_options(**snapshot)
        self._writer = engine.execution_options(begin="BEGIN IMMEDIATE")
        # SQLite has one writer at a time, and its way of waiting, sleeps that grow, lets some
        # threads wait for seconds. Those of this process take turns here instead.
        self._turn = threading.Lock() if self.is_sqlite else contextlib.nullcontext()

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of our own, not a server's."""
        return self.engine.dialect.name == "sqlite"

    def describe(self) -> str:
        """Return the store in words for a log or a page; without a password."""
        return self._name

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield a connection that sees one state of the store as long as it lasts.

        Raises:
            StoreError: the store cannot be read.
        """
        with _told(self._name), self._reader.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Yield a connection in a transaction: all of it is kept, or nothing.

        Raises:
            StoreError: the store cannot be written; nothing in it has changed.
        """
        with self._turn, _told(self._name), self._writer.begin() as connection:
            yield connection

    def insert(self, table: sa.Table) -> "sqlite.Insert | postgresql.Insert":
        """Return an INSERT that can say what to do about rows already there."""
        if self.is_sqlite:
            from sqlalchemy.dialects import sqlite

            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)

    def wipe_log(self) -> None:
        """Move what was committed into the file, and empty the log beside it (SQLite only).

        Rows just deleted still stand in the log; PostgreSQL cleans up after itself, later. A
        program that reads for longer than the store's patience keeps them there, which is logged:
        they go the next time that the log is emptied.
        """
        if self.is_sqlite:
            with _told(self._name), self.engine.connect() as connection:
                # Past SQLAlchemy, which would begin a transaction, that cannot have this inside.
                done = connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
                busy, *_ = done.fetchone()
            if busy:
                log.warning("%s: a reader keeps what was deleted in the log for now", self._name)

    def close(self) -> None:
        """Close all connections; what waits in SQLite's log goes into its file."""
        self.engine.dispose()

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_database(url: str | Path, patience: float = PATIENCE) -> Database:
    """Open the store, made or brought to the newest form where that is needed.

    Args:
        url: `postgresql+psycopg://user:password@host/name`, `sqlite:///path`, or the path of an
            SQLite file; its folder is made.
        patience: seconds to wait for a lock that another program holds.

    Raises:
        StoreError: it cannot be opened and written, or a newer Affectune wrote it.
    """
    return _migrated(_open(url, patience))


def _migrated(database: Database) -> Database:
    try:
        with database.writing() as connection:
            if not database.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATING)))
            migrate(connection)
    except StoreError:
        database.close()
        raise
    return database


def open_in_memory(patience: float = PATIENCE) -> Database:
    """Return a new, empty store that ends with the process, or when it is closed.

    Args:
        patience: seconds that a thread waits for its turn.
    """
    # It is its one connection: another would be another store. The pool lends it to one thread at
    # a time, so that no thread's statements come into another's transaction.
    engine = sa.create_engine(
        "sqlite://",
        connect_args={"isolation_level": None, "check_same_thread": False},
        hide_parameters=True,
        max_overflow=0,
        pool_size=1,
        pool_timeout=patience,
        poolclass=sa.QueuePool,
    )
    return _migrated(_sqlite(engine, "store in memory", patience))


def _open(url: str | Path, patience: float) -> Database:
    if isinstance(url, Path):
        return _open_sqlite(url, patience)
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise StoreError(f"store: expected {URLS}, got something else") from error
    if parsed.drivername == "postgresql+psycopg":
        return _open_postgresql(parsed, patience)
    if parsed.drivername != "sqlite":
        raise StoreError(f"store: expected {URLS}, got {parsed.drivername}://...")
    if not parsed.database or parsed.database.startswith((":memory:", "file:")) or parsed.query:
        raise StoreError("store: expected the plain path of a file after sqlite:///")
    return _open_sqlite(Path(parsed.database), patience)


def _open_sqlite(path: Path, patience: float) -> Database:
    path = path.absolute()
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
    arguments: dict[str, Any] = {"timeout": patience, "isolation_level": None}
    url = sa.URL.create("sqlite", database=str(path))
    engine = sa.create_engine(url, connect_args=arguments, hide_parameters=True)
    return _sqlite(engine, name, patience)


def _sqlite(engine: sa.Engine, name: str, patience: float) -> Database:
    @sa.event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        for setting in SETTINGS:
            _insist(connection, f"PRAGMA {setting}", patience)

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A transaction that reads first and writes then fails at once where another has written
        # in between; one that is going to write takes the lock at its beginning.
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return Database(engine, name)


def _insist(connection: sqlite3.Connection, statement: str, patience: float) -> None:
    """Run a statement, again where SQLite says "busy" before `patience` seconds are over.

    SQLite does not wait by itself where the journal is to change to the log while another program
    begins to write: two that wait so for each other would never end.
    """
    end = time.monotonic() + patience
    while True:
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError as error:
            kind = error.sqlite_errorcode & 0xFF  # without what SQLite says more about it
            if kind != sqlite3.SQLITE_BUSY or time.monotonic() >= end:
                raise
            time.sleep(BUSY_SECONDS)


def _open_postgresql(url: sa.URL, patience: float) -> Database:
    host = url.host or url.query.get("host") or "this computer"
    name = f"store '{url.database}' on {host}"
    try:
        engine = sa.create_engine(
            url,
            connect_args={"connect_timeout": CONNECT_SECONDS},
            hide_parameters=True,
            pool_pre_ping=True,
        )
    except ImportError as error:
        raise StoreError(
            'PostgreSQL needs a driver that is not installed: pip install "psycopg[binary]"'
        ) from error

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.execute(f"SET lock_timeout = {int(patience * 1000)}")
        connection.commit()

    return Database(engine, name)


@contextlib.contextmanager
def _told(name: str) -> Iterator[None]:
    """Turn what the driver raises into one sentence about the store."""
    try:
        yield
    except (sa.exc.DBAPIError, sa.exc.TimeoutError, sqlite3.Error) as error:
        raise StoreError(f"{name}: {_sentence(error)}") from error
    except UnicodeEncodeError as error:
        raise StoreError(f"{name}: cannot keep the text {error.object!r}, not Unicode") from error


SENTENCES: Final = {
    "SQLITE_FULL": "the disk is full; nothing that was kept is lost, make room and try again",
    "SQLITE_READONLY": "cannot be written: it, its folder or its disk is read-only",
    "SQLITE_CANTOPEN": "cannot be opened for writing: see who may write it and its folder",
    "SQLITE_NOTADB": "is not a store of Affectune, or is damaged; move it away or restore a copy",
    "SQLITE_CORRUPT": "is damaged; move it away or restore a copy",
    "SQLITE_BUSY": "another program holds it locked; close that and try again",
    "SQLITE_IOERR": "the disk refuses to read or write it",
    "53100": "the server's disk is full; nothing that was kept is lost, make room and try again",
    "55P03": "another program holds it locked; close that and try again",
    "25006": "cannot be written; the server is read-only",
}
"""By SQLite's primary result code, or PostgreSQL's SQLSTATE."""


def _sentence(error: Exception) -> str:
    if isinstance(error, sa.exc.TimeoutError):  # of the pool: its connections are all lent
        return "it is busy; try again"
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    # Only the errors of sqlite3 have the one, and only those of psycopg the other.
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or ""
    primary = "_".join(code.split("_")[:2])  # SQLITE_IOERR_WRITE is a kind of SQLITE_IOERR
    return SENTENCES.get(primary) or " ".join(str(cause).split())

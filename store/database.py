"""The store: one SQLite file in the data folder, or a PostgreSQL database by its URL.

For as long as the process, `open_in_memory` gives one that leaves nothing on any disk.
"""

import contextlib
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from core.errors import StoreError
from store.engines import (
    LOCK_TIMEOUT_S,
    memory_engine,
    parse_url,
    postgresql_engine,
    sqlite_engine,
)
from store.errors import translate_errors
from store.schema import migrate

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

log = logging.getLogger(__name__)
MIGRATION_LOCK: Final = 0x41464643
"""The advisory lock on PostgreSQL that only one process at a time migrates under."""


class Database:
    """An open store. Safe to share between threads; a context manager that closes it.

    Args:
        engine: of `store.engines`.
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
        with translate_errors(self._name), self._reader.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Yield a connection in a transaction: all of it is kept, or nothing.

        Raises:
            StoreError: the store cannot be written; nothing in it has changed.
        """
        with self._turn, translate_errors(self._name), self._writer.begin() as connection:
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
        program that reads for longer than the store waits keeps them there, which is logged:
        they go the next time that the log is emptied.
        """
        if self.is_sqlite:
            with translate_errors(self._name), self.engine.connect() as connection:
                # Past SQLAlchemy, which would begin a transaction, that cannot have this inside.
                cursor = connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
                busy, *_ = cursor.fetchone()
            if busy:
                log.warning("%s: a reader keeps what was deleted in the log for now", self._name)

    def close(self) -> None:
        """Close all connections; what waits in SQLite's log goes into its file."""
        self.engine.dispose()

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_database(url: str | Path, lock_timeout_s: float = LOCK_TIMEOUT_S) -> Database:
    """Open the store, made or brought to the newest form where that is needed.

    Args:
        url: `postgresql+psycopg://user:password@host/name`, `sqlite:///path`, or the path of an
            SQLite file; its folder is made.
        lock_timeout_s: seconds to wait for a lock that another program holds.

    Raises:
        StoreError: it cannot be opened and written, or a newer Affectune wrote it.
    """
    place = url if isinstance(url, Path) else parse_url(url)
    if isinstance(place, Path):
        path = place.absolute()
        return _migrated(Database(sqlite_engine(path, lock_timeout_s), f"store '{path}'"))
    host = place.host or place.query.get("host") or "this computer"
    name = f"store '{place.database}' on {host}"
    return _migrated(Database(postgresql_engine(place, lock_timeout_s), name))


def open_in_memory(turn_timeout_s: float = LOCK_TIMEOUT_S) -> Database:
    """Return a new, empty store that ends with the process, or when it is closed.

    Args:
        turn_timeout_s: seconds that a thread waits for its turn.
    """
    return _migrated(Database(memory_engine(turn_timeout_s), "store in memory"))


def _migrated(database: Database) -> Database:
    try:
        with database.writing() as connection:
            if not database.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
            migrate(connection)
    except StoreError:
        database.close()
        raise
    return database

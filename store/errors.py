"""What goes wrong in a database, in one sentence for the person who runs this program."""

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa

from core.errors import StoreError

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


@contextlib.contextmanager
def translate_errors(name: str) -> Iterator[None]:
    """Turn what the driver raises into one sentence about the store.

    Args:
        name: the store in words, which the sentence begins with.

    Raises:
        StoreError: in place of what SQLAlchemy or SQLite raised.
    """
    try:
        yield
    except (sa.exc.DBAPIError, sa.exc.TimeoutError, sqlite3.Error) as error:
        raise StoreError(f"{name}: {_sentence(error)}") from error
    except UnicodeEncodeError as error:
        raise StoreError(f"{name}: cannot keep the text {error.object!r}, not Unicode") from error


def _sentence(error: Exception) -> str:
    if isinstance(error, sa.exc.TimeoutError):  # of the pool: its connections are all lent
        return "it is busy; try again"
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    # Only the errors of sqlite3 have the one, and only those of psycopg the other.
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or ""
    primary = "_".join(code.split("_")[:2])  # SQLITE_IOERR_WRITE is a kind of SQLITE_IOERR
    return SENTENCES.get(primary) or " ".join(str(cause).split())

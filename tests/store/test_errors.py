"""What a driver raises, in one sentence."""

import sqlite3

import pytest
import sqlalchemy as sa

from core.errors import StoreError
from store.errors import translate_errors


class ServerError(Exception):
    """As psycopg's: PostgreSQL's code, and a message of several lines."""

    def __init__(self, code):
        super().__init__("the server\n  said something")
        self.sqlstate = code


def file_error(name):
    error = sqlite3.OperationalError("the file\n  said something")
    error.sqlite_errorname = name
    return error


def sentence(error):
    with pytest.raises(StoreError) as raised, translate_errors("store 'x'"):
        raise error
    assert raised.value.__cause__ is error
    return str(raised.value)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (ServerError("53100"), "the server's disk is full; nothing that was kept is lost, "),
        (ServerError("55P03"), "another program holds it locked; "),
        (ServerError("25006"), "cannot be written; the server is read-only"),
        (ServerError("XX000"), "the server said something"),
        (ServerError(None), "the server said something"),
        (Exception("no code"), "no code"),
        (file_error("SQLITE_FULL"), "the disk is full; nothing that was kept is lost, "),
        (file_error("SQLITE_IOERR_WRITE"), "the disk refuses to read or write it"),
        (file_error("SQLITE_BUSY_SNAPSHOT"), "another program holds it locked; "),
        (file_error("SQLITE_READONLY_DBMOVED"), "cannot be written: it, its folder or "),
        (file_error("SQLITE_MISMATCH"), "the file said something"),
    ],
)
def test_a_code_of_the_database_becomes_a_sentence(cause, expected):
    error = sa.exc.OperationalError("SELECT 1", {}, cause)
    assert sentence(error).startswith(f"store 'x': {expected}")


def test_what_comes_past_sqlalchemy_too():
    assert sentence(file_error("SQLITE_IOERR")) == "store 'x': the disk refuses to read or write it"


def test_a_wait_for_a_connection_that_was_too_long():
    assert sentence(sa.exc.TimeoutError("QueuePool")) == "store 'x': it is busy; try again"


def test_a_text_that_is_not_unicode():
    message = r"store 'x': cannot keep the text 'a.udc80', not Unicode"
    with pytest.raises(StoreError, match=message), translate_errors("store 'x'"):
        "a\udc80".encode()


def test_other_errors_are_not_the_stores():
    with pytest.raises(KeyError), translate_errors("store 'x'"):
        raise KeyError

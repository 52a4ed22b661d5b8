"""Opening the store, its older forms, and what happens when disk, lock or file are not right."""

import contextlib
import sqlite3
import stat
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.errors import StoreError
from store import schema
from store.database import open_database, open_in_memory
from store.engines import parse_url
from store.schema import MIGRATIONS, migrate
from store.songs import Library
from store.visitors import VisitorRecords
from tests.store.songs import song


class TestOpening:
    def test_a_new_store_has_the_tables_the_code_knows(self, database):
        found = sa.inspect(database.engine)
        assert set(found.get_table_names()) == set(schema.metadata.tables)
        for table in schema.metadata.sorted_tables:
            columns = found.get_columns(table.name)
            assert [c["name"] for c in columns] == [c.name for c in table.columns]
            assert [c["nullable"] for c in columns] == [c.nullable for c in table.columns]
            kinds = [c["type"].as_generic()._type_affinity for c in columns]
            assert kinds == [c.type._type_affinity for c in table.columns]
            keys = found.get_pk_constraint(table.name)["constrained_columns"]
            assert keys == [c.name for c in table.primary_key]

    def test_no_column_could_hold_a_picture_or_a_sound(self):
        for table in schema.metadata.sorted_tables:
            for column in table.columns:
                kind = getattr(column.type, "impl", column.type)  # `Common` keeps a Text
                assert isinstance(kind, sa.Text | sa.BigInteger | sa.Double)

    def test_what_was_kept_is_there_when_opened_again(self, store_url):
        with open_database(store_url) as database:
            Library(database).add([song(1)], "a")
        with open_database(store_url) as database:
            assert Library(database).songs() == [song(1)]

    def test_a_path_names_a_file_and_its_folder_is_made(self, tmp_path):
        path = tmp_path / "not yet" / "ünd #so? 100%" / "affectune.db"
        with open_database(path) as database:
            Library(database).add([song(1)], "a")
            assert str(path) in database.describe()
        assert path.is_file()
        assert [file.name for file in path.parent.iterdir()] == ["affectune.db"]

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
    def test_only_the_owner_may_read_it(self, tmp_path):
        with open_database(tmp_path / "affectune.db") as database:
            Library(database).add([song(1)], "a")
            for file in tmp_path.iterdir():
                assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name

    def test_it_is_set_up_to_last(self, tmp_path):
        with open_database(tmp_path / "affectune.db") as database, database.reading() as reading:
            settings = {
                name: reading.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in (
                    "journal_mode",
                    "synchronous",
                    "foreign_keys",
                    "secure_delete",
                    "busy_timeout",
                )
            }
        full = 2
        assert settings == {
            "journal_mode": "wal", "synchronous": full, "foreign_keys": 1, "secure_delete": 1,
            "busy_timeout": 10_000,
        }  # fmt: skip

    def test_many_open_a_new_store_at_once(self, store_url):
        def open_and_add(number):
            with open_database(store_url) as database:
                Library(database).add([song(number)], "a")

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(open_and_add, range(8)))
        with open_database(store_url) as database:
            assert len(Library(database).songs()) == 8

    def test_waits_for_a_writer_that_keeps_the_journal_from_changing(self, tmp_path):
        path = tmp_path / "affectune.db"
        with contextlib.closing(sqlite3.connect(path)) as writer, ThreadPoolExecutor() as pool:
            writer.execute("BEGIN IMMEDIATE")
            opening = pool.submit(open_database, path)
            wait([opening], timeout=0.3)
            was_refused = opening.done()
            writer.rollback()
            opening.result().close()
        assert not was_refused

    @pytest.mark.parametrize(
        ("url", "message"),
        [
            ("mysql://me:secret@host/name", "store: expected sqlite:///FILE or postgresql+psycopg"),
            ("postgresql+psycopg://me:secret@host:x/n", "store: expected sqlite:///FILE or"),
            ("secret", "store: expected sqlite:///FILE or"),
            ("sqlite://", "store: expected the plain path of a file after sqlite:///"),
            ("sqlite:///:memory:", "store: expected the plain path of a file after sqlite:///"),
            ("sqlite:///file:x.db", "store: expected the plain path of a file after sqlite:///"),
            ("sqlite:///x.db?mode=ro", "store: expected the plain path of a file"),
            pytest.param(
                "postgresql+psycopg://me:secret@127.0.0.1:1/name",
                "store 'name' on 127.0.0.1: ",
                marks=pytest.mark.slow,  # needs psycopg
            ),
        ],
    )
    def test_a_url_of_no_use_is_refused_without_its_password(self, url, message):
        with pytest.raises(StoreError) as refused:
            open_database(url)
        assert str(refused.value).startswith(message)
        assert "secret" not in str(refused.value)
        assert "\n" not in str(refused.value)

    def test_a_url_of_a_server_and_one_of_a_file(self):
        server = parse_url("postgresql+psycopg://me:secret@host/name")
        assert (server.host, server.database) == ("host", "name")
        assert parse_url("sqlite:///music/my.db") == Path("music/my.db")

    @pytest.mark.slow
    def test_the_description_has_no_password(self, postgresql_server):
        url = sa.make_url(postgresql_server).set(password="secret")
        with open_database(url.render_as_string(hide_password=False)) as database:
            assert database.describe().startswith("store 'postgres' on ")
            assert "secret" not in database.describe()


class TestMigrations:
    STEP = ("ALTER TABLE songs ADD COLUMN tempo DOUBLE PRECISION", "UPDATE songs SET tempo = 120")

    def test_an_older_store_is_brought_forward_and_keeps_its_rows(self, database):
        Library(database).add([song(1)], "a")
        with database.writing() as connection:
            migrate(connection, (*MIGRATIONS, self.STEP))
        with database.reading() as connection:
            names = connection.exec_driver_sql("SELECT name, tempo FROM songs").all()
        assert names == [("song 1", 120.0)]

    def test_a_step_is_taken_once(self, database):
        for _ in range(2):
            with database.writing() as connection:
                migrate(connection, (*MIGRATIONS, self.STEP))

    def test_a_step_that_fails_leaves_the_store_as_it_was(self, reopenable, store_url):
        Library(reopenable).add([song(1)], "a")
        with (
            pytest.raises(StoreError, match="no_such_table"),
            reopenable.writing() as connection,
        ):
            migrate(connection, (*MIGRATIONS, (*self.STEP, "DELETE FROM no_such_table")))
        with open_database(store_url) as again:
            assert Library(again).songs() == [song(1)]
        columns = sa.inspect(reopenable.engine).get_columns("songs")
        assert "tempo" not in {column["name"] for column in columns}

    def test_a_store_of_a_newer_version_is_refused_untouched(self, reopenable, store_url):
        newer = schema.counters.update().where(schema.counters.c.name == "schema").values(value=99)
        with reopenable.writing() as connection:
            connection.execute(newer)
        with pytest.raises(StoreError) as refused:
            open_database(store_url)
        assert str(refused.value).startswith("store: a newer Affectune wrote it, with schema 99 ")
        with reopenable.reading() as connection:
            values = connection.execute(sa.select(schema.counters)).all()
        assert dict(map(tuple, values)) == {"schema": 99, "library": 0}


"""Songs, of 1 kB each: more than SQLite's cache of 2 MB, so that it writes before it commits."""


class TestInMemory:
    def test_each_is_a_store_of_its_own_and_ends_when_closed(self):
        with open_in_memory() as one, open_in_memory() as other:
            Library(one).add([song(1)], "a")
            assert Library(one).songs() == [song(1)]
            assert Library(other).songs() == []
        assert one.describe() == "store in memory"
        with open_in_memory() as again:
            assert Library(again).songs() == []

    def test_it_outlives_a_failure(self):
        with open_in_memory() as database:
            Library(database).add([song(1)], "a")
            with (
                pytest.raises(StoreError, match="no_such_table"),
                database.writing() as connection,
            ):
                migrate(
                    connection, (*MIGRATIONS, ("DELETE FROM songs", "DELETE FROM no_such_table"))
                )
            assert Library(database).songs() == [song(1)]

    @pytest.mark.timeout(25)
    def test_a_thread_that_waits_for_too_long_is_told(self):
        with (
            open_in_memory(turn_timeout_s=0.05) as database,
            database.reading(),
            pytest.raises(StoreError, match=r"^store in memory: it is busy; try again$"),
        ):
            Library(database).count()


class TestThreads:
    def test_many_requests_write_and_read_at_once(self, database):
        records, library = VisitorRecords(database), Library(database)
        begin = threading.Barrier(12)

        def request(number):
            begin.wait()
            for n in range(10):
                records.rate(f"visitor {number}", song(n), 1)
                library.add([song(n), song(100 * number + n)], str(number))
                assert len(records.ratings(f"visitor {number}")) == n + 1
                assert library.version > 0

        with ThreadPoolExecutor(12) as pool:
            list(pool.map(request, range(12)))
        assert len(library.songs()) == 120
        assert all(len(records.ratings(f"visitor {number}")) == 10 for number in range(12))

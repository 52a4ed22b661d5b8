"""A store that is killed, full, locked, damaged or read-only."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.errors import StoreError
from store import schema
from store.database import open_database
from store.songs import Library
from store.visitors import VisitorRecords
from tests.conftest import ROOT
from tests.store.songs import fill, is_whole, song

BATCH = 3000


WRITE_UNTIL_KILLED = """
import itertools, sys
from core.song import Song
from store.database import open_database
from store.songs import Library

url, first, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
library = Library(open_database(url))
for batch in itertools.count(first):
    numbers = range(size * batch, size * batch + size)
    songs = [Song(str(n), str(batch), "x" * 1000, "", *[None] * 6) for n in numbers]
    library.add(songs, "child")
    print(batch, flush=True)
"""


class TestKilled:
    def test_every_acknowledged_write_outlives_kill_9(self, store_url, tmp_path):
        acknowledged: set[int] = set()
        for batches in (1, 3, 2):
            acknowledged |= self.write_until_killed(
                store_url, batches, 100 * len(acknowledged), tmp_path
            )
            if store_url.startswith("sqlite"):
                assert is_whole(tmp_path / "affectune.db")
            with open_database(store_url) as database:
                found = Counter(int(song.name) for song in Library(database).songs())
            assert acknowledged <= set(found)
            assert set(found.values()) == {BATCH}, "a batch came in half"

    def write_until_killed(self, url: str, batches: int, first: int, folder: Path) -> set[int]:
        """Kill the child in the middle of a write, after so many that it has acknowledged."""
        child = subprocess.Popen(
            [sys.executable, "-c", WRITE_UNTIL_KILLED, url, str(first), str(BATCH)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        with child:
            lines = [child.stdout.readline() for _ in range(batches)]
            if url.startswith("sqlite"):
                written = stamps(folder)
                while stamps(folder) == written:
                    assert child.poll() is None
            child.kill()
            lines += child.stdout.readlines()
        return {int(line) for line in lines}


def stamps(folder: Path) -> list[tuple[int, int]]:
    """Return what changes when one of a store's files is written."""
    states = [path.stat() for path in sorted(folder.iterdir())]
    return [(state.st_size, state.st_mtime_ns) for state in states]


class TestFull:
    def test_a_full_disk_is_said_and_nothing_is_lost(self, tmp_path):
        pages = {"most": 0}
        with open_database(tmp_path / "affectune.db") as database:

            @sa.event.listens_for(database.engine, "connect")
            def limit(connection, _):
                connection.execute(f"PRAGMA max_page_count = {pages['most']}")

            library = Library(database)
            library.add([song(-1)], "before")
            pages["most"] = 200
            database.close()  # the next connection has the limit
            taken, said = fill(library)
            assert taken > 0
            assert said.endswith(
                "the disk is full; nothing that was kept is lost, make room and try again"
            )
            assert len(library.songs()) == 1 + taken
            pages["most"] = 100_000
            database.close()
            library.add([song(-2)], "after")
            assert len(library.songs()) == 2 + taken
        assert is_whole(tmp_path / "affectune.db")

    def test_a_disk_that_is_really_full(self, small_disk):
        ballast = small_disk / "ballast"
        ballast.write_bytes(bytes(1_000_000))
        with open_database(small_disk / "affectune.db") as database:
            library, records = Library(database), VisitorRecords(database)
            records.rate("visitor", song(1), 1)
            taken, said = fill(library)
            assert "the disk is full" in said
            assert (len(library.songs()), records.ratings("visitor")) == (taken, {song(1).id: 1})
            ballast.unlink()
            records.rate("visitor", song(1), -1)
            assert records.ratings("visitor") == {song(1).id: -1}
        assert is_whole(small_disk / "affectune.db")

    def test_a_start_on_a_full_disk_is_one_sentence(self, small_disk):
        with pytest.raises(OSError, match="No space left"):
            (small_disk / "ballast").write_bytes(bytes(4_000_000))
        with pytest.raises(StoreError, match="the disk is full"):
            open_database(small_disk / "affectune.db")


class TestUnusable:
    def refused(self, path, **options) -> str:
        with pytest.raises(StoreError) as refused:
            open_database(path, **options)
        assert "\n" not in str(refused.value)
        return str(refused.value).removeprefix(f"store '{path}': ")

    def test_a_folder_in_its_place(self, tmp_path):
        assert self.refused(tmp_path) == "expected a file, found a folder"

    def test_a_file_where_its_folder_should_be(self, tmp_path):
        (tmp_path / "file").write_text("")
        assert self.refused(tmp_path / "file" / "a.db").startswith("cannot be made: ")

    def test_another_kind_of_file_is_left_as_it_is(self, tmp_path):
        path = tmp_path / "affectune.db"
        path.write_bytes(b"name,album,artist\n" * 1000)
        assert self.refused(path).startswith("is not a store of Affectune, or is damaged; ")
        assert path.read_bytes() == b"name,album,artist\n" * 1000

    def test_a_damaged_file(self, tmp_path):
        path = tmp_path / "affectune.db"
        with open_database(path) as database:
            Library(database).add(map(song, range(2000)), "a")
        content = path.read_bytes()
        page = 4096
        path.write_bytes(content[:page] + b"\xff" * (len(content) - page))
        assert self.refused(path).startswith("is damaged; ")

    def test_a_read_only_file(self, read_only_store):
        assert self.refused(read_only_store).startswith("cannot be ")

    def test_a_locked_store_is_waited_for_and_then_said(self, reopenable, store_url):
        with open_database(store_url, lock_timeout_s=0.1) as hasty:
            library = Library(hasty)
            with reopenable.writing() as holding:
                holding.execute(sa.update(schema.counters).values(value=schema.counters.c.value))
                with pytest.raises(StoreError, match="another program holds it locked; close"):
                    library.add([song(1)], "a")
                assert library.songs() == []
            assert library.add([song(1)], "a").new == 1

    def test_a_start_while_another_program_holds_it(self, tmp_path):
        path = tmp_path / "affectune.db"
        with open_database(path) as database, database.writing():
            assert self.refused(path, lock_timeout_s=0.1).startswith(
                "another program holds it locked"
            )

    def test_what_goes_wrong_is_told_without_what_was_to_be_kept(self, database):
        """A visitor's id opens their page, and a traceback may end in a log."""
        with pytest.raises(StoreError) as refused, database.writing() as connection:
            connection.execute(
                sa.text("INSERT INTO no_such_table VALUES (:id)"), {"id": "a-visitors-id"}
            )
        assert "a-visitors-id" not in f"{refused.value} {refused.value.__cause__}"

    def test_text_that_is_no_unicode_is_said(self, database):
        with pytest.raises(StoreError, match="not Unicode"):
            Library(database).add([song(1), song(2, genre="\udcff")], "a")
        assert Library(database).songs() == []


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 2 MiB; only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount(folder, "size=2m")
    yield folder
    unmount(folder)


@pytest.fixture
def read_only_store(tmp_path):
    """A store whose file may only be read; for root, that needs a disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    path = folder / "affectune.db"
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if as_root:
        mount(folder, "size=2m")
    with open_database(path):
        pass
    if as_root:
        mount(folder, "remount,ro")
    else:
        path.chmod(0o400)
    yield path
    if as_root:
        unmount(folder)


def mount(folder: Path, options: str) -> None:
    command = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"needs the right to mount a small file system: {error}")


def unmount(folder: Path) -> None:
    subprocess.run(["umount", str(folder)], check=True)

"""How far imports came, and when that is forgotten."""

import pytest

from store.database import open_database
from store.positions import ImportPositions
from store.songs import Library
from tests.store.test_songs import BARE, FULL

ONE, OTHER = "spotify:playlist:one@1", "spotify:playlist:other@1"


@pytest.fixture
def positions(database):
    return ImportPositions(database)


def test_it_is_0_until_it_is_set_and_the_last_one_counts(positions):
    assert positions.get(ONE) == 0
    positions.set(ONE, 50)
    positions.set(ONE, 100)
    assert (positions.get(ONE), positions.get(OTHER)) == (100, 0)


def test_0_forgets_it_and_no_other(positions):
    positions.set(ONE, 50)
    positions.set(OTHER, 150)
    positions.set(ONE, 0)
    assert (positions.get(ONE), positions.get(OTHER)) == (0, 150)


def test_it_is_kept(reopenable, store_url):
    ImportPositions(reopenable).set(ONE, 50)
    with open_database(store_url) as again:
        assert ImportPositions(again).get(ONE) == 50


class TestRemovedSongs:
    """Behind songs that are gone no import goes on."""

    def test_of_one_import(self, database, positions):
        library = Library(database)
        library.add([FULL], "spotify:playlist:one")
        library.add([BARE], "spotify:playlist:other")
        positions.set(ONE, 50)
        positions.set(OTHER, 150)
        library.remove("spotify:playlist:one")
        assert (positions.get(ONE), positions.get(OTHER)) == (0, 150)

    def test_of_all_imports(self, database, positions):
        library = Library(database)
        library.add([FULL, BARE], "spotify:playlist:one")
        positions.set(ONE, 50)
        positions.set(OTHER, 150)
        version = library.version
        library.remove()
        assert (positions.get(ONE), positions.get(OTHER)) == (0, 0)
        assert library.version > version, "the count of changes is no position"

    def test_a_name_is_no_pattern(self, database, positions):
        positions.set(ONE, 50)
        Library(database).remove("spotify_playlist%")
        assert positions.get(ONE) == 50

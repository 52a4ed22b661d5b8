"""The imported songs: what comes back, what an import changes, and what was measured."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from core.song import Song, song_id
from core.sound import Sound
from store import schema
from store.database import open_database
from store.songs import Added, Library


def song(name: str, **known) -> Song:
    blank = dict.fromkeys(("release_year", "genre", "language", "valence", "energy", "emotion"))
    return Song(song_id(name, "album", "artist"), name, "album", "artist", **{**blank, **known})


FULL = song(
    "Pata Pata",
    release_year=1967,
    genre="world",
    language="xh",
    valence=0.9,
    energy=0.7,
    mood="Happy",
    path="/music/Pata Pata – ünd 'mehr'.mp3",
)
BARE = song("Gymnopédie No. 1")


@pytest.fixture
def library(database):
    return Library(database)


class TestSongs:
    def test_songs_come_back_as_they_were(self, library):
        assert library.add([FULL, BARE], "a.csv") == Added(new=2, known=0)
        assert library.songs() == sorted([FULL, BARE], key=lambda song: song.id)

    def test_what_many_songs_have_alike_is_in_memory_once(self, library):
        """It is a sixth of what 100,000 songs take."""
        library.add([FULL, replace(FULL, id="0" * 12, name="Pata Pata 2000")], "a.csv")
        one, other = library.songs()
        for column in ("album", "artist", "genre", "language", "mood"):
            assert getattr(one, column) is getattr(other, column)

    def test_a_song_that_is_in_memory_is_taken_where_it_is_the_same_still(self, library):
        """Else a library would be in memory twice while a change of it is taken in."""
        library.add([FULL, BARE], "a.csv")
        known = {song.id: song for song in library.songs()}
        library.add([replace(BARE, release_year=1888)], "b.csv")
        again = {song.id: song for song in library.songs(known.get)}
        assert again[FULL.id] is known[FULL.id]
        assert again[BARE.id].release_year == 1888

    def test_the_order_is_the_same_however_they_came(self, library):
        songs = [song(f"song {n}") for n in range(50)]
        library.add(songs[25:], "a")
        library.add(songs[:25], "b")
        first = library.songs()
        library.remove()
        library.add(reversed(songs), "c")
        assert library.songs() == first

    def test_the_same_songs_again_change_nothing(self, library):
        library.add([FULL, BARE], "a.csv")
        version = library.version
        assert library.add([FULL, BARE, BARE], "a.csv") == Added(new=0, known=2)
        assert library.version == version

    def test_nothing_is_added_from_nothing(self, library):
        assert library.add([], "empty.csv") == Added(0, 0)

    def test_a_later_import_fills_gaps_and_changes_nothing_known(self, library):
        library.add([replace(FULL, genre=None, mood=None)], "a")
        later = replace(FULL, genre="pop", mood="Calm", valence=0.1, release_year=None)
        assert library.add([later], "b") == Added(new=0, known=1)
        assert library.songs() == [replace(FULL, genre="pop", mood="Calm")]

    def test_a_mood_chosen_for_all_overrules_the_known_one(self, library):
        library.add([replace(BARE, mood="Happy")], "a")
        library.add([replace(BARE, mood="Sad")], "a")
        assert [song.mood for song in library.songs()] == ["Happy"]
        library.add([replace(BARE, mood="Sad")], "a", overrule=True)
        assert [song.mood for song in library.songs()] == ["Sad"]

    def test_a_file_that_has_moved_is_found_where_it_is_now(self, library):
        library.add([FULL], "music")
        library.add([replace(FULL, path="/moved.mp3")], "music")
        library.add([replace(FULL, path=None)], "a.csv")
        assert library.songs() == [replace(FULL, path="/moved.mp3")]


class TestRemoving:
    def test_by_origin(self, library):
        library.add([FULL, BARE], "a")
        library.add([BARE, song("third")], "b")
        assert library.remove("a") == 1
        assert {song.name for song in library.songs()} == {BARE.name, "third"}
        assert library.remove("b") == 2
        assert library.songs() == []

    def test_those_whose_files_are_gone(self, library):
        full, bare = replace(FULL, path="/a.mp3"), replace(BARE, path="/b.mp3")
        library.add([full, bare, song("third")], "a")
        library.add([bare], "b")
        for path in ("/a.mp3", "/b.mp3"):
            library.keep_sound(path, 1, 2, TestSounds.SOUND)
        version = library.version
        assert library.remove_files([FULL.id, BARE.id, "unknown"], "a") == 1
        assert {(song.name, song.path) for song in library.songs()} == {
            *((BARE.name, None), ("third", None))
        }
        assert library.version > version
        assert library.sound("/a.mp3", 1, 2) is library.sound("/b.mp3", 1, 2) is None
        version = library.version
        assert library.remove_files([BARE.id], "b") == 1  # of which it has no file any more
        assert library.version > version
        assert library.remove_files([], "a") == library.remove_files(["unknown"], "a") == 0
        assert library.origins() == {"a": 1}

    def test_of_a_file_that_is_gone_no_other_song_loses_its_own(self, library):
        stays = replace(song("third"), path="/c.mp3")
        library.add([replace(FULL, path="/a.mp3"), stays], "a")
        library.add([FULL], "b")
        library.keep_sound("/c.mp3", 1, 2, TestSounds.SOUND)
        assert library.remove_files([FULL.id], "a") == 0
        assert {song.name: song.path for song in library.songs()} == {
            FULL.name: None,
            "third": "/c.mp3",
        }
        assert library.sound("/c.mp3", 1, 2) == TestSounds.SOUND

    def test_a_song_that_had_no_file_is_not_changed(self, library):
        library.add([BARE], "a")
        library.add([BARE], "b")
        version = library.version
        assert library.remove_files([BARE.id], "a") == 0
        assert library.version == version
        assert library.origins() == {"b": 1}

    def test_all(self, library):
        library.add([FULL, BARE], "a")
        assert library.remove() == 2
        assert library.songs() == []
        assert library.add([FULL], "a") == Added(new=1, known=0)

    def test_nor_is_kept_what_was_measured_in_their_files(self, library):
        library.add([replace(FULL, path="/a.mp3"), replace(BARE, path="/b.mp3")], "a")
        library.add([replace(BARE, path="/b.mp3")], "b")
        for path in ("/a.mp3", "/b.mp3"):
            library.keep_sound(path, 1, 2, TestSounds.SOUND)
        library.remove("a")
        assert library.sound("/a.mp3", 1, 2) is None
        assert library.sound("/b.mp3", 1, 2) == TestSounds.SOUND

    def test_what_each_import_brought(self, library):
        assert (library.origins(), library.count()) == ({}, 0)
        library.add([FULL, BARE], "b")
        library.add([BARE], "a")
        assert (library.origins(), library.count()) == ({"a": 1, "b": 2}, 2)
        library.remove("b")
        assert (library.origins(), library.count()) == ({"a": 1}, 1)

    def test_what_is_not_there(self, library):
        version = library.version
        assert library.remove("never imported") == 0
        assert library.version == version


class TestCounting:
    def test_by_origin_and_in_all(self, library):
        assert (library.origins(), library.count()) == ({}, 0)
        library.add([FULL, BARE], "b.csv")
        library.add([BARE], "a.csv")
        assert list(library.origins().items()) == [("a.csv", 1), ("b.csv", 2)]
        assert library.count() == 2
        library.remove("b.csv")
        assert library.origins() == {"a.csv": 1}
        library.remove()
        assert (library.origins(), library.count()) == ({}, 0)


class TestSounds:
    SOUND = Sound(123.4, 120.1, -14.2, 2345.6, 3.3, 9, 0, -0.25, 0.1 + 0.2, 0.7)
    FILE = ("/music/Pata Pata – ünd.mp3", 5_000_000_000, 1_700_000_000_123_456_789)

    def test_what_was_measured_comes_back_as_it_was(self, reopenable, store_url):
        Library(reopenable).keep_sound(*self.FILE, self.SOUND)
        with open_database(store_url) as again:
            assert Library(again).sound(*self.FILE) == self.SOUND

    @pytest.mark.parametrize("changed", [0, 1, 2])
    def test_of_another_or_a_changed_file_nothing_is_known(self, library, changed):
        library.keep_sound(*self.FILE, self.SOUND)
        file = list(self.FILE)
        file[changed] += type(file[changed])(1)
        assert library.sound(*file) is None

    def test_a_file_measured_anew_has_the_new_sound(self, library):
        path, size, mtime_ns = self.FILE
        library.keep_sound(*self.FILE, self.SOUND)
        newer = replace(self.SOUND, tempo=60.0)
        library.keep_sound(path, size, mtime_ns + 1, newer)
        assert library.sound(path, size, mtime_ns + 1) == newer
        assert library.sound(*self.FILE) is None

    @pytest.mark.parametrize("measured", ['{"tempo": 120.0}', '{"pitch": 1}', "[1]"])
    def test_what_an_older_version_measured_is_to_be_measured_anew(
        self, library, database, measured
    ):
        library.keep_sound(*self.FILE, self.SOUND)
        with database.writing() as connection:
            connection.execute(sa.update(schema.sounds).values(measured=measured))
        assert library.sound(*self.FILE) is None


class TestVersion:
    def test_it_rises_with_every_change(self, library):
        versions = [library.version]
        for change in (
            lambda: library.add([BARE], "a"),
            lambda: library.add([replace(BARE, mood="Calm")], "a"),
            lambda: library.remove("a"),
        ):
            change()
            versions.append(library.version)
        assert versions == sorted(set(versions))

    def test_it_tells_of_another_process(self, reopenable, store_url):
        library = Library(reopenable)
        version = library.version
        with open_database(store_url) as other:
            Library(other).add([BARE], "a")
        assert library.version > version
        assert library.songs() == [BARE]

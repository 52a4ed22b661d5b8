"""Each visitor's lists over time: stable, and following the library."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import StoreError
from core.labels import MODES
from music.recommend import jukebox as module
from store.songs import Library
from tests.fakes import FakeClock
from tests.music.made_up import collection, song
from tests.music.recommend.party import SHELF, ids, make


class TestLists:
    @pytest.mark.parametrize("mode", MODES)
    def test_the_same_list_as_long_as_nothing_changes(self, mode):
        jukebox = make()
        first = ids(jukebox, mode=mode)
        ids(jukebox, emotion="sad", mode=mode)
        ids(jukebox, visitor="bob", mode=mode)
        assert ids(jukebox, mode=mode) == first

    def test_the_next_lists_bring_other_songs(self):
        jukebox = make()
        heard = []
        for version in range(1, 6):
            new = ids(jukebox, version=version)
            assert not set(new) & set(heard)
            heard += new

    def test_two_visitors_and_two_seeds_get_different_lists(self):
        assert ids(make()) != ids(make(), visitor="bob")
        assert ids(make()) != ids(make(seed=2))
        assert ids(make()) == ids(make())

    def test_each_start_brings_other_songs_unless_a_seed_is_given(self):
        assert ids(make(seed=None)) != ids(make(seed=None))

    def test_before_there_is_a_mood_it_is_empty(self):
        assert make().playlist("ann", None, "match", 10, 1).songs == ()

    def test_the_list_asked_for_longest_ago_makes_room(self, monkeypatch):
        monkeypatch.setattr(module, "MAX_LISTS", 2)
        jukebox = make()
        first, second = ids(jukebox, version=1), ids(jukebox, version=2)
        assert ids(jukebox, version=1) == first
        ids(jukebox, version=3)
        assert ids(jukebox, version=1) == first
        assert ids(jukebox, version=2) != second

    def test_many_threads_get_one_list(self):
        jukebox = make(songs=[], library=FakeLibrary(collection(5000)))
        begin = threading.Barrier(8)
        found = []

        def ask():
            begin.wait()
            found.append(ids(jukebox))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 8
        assert all(each == found[0] for each in found)


class TestLibrary:
    def test_imported_songs_are_played(self, store):
        library = Library(store)
        library.add(collection(50), "mine.csv")
        jukebox = make(library, songs=[])
        happy = {s.id for s in library.songs() if s.mood == "Happy"}
        assert set(ids(jukebox)) <= happy
        assert jukebox.song(min(happy)).id == min(happy)
        assert jukebox.song("no such") is None

    def test_a_change_is_taken_in_and_lists_stay(self, store):
        library, clock = Library(store), FakeClock()
        jukebox = make(library, clock=clock)
        before = ids(jukebox)
        new = song("new", mood="Happy")
        library.add([new], "mine.csv")
        assert ids(jukebox) == before
        assert jukebox.song(new.id) is None
        clock.now += 10
        assert ids(jukebox) == before
        assert jukebox.song(new.id) == new
        assert not jukebox.reload_if_changed()

    def test_while_a_change_is_taken_in_the_songs_are_in_memory_once(self, store):
        library = Library(store)
        library.add([song("old", mood="Happy")], "mine.csv")
        jukebox = make(library)
        [old] = library.songs()
        held = jukebox.song(old.id)
        library.add([song("new", mood="Happy")], "mine.csv")
        assert jukebox.reload_if_changed()
        assert jukebox.song(old.id) is held

    def test_while_one_thread_takes_a_change_in_the_others_go_on(self):
        library = SlowLibrary(collection(50))
        library.answered.set()
        jukebox = make(library)
        library.version, before = 2, ids(jukebox)
        library.answered.clear()
        library.asked.clear()
        with ThreadPoolExecutor(2) as pool:
            reload = pool.submit(jukebox.reload_if_changed)
            assert library.asked.wait(timeout=10)
            other = pool.submit(jukebox.reload_if_changed)
            try:
                assert not other.result(timeout=10)
                assert ids(jukebox) == before
                assert not reload.done()
            finally:
                library.answered.set()
            assert reload.result()

    def test_a_list_that_was_short_or_has_lost_a_song_is_made_again(self, store):
        library = Library(store)
        jukebox = make(library, songs=[])
        assert ids(jukebox) == []
        library.add([song(f"{n}", mood="Happy") for n in range(20)], "mine.csv")
        assert jukebox.reload_if_changed()
        first = ids(jukebox)
        assert len(first) == 10
        library.add([song(f"other {n}", mood="Happy") for n in range(20)], "other.csv")
        library.remove("mine.csv")
        assert jukebox.reload_if_changed()
        assert len(ids(jukebox)) == 10
        assert not set(ids(jukebox)) & set(first)

    def test_a_thumb_on_a_list_that_has_lost_a_song(self, store):
        library = Library(store)
        library.add([song(f"{n}", mood="Happy") for n in range(10)], "mine.csv")
        library.add([song(f"other {n}", mood="Happy") for n in range(40)], "other.csv")
        jukebox = make(library, songs=[])
        everything = ids(jukebox, limit=50)
        library.remove("mine.csv")
        assert jukebox.reload_if_changed()
        disliked = next(id for id in everything if jukebox.song(id))
        jukebox.rate("ann", disliked, -1)
        assert disliked not in ids(jukebox, limit=50)

    def test_a_song_of_the_files_that_was_imported_too_has_its_music(self, store):
        library = Library(store)
        own = SHELF[1]
        library.add([song(own.name, mood="Sad", path="/music/song.mp3", release_year=1)], "folder")
        found = make(library).song(own.id)
        assert (found.path, found.mood) == ("/music/song.mp3", "Sad")
        assert (found.emotion, found.release_year) == ("happy", own.release_year)

    def test_it_goes_on_without_a_library_that_cannot_be_read(self):
        library = FakeLibrary([song("new", mood="Happy")], StoreError("the store is gone"))
        jukebox = make(library)
        assert len(ids(jukebox)) == 10
        assert jukebox.problems == ("the store is gone",)
        library.error = None
        assert jukebox.reload_if_changed()
        assert jukebox.problems == ()

    def test_a_trouble_is_over_once_the_library_can_be_read_again(self):
        library = FakeLibrary([song("new", mood="Happy")])
        jukebox = make(library)
        library.error = StoreError("the store is busy")
        assert not jukebox.reload_if_changed()
        assert jukebox.problems == ("the store is busy",)
        library.error = None
        assert not jukebox.reload_if_changed()
        assert jukebox.problems == ()


class FakeLibrary:
    """Holds given songs, or raises."""

    def __init__(self, songs, error=None):
        self._songs = songs
        self.error = error

    @property
    def version(self):
        if self.error:
            raise self.error
        return 1

    def songs(self, known):
        if self.error:
            raise self.error
        return self._songs


class SlowLibrary:
    """Answers no sooner than `answered` is set."""

    def __init__(self, songs):
        self._songs = songs
        self.version = 1
        self.asked, self.answered = threading.Event(), threading.Event()

    def songs(self, _):
        self.asked.set()
        assert self.answered.wait(timeout=60)
        return self._songs

"""Each visitor's lists over time: stable, changed by thumbs, following the library."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import CatalogueError, StoreError
from core.labels import MODES
from music.recommend import jukebox as module
from music.recommend.jukebox import Jukebox
from music.recommend.listener import Listener
from store.database import open_database, open_in_memory
from store.songs import Library
from store.visitors import VisitorRecords
from tests.fakes import FakeClock
from tests.music.made_up import MOODS, catalogue, collection, song

SHELF = [
    song(
        f"song {n}",
        emotion="happy" if n % 2 else "sad",
        release_year=1950 + n % 75,
        valence=n / 200,
        energy=1 - n / 200,
    )
    for n in range(200)
]


class Party:
    """A jukebox, and its listeners by name."""

    def __init__(self, jukebox):
        self._jukebox = jukebox
        self._listeners = {}

    def __getattr__(self, name):
        return getattr(self._jukebox, name)

    def listener(self, name):
        return self._listeners.setdefault(name, Listener(id=name))

    def playlist(self, name, *arguments):
        return self._jukebox.playlist(self.listener(name), *arguments)

    def rate(self, name, *arguments):
        self._jukebox.rate(self.listener(name), *arguments)

    def ratings(self, name):
        return self._jukebox.ratings(self.listener(name))


def make(library=None, records=None, songs=SHELF, seed=1, **options):
    store = open_in_memory()
    library, records = library or Library(store), records or VisitorRecords(store)
    return Party(Jukebox(catalogue(*songs), MOODS, library, records, seed, **options))


def ids(jukebox, visitor="ann", emotion="happy", mode="match", limit=10, version=1):
    listed = jukebox.playlist(visitor, emotion, mode, limit, version)
    return [entry.song.id for entry in listed.songs]


@pytest.fixture
def store(tmp_path):
    with open_database(f"sqlite:///{tmp_path / 'affectune.db'}") as database:
        yield database


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


class TestThumbs:
    @pytest.mark.parametrize("mode", MODES)
    def test_down_replaces_just_that_song(self, mode):
        jukebox = make()
        before = ids(jukebox, mode=mode)
        jukebox.rate("ann", before[4], -1)
        after = ids(jukebox, mode=mode)
        assert after[:4] + after[5:] == before[:4] + before[5:]
        assert after[4] not in before
        assert ids(jukebox, mode=mode) == after

    def test_down_replaces_it_in_every_list(self):
        jukebox = make()
        gone = ids(jukebox)[0]
        all_songs = ids(jukebox, limit=200)
        assert gone in all_songs
        jukebox.rate("ann", gone, -1)
        assert gone not in ids(jukebox)
        assert ids(jukebox, limit=200) == [id for id in all_songs if id != gone]

    def test_what_was_thumbed_down_does_not_come_back(self):
        jukebox = make()
        for version in range(1, 15):
            for id in ids(jukebox, version=version)[:3]:
                jukebox.rate("ann", id, -1)
        down = {id for id, value in jukebox.ratings("ann").items() if value < 0}
        assert len(down) == 42
        assert not down & set(ids(jukebox, version=15, limit=100))

    def test_up_keeps_the_list(self):
        jukebox = make()
        before = ids(jukebox)
        jukebox.rate("ann", before[0], 1)
        assert ids(jukebox) == before
        assert jukebox.ratings("ann") == {before[0]: 1}

    def test_taken_back_it_is_forgotten(self):
        jukebox = make()
        jukebox.rate("ann", SHELF[1].id, -1)
        jukebox.rate("ann", SHELF[1].id, 0)
        assert jukebox.ratings("ann") == {}

    def test_an_up_taken_back_keeps_the_list(self):
        jukebox = make()
        before = ids(jukebox)
        jukebox.rate("ann", before[0], 1)
        jukebox.rate("ann", before[0], 0)
        assert ids(jukebox) == before

    @pytest.mark.parametrize("mode", MODES)
    def test_the_same_seed_puts_the_same_song_in_its_place(self, mode):
        def after_a_thumb():
            jukebox = make()
            jukebox.rate("ann", ids(jukebox, mode=mode)[4], -1)
            return ids(jukebox, mode=mode)

        assert after_a_thumb() == after_a_thumb()

    def test_down_on_a_song_of_a_later_list_leaves_an_earlier_one(self):
        jukebox = make()
        first, second = ids(jukebox, version=1), ids(jukebox, version=2)
        jukebox.rate("ann", second[0], -1)
        assert ids(jukebox, version=1) == first
        assert second[0] not in ids(jukebox, version=2)

    def test_what_takes_its_place_was_not_heard_lately(self):
        songs = [song(f"{n}", emotion="happy") for n in range(24)]
        for seed in range(10):
            jukebox = make(songs=songs, seed=seed)
            heard = [id for version in (1, 2, 3) for id in ids(jukebox, limit=4, version=version)]
            jukebox.rate("ann", heard[-1], -1)
            assert ids(jukebox, limit=4, version=3)[-1] not in heard

    def test_one_visitors_thumbs_are_not_anothers(self):
        jukebox = make()
        before = ids(jukebox, "bob")
        jukebox.rate("ann", before[0], -1)
        assert ids(jukebox, "bob") == before
        assert jukebox.ratings("bob") == {}

    def test_an_unknown_song_is_refused(self):
        with pytest.raises(CatalogueError, match="expected a song's id, got 'no such'"):
            make().rate("ann", "no such", 1)

    def test_they_are_kept(self, store):
        jukebox = make(records=VisitorRecords(store))
        gone = ids(jukebox)[0]
        jukebox.rate("ann", gone, -1)
        later = make(records=VisitorRecords(store))
        assert later.ratings("ann") == {gone: -1}
        assert gone not in ids(later)

    def test_one_that_cannot_be_kept_does_not_count(self):
        jukebox = make(records=BrokenRecords())
        before = ids(jukebox)
        with pytest.raises(StoreError, match="disk is full"):
            jukebox.rate("ann", before[0], -1)
        assert ids(jukebox) == before


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

    def test_thumbs_that_could_not_be_read_at_first_count_later(self, store):
        records = VisitorRecords(store)
        disliked, liked = SHELF[0], SHELF[1]
        records.rate("anna", disliked, -1)
        moody, clock = MoodyRecords(records), FakeClock()
        jukebox = make(records=moody, clock=clock)
        moody.error = StoreError("the store is busy")
        assert jukebox.ratings("anna") == {}
        assert jukebox.ratings("anna") == {}
        assert moody.asked == 1, "a store that fails is asked again with every request"
        moody.error = None
        jukebox.rate("anna", liked.id, 1)
        clock.now += 10
        assert jukebox.ratings("anna") == {disliked.id: -1, liked.id: 1}

    def test_a_thumb_is_newer_than_what_the_store_was_asked_for_before_it(self, store):
        records = VisitorRecords(store)
        records.rate("anna", SHELF[0], -1)
        slow = SlowRecords(records)
        jukebox = make(records=slow)

        def change_mind():
            slow.error = StoreError("the store is busy")
            jukebox.rate("anna", SHELF[0].id, 1)

        slow.meanwhile = change_mind
        assert jukebox.ratings("anna") == {SHELF[0].id: 1}
        assert jukebox.ratings("anna") == {SHELF[0].id: 1}


class MoodyRecords:
    """A store that fails while `error` is set."""

    def __init__(self, records):
        self._records = records
        self.error = None
        self.asked = 0

    def rate(self, *thumb):
        self._records.rate(*thumb)

    def ratings(self, visitor):
        self.asked += 1
        if self.error:
            raise self.error
        return self._records.ratings(visitor)


class SlowRecords(MoodyRecords):
    """A store whose first answer is old when it comes: `meanwhile` happens before it."""

    def __init__(self, records):
        super().__init__(records)
        self.meanwhile = lambda: None

    def ratings(self, visitor):
        answer = super().ratings(visitor)
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return answer


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


class BrokenRecords:
    """Keeps nothing, as on a full disk."""

    def rate(self, visitor, song, value):
        raise StoreError("the disk is full")

    def ratings(self, visitor):
        raise StoreError("the disk is full")

"""What thumbs do to a visitor's lists, and which of them count."""

import pytest

from core.errors import CatalogueError, StoreError
from core.labels import MODES
from store.visitors import VisitorRecords
from tests.fakes import FakeClock
from tests.music.made_up import song
from tests.music.recommend.party import SHELF, ids, make


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


class BrokenRecords:
    """Keeps nothing, as on a full disk."""

    def rate(self, visitor, song, value):
        raise StoreError("the disk is full")

    def ratings(self, visitor):
        raise StoreError("the disk is full")

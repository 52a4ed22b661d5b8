"""Lists that match, lift and calm: which songs, in which order, and the words with them."""

import pytest

from core.labels import EMOTIONS, MODES
from music.catalogue.files import DEFAULT_SONG_MOODS, load_catalogue
from music.recommend.recommender import Recommender
from music.recommend.taste import Taste
from tests.conftest import ROOT
from tests.music.made_up import MOODS, collection, song

FOUND = load_catalogue(ROOT / "songs", EMOTIONS)
SHIPPED = Recommender((s for shelf in FOUND.songs.values() for s in shelf), FOUND.moods)


def songs_of(listed):
    return [entry.song for entry in listed.songs]


def ids_of(listed):
    return [entry.song.id for entry in listed.songs]


def reasons_of(listed):
    return [entry.reason for entry in listed.songs]


def shelf(count, **known):
    return [song(f"song {n}", emotion="happy", **known) for n in range(count)]


class TestEveryMode:
    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize("emotion", EMOTIONS)
    def test_ten_songs_of_different_decades_and_artists(self, emotion, mode):
        for seed in range(5):
            songs = songs_of(SHIPPED.playlist(emotion, 10, seed, mode))
            assert len({s.id for s in songs}) == 10
            assert len({s.artist for s in songs}) == 10
            assert len({s.release_year // 10 for s in songs}) >= 6

    @pytest.mark.parametrize("mode", MODES)
    def test_the_same_seed_gives_the_same_list_and_another_another(self, mode):
        rated = Taste({s.id: 1 for s in FOUND.songs["happy"][:5]})
        first = SHIPPED.playlist("happy", 10, 1, mode, rated)
        assert SHIPPED.playlist("happy", 10, 1, mode, rated) == first
        assert ids_of(SHIPPED.playlist("happy", 10, 2, mode, rated)) != ids_of(first)

    @pytest.mark.parametrize("mode", MODES)
    def test_what_was_heard_lately_does_not_come_again(self, mode):
        heard = []
        for seed in range(3):
            new = ids_of(SHIPPED.playlist("angry", 10, seed, mode, avoid=heard))
            assert not set(new) & set(heard)
            heard = new + heard

    @pytest.mark.parametrize("mode", MODES)
    def test_what_is_disliked_does_not_come_again(self, mode):
        disliked = ids_of(SHIPPED.playlist("sad", 10, 1, mode))
        taste = Taste(dict.fromkeys(disliked, -1))
        for seed in range(5):
            assert not set(ids_of(SHIPPED.playlist("sad", 10, seed, mode, taste))) & set(disliked)

    def test_before_there_is_a_mood_it_is_empty(self):
        listed = SHIPPED.playlist(None, 10, 0)
        assert listed.songs == ()
        assert "first clear mood" in listed.reason

    @pytest.mark.parametrize("mode", MODES)
    def test_without_songs_it_says_so(self, mode):
        listed = Recommender([], DEFAULT_SONG_MOODS).playlist("happy", 10, 0, mode)
        assert listed.songs == ()
        assert listed.reason == "There are no songs for happy yet."


class TestMatch:
    def test_songs_of_the_shelf_and_imported_ones_of_its_mood(self):
        own, imported = song("own", emotion="happy"), song("imported", mood="Happy")
        others = [song("sad", emotion="sad"), song("gloomy", mood="Sad"), song("unknown")]
        listed = Recommender([own, imported, *others], MOODS).playlist("happy", 10, 0)
        assert set(songs_of(listed)) == {own, imported}
        assert set(reasons_of(listed)) == {"Filed under happy", "Filed under Happy"}

    def test_a_song_on_two_shelves_is_one_song(self):
        both = [song("both", emotion="happy"), song("both", emotion="sad")]
        recommender = Recommender(both, MOODS)
        for emotion in MOODS:
            assert ids_of(recommender.playlist(emotion, 10, 0)) == [both[0].id]

    def test_all_songs_can_be_had_an_artists_second_ones_last(self):
        ours = [song(f"song {n}", emotion="happy", artist="The Same") for n in range(3)]
        guest = song("duet", emotion="happy", artist="the same feat. Another")
        theirs = song("theirs", emotion="happy", artist="Another")
        listed = Recommender([*ours, guest, theirs], MOODS).playlist("happy", 9, 0)
        assert set(ids_of(listed)) == {s.id for s in (*ours, guest, theirs)}
        assert theirs in songs_of(listed)[:2]

    def test_at_most_half_is_held_back_for_having_been_heard(self):
        songs = shelf(10)
        heard = [s.id for s in songs]
        listed = Recommender(songs, MOODS).playlist("happy", 5, 0, avoid=heard)
        assert set(ids_of(listed)) == set(heard[5:])

    def test_disliked_songs_come_back_only_where_there_is_nothing_else(self):
        songs = shelf(4)
        recommender = Recommender(songs, MOODS)
        disliked = {s.id: -1 for s in songs[:3]}
        assert ids_of(recommender.playlist("happy", 4, 0, taste=Taste(disliked))) == [songs[3].id]
        disliked |= {songs[3].id: -1}
        assert len(recommender.playlist("happy", 4, 0, taste=Taste(disliked)).songs) == 4

    def test_the_list_says_what_it_was_chosen_from(self):
        songs = [song(f"{n}", emotion="happy", release_year=1950 + 7 * n) for n in range(11)]
        listed = Recommender(songs, MOODS).playlist("happy", 8, 1)
        assert listed.reason == "8 of 11 that match, from the 1950s to the 2020s"


class TestPaths:
    @pytest.mark.parametrize("emotion", EMOTIONS)
    def test_lift_grows_brighter_with_every_song(self, emotion):
        for seed in range(5):
            listed = SHIPPED.playlist(emotion, 10, seed, "lift")
            valences = [s.valence for s in songs_of(listed)]
            assert valences == sorted(set(valences))
            assert valences[-1] >= 0.85
            assert all("A step up" in reason for reason in reasons_of(listed)[1:])

    @pytest.mark.parametrize("emotion", EMOTIONS)
    def test_calm_grows_calmer_with_every_song(self, emotion):
        for seed in range(5):
            listed = SHIPPED.playlist(emotion, 10, seed, "calm")
            energies = [s.energy for s in songs_of(listed)]
            assert energies == sorted(set(energies), reverse=True)
            assert energies[-1] <= 0.2
            assert listed.songs[-1].song.valence >= 0.35
            assert all("A step calmer" in reason for reason in reasons_of(listed)[1:])

    def test_it_begins_where_the_mood_is(self):
        for mode in ("lift", "calm"):
            first = SHIPPED.playlist("angry", 10, 1, mode).songs[0]
            assert first.song.valence < 0.45
            assert first.song.energy > 0.7
            assert first.reason.startswith("Where it begins; ")

    def test_it_passes_near_the_straight_way_only(self):
        way = [song(f"{n}", valence=n / 100, energy=0.5) for n in range(100)]
        astray = [song(f"astray {n}", valence=n / 100, energy=0.0) for n in range(100)]
        listed = Recommender([*way, *astray], MOODS).playlist("sad", 10, 0, "lift")
        assert len(listed.songs) == 10
        assert {s.energy for s in songs_of(listed)} == {0.5}

    def test_a_song_at_the_edge_of_the_way_comes_where_there_is_no_nearer_one(self):
        way = [song(f"{n}", valence=n / 200, energy=0.5) for n in range(200)]
        edge = [song(f"edge {n}", valence=n / 200, energy=0.25) for n in range(200)]
        recommender = Recommender([*way, *edge], MOODS)
        for seed in range(5):
            listed = recommender.playlist("sad", 10, seed, "lift")
            assert {s.energy for s in songs_of(listed)} == {0.5}
        assert len(Recommender(edge, MOODS).playlist("sad", 10, 0, "lift").songs) == 10

    def test_an_emotion_without_a_shelf_begins_where_its_mood_is(self):
        songs = collection(2000)
        listed = Recommender(songs, MOODS).playlist("sad", 10, 0, "lift")
        valences = [s.valence for s in songs_of(listed)]
        assert valences == sorted(set(valences))
        assert valences[0] < 0.4

    def test_songs_as_bright_as_each_other_are_not_called_steps(self):
        songs = [song(f"{n}", valence=0.7, energy=0.6) for n in range(2)]
        listed = Recommender(songs, MOODS).playlist("sad", 2, 0, "lift")
        assert reasons_of(listed)[1] == "As bright as the last one; warm and lively"

    @pytest.mark.parametrize("known", [{}, {"valence": 0.9, "energy": 0.0}])
    def test_where_no_song_lies_on_it_others_match_and_the_list_says_so(self, known):
        astray = [song(f"astray {n}", **known) for n in range(5)]
        listed = Recommender([*shelf(12), *astray], MOODS).playlist("happy", 10, 0, "lift")
        assert listed.reason == "10 of 12 that match, as none lies on the way to bright"
        assert reasons_of(listed) == ["Filed under happy"] * 10


class TestReplace:
    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize("place", [0, 4, 9])
    def test_one_song_changes_and_the_others_keep_their_places(self, mode, place):
        listed = SHIPPED.playlist("angry", 10, 1, mode)
        before = ids_of(listed)
        taste = Taste({before[place]: -1})
        after = ids_of(SHIPPED.replace(listed, before[place], 2, mode, taste, before))
        assert after[:place] + after[place + 1 :] == before[:place] + before[place + 1 :]
        assert after[place] not in before

    def test_a_path_goes_on_rising(self):
        listed = SHIPPED.playlist("sad", 10, 1, "lift")
        for place in range(10):
            listed = SHIPPED.replace(listed, ids_of(listed)[place], 2, "lift")
            valences = [s.valence for s in songs_of(listed)]
            assert valences == sorted(valences)

    def test_on_a_path_the_new_one_lies_between_its_neighbours(self):
        recommender = Recommender(
            [song(f"{n}", valence=n / 300, energy=0.5) for n in range(300)], MOODS
        )
        for seed in range(10):
            listed = recommender.playlist("sad", 3, seed, "lift")
            first, gone, last = songs_of(listed)
            changed = songs_of(recommender.replace(listed, gone.id, 100 + seed, "lift"))
            assert (changed[0], changed[2]) == (first, last)
            assert first.valence < changed[1].valence < last.valence

    def test_the_new_one_is_by_another_artist_than_the_rest(self):
        songs = [
            song(f"{name} {n}", emotion="happy", artist=name) for name in "ABCD" for n in (1, 2)
        ]
        recommender = Recommender(songs, MOODS)
        for seed in range(10):
            listed = recommender.playlist("happy", 3, seed)
            artists = {s.artist for s in songs_of(listed)}
            changed = recommender.replace(listed, ids_of(listed)[1], seed)
            assert len({s.artist for s in songs_of(changed)}) == 3
            assert songs_of(changed)[1].artist not in artists - {songs_of(listed)[1].artist}

    def test_on_a_path_too(self):
        songs = [
            song(f"{n}", artist=f"Artist {n % 4}", valence=n / 40, energy=0.5) for n in range(40)
        ]
        recommender = Recommender(songs, MOODS)
        for seed in range(10):
            listed = recommender.playlist("sad", 3, seed, "lift")
            for place in range(3):
                changed = recommender.replace(listed, ids_of(listed)[place], seed, "lift")
                assert len({s.artist for s in songs_of(changed)}) == 3

    @pytest.mark.parametrize("mode", MODES)
    def test_another_seed_puts_another_song_there_and_the_same_the_same(self, mode):
        listed = SHIPPED.playlist("sad", 5, 1, mode)
        gone = ids_of(listed)[2]
        changed = [ids_of(SHIPPED.replace(listed, gone, seed, mode)) for seed in (*range(5), 0)]
        assert changed[-1] == changed[0]
        assert len({tuple(ids) for ids in changed}) > 1

    def test_the_list_goes_on_saying_what_it_was_chosen_from(self):
        recommender = Recommender(shelf(12), MOODS)
        listed = recommender.playlist("happy", 8, 1)
        assert listed.reason == "8 of 12 that match"
        assert recommender.replace(listed, ids_of(listed)[0], 1).reason == listed.reason

    def test_where_there_is_no_other_the_list_is_shorter(self):
        songs = shelf(3)
        recommender = Recommender(songs, MOODS)
        listed = recommender.playlist("happy", 3, 0)
        gone, *left = ids_of(listed)
        shorter = recommender.replace(listed, gone, 0, taste=Taste({gone: -1}))
        assert ids_of(shorter) == left

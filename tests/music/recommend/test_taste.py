"""What thumbs do to the songs themselves, to their artists and to their neighbours."""

import numpy as np
import pytest

from music.recommend.recommender import Recommender
from music.recommend.table import SongTable
from music.recommend.taste import NO_TASTE, Evidence, Taste
from tests.music.made_up import MOODS, collection, song


def chances(songs, ratings):
    """The mean of 2,000 draws for each song."""
    evidence = Evidence(SongTable(songs, MOODS), Taste(ratings))
    rng = np.random.default_rng(1)
    rows = np.arange(len(songs), dtype=np.int32)
    return np.mean([evidence.draw(rows, rng) for _ in range(2000)], axis=0)


RATED = song("rated", artist="Nina", genre="Jazz", valence=0.1, energy=0.1)
SAME_ARTIST = song("same artist", artist="NINA feat. Others")
SAME_GENRE = song("same genre", genre="jazz", valence=0.9, energy=0.9)
SAME_CORNER = song("same corner", genre="Rock", valence=0.15, energy=0.05)
OTHER = song("other", genre="Rock", valence=0.9, energy=0.9)
UNKNOWN = song("unknown")
SONGS = [RATED, SAME_ARTIST, SAME_GENRE, SAME_CORNER, OTHER, UNKNOWN]


class TestThumbs:
    def test_up_counts_most_for_the_song_and_less_the_further_away(self):
        rated, artist, genre, corner, other, unknown = chances(SONGS, {RATED.id: 1})
        assert rated > artist + 0.1 > genre + 0.1
        assert genre == pytest.approx(corner, abs=0.02)
        assert corner > other + 0.03
        assert other == pytest.approx(unknown, abs=0.02)
        assert unknown == pytest.approx(0.5, abs=0.02)

    def test_down_is_the_mirror_of_up(self):
        up, down = chances(SONGS, {RATED.id: 1}), chances(SONGS, {RATED.id: -1})
        assert up + down == pytest.approx(np.ones(len(SONGS)), abs=0.03)

    def test_songs_do_not_share_what_nobody_knows(self):
        songs = [song("a"), song("b"), song("c", valence=0.5)]
        assert chances(songs, {songs[0].id: -1})[1:] == pytest.approx(0.5, abs=0.02)

    def test_a_songs_own_thumb_outweighs_a_hundred_of_its_genre(self):
        songs = [song(f"{n}", genre="Polka") for n in range(101)]
        ratings = {s.id: -1 for s in songs} | {songs[0].id: 1}
        first, *others = chances(songs, ratings)
        assert first > 0.5 > 0.4 > max(others)

    def test_favourites_are_of_artists_with_more_thumbs_up_than_down(self):
        songs = [song(f"{n}", artist=name) for n, name in enumerate(("A", "A", "B", "C", "C", "D"))]
        ratings = dict(zip([s.id for s in songs[1:]], (1, -1, 1, -1), strict=False))
        favourites = Evidence(SongTable(songs, MOODS), Taste(ratings)).favourites
        assert favourites.tolist() == [True, True, False, False, False, False]

    def test_thumbs_on_songs_that_are_gone_are_left_out(self):
        assert Evidence(SongTable(SONGS, MOODS), Taste({"gone": 1})).thumbs == 0


class Listener:
    """Likes some genres and artists more than others, and says so; numbers are of its whims."""

    def __init__(self, seed):
        self._rng = np.random.default_rng(seed)
        self._fondness = {}
        self.ratings = {}

    def hears(self, song):
        for trait, spread in ((song.genre, 1.2), (song.artist, 1.0), (song.id, 0.8)):
            self._fondness.setdefault(trait, self._rng.normal(0, spread))
        fondness = sum(self._fondness[trait] for trait in (song.genre, song.artist, song.id))
        self.ratings[song.id] = 1 if fondness > 0.5 else -1
        return fondness > 0.5


def listen(recommender, listener, learns, lists=25):
    """The share of songs that are liked in the last ten lists, and the share that were new."""
    liked, new, heard = [], [], []
    for seed in range(lists):
        taste = Taste(listener.ratings) if learns else NO_TASTE
        listed = recommender.playlist("happy", 10, seed, taste=taste, avoid=heard[:200])
        new += [entry.song.id not in listener.ratings for entry in listed.songs]
        liked += [listener.hears(entry.song) for entry in listed.songs]
        heard = [entry.song.id for entry in listed.songs] + heard
    return np.mean(liked[-100:]), np.mean(new[-100:])


def test_it_learns_what_a_listener_likes_and_goes_on_trying_new_songs():
    recommender = Recommender(collection(8000), MOODS)
    """The README's figures."""
    seeds = range(10)
    without = np.mean([listen(recommender, Listener(seed), learns=False)[0] for seed in seeds])
    learned, new = np.mean([listen(recommender, Listener(seed), True) for seed in seeds], axis=0)
    assert (without, learned, new) == pytest.approx((0.37, 0.70, 0.94), abs=0.03)

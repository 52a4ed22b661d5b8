"""Why a song is in a list, in words."""

import pytest

from music.recommend.recommender import Recommender
from music.recommend.taste import Taste
from tests.music.made_up import MOODS, song


def reasons_of(listed):
    return [entry.reason for entry in listed.songs]


class TestReasons:
    def reason(self, ratings, **known):
        """The reason of a song by itself, with others that have ratings elsewhere."""
        one = song("one", emotion="happy", **known)
        rated = [
            song(name, emotion="sad", artist=artist, genre=genre, valence=valence, energy=energy)
            for name, artist, genre, valence, energy in (
                ("A", "Queen", "Rock", 0.95, 0.1),
                ("B", "Prince", "Funk", 0.35, 0.9),
                ("C", "Sade", "Funk", 0.35, 0.9),
            )
        ]
        taste = Taste({s.id: value for s, value in zip([*rated, one], ratings, strict=False)})
        (entry,) = Recommender([one, *rated], MOODS).playlist("happy", 1, 0, taste=taste).songs
        return entry.reason

    @pytest.mark.parametrize(
        ("ratings", "known", "reason"),
        [
            ([], {"valence": 0.9, "energy": 0.7}, "Bright and lively"),
            (
                [],
                {"valence": 0.1, "energy": 0.1, "release_year": 1977},
                "Dark and very calm",
            ),
            ([], {"release_year": 1977}, "Filed under happy"),
            ([1], {"artist": "Queen"}, "You liked Queen"),
            ([-1], {"artist": "Queen"}, "Filed under happy"),
            ([0, 1, 1], {"genre": "funk"}, "You liked other funk"),
            ([0, 1, -1], {"genre": "funk"}, "Filed under happy"),
            ([0, 1, 1], {"valence": 0.3, "energy": 0.85}, "Close to songs you liked"),
            ([0, 0, 0, 1], {"artist": "Queen"}, "You liked this one"),
        ],
    )
    def test_it_says_what_is_true(self, ratings, known, reason):
        assert self.reason(ratings, **known) == reason

    def test_the_ends_of_the_plane_have_words_too(self):
        assert self.reason([], valence=1.0, energy=1.0) == "Bright and intense"
        assert self.reason([], valence=0.0, energy=0.0) == "Dark and very calm"

    @pytest.mark.parametrize(("mode", "goal"), [("lift", "bright"), ("calm", "calm")])
    def test_of_a_path_it_is_said_where_it_leads(self, mode, goal):
        songs = [
            song(f"{n}", valence=n / 20, energy=1 - n / 20, release_year=1977) for n in range(20)
        ]
        listed = Recommender(songs, MOODS).playlist("sad", 3, 0, mode)
        assert listed.reason == f"3 steps from sad to {goal}, from the 1970s"

    def test_what_is_unlike_all_that_was_rated_is_called_so(self):
        rated = [song(f"{n}", emotion="sad", genre="Rock") for n in range(5)]
        new = song("new", emotion="happy", genre="Fado")
        taste = Taste({s.id: 1 for s in rated})
        (entry,) = Recommender([new, *rated], MOODS).playlist("happy", 1, 0, taste=taste).songs
        assert entry.reason == "Unlike what you have rated so far"

    def test_who_likes_one_and_dislikes_another_of_an_artist_has_rated_the_like(self):
        rated = [song(f"{n}", emotion="sad", artist="Ana", genre="Rock") for n in range(6)]
        new = song("new", emotion="happy", artist="Ana")
        taste = Taste({s.id: 1 if n % 2 else -1 for n, s in enumerate(rated)})
        (entry,) = Recommender([new, *rated], MOODS).playlist("happy", 1, 0, taste=taste).songs
        assert entry.reason == "Filed under happy"

    def test_on_a_path_both_are_told(self):
        songs = [song(f"{n}", artist=f"{n}", valence=n / 20, energy=0.5) for n in range(20)]
        taste = Taste({s.id: 1 for s in songs})
        listed = Recommender(songs, MOODS).playlist("sad", 3, 0, "lift", taste)
        assert reasons_of(listed)[0] == "Where it begins; you liked this one"
        assert reasons_of(listed)[1] == "A step up; you liked this one"

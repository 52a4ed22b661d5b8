"""What the columns say of songs, and where each emotion lies."""

import pytest

from music.recommend.table import UNKNOWN, SongTable
from tests.music.made_up import MOODS, song


def table(*songs):
    return SongTable(songs, MOODS)


@pytest.mark.parametrize(
    ("valence", "energy", "cell"),
    [
        (0.0, 0.0, 1), (0.19, 0.19, 1), (0.21, 0.0, 2), (0.0, 0.21, 6),
        (1.0, 0.0, 5), (0.0, 1.0, 21), (0.99, 0.99, 25), (1.0, 1.0, 25),
        (None, 0.5, UNKNOWN), (0.5, None, UNKNOWN), (None, None, UNKNOWN),
    ],
)  # fmt: skip
def test_the_plane_has_five_by_five_cells(valence, energy, cell):
    assert table(song("one", valence=valence, energy=energy)).cell.tolist() == [cell]


@pytest.mark.parametrize(("year", "decade"), [(1969, 196), (1970, 197), (None, UNKNOWN)])
def test_decades_begin_with_a_round_year(year, decade):
    assert table(song("one", release_year=year)).decade.tolist() == [decade]


def test_an_artist_is_the_same_with_guests_and_in_other_letters():
    names = ("Nina", "NINA feat. Others", "nina ft. A", "Nina featuring B", "Ninas", "A")
    first, *same, ninas, guest = table(*(song(n, artist=n) for n in names)).artist.tolist()
    assert same == [first] * 3
    assert len({first, ninas, guest}) == 3


def test_a_genre_is_the_same_in_other_letters_and_none_is_unknown():
    named = ("Rock", "rock", None, "Jazz")
    genres = table(*(song(f"{n}", genre=g) for n, g in enumerate(named))).genre.tolist()
    assert genres[0] == genres[1] != genres[3] != UNKNOWN
    assert genres[2] == UNKNOWN


def test_a_song_that_comes_twice_has_one_row_on_both_shelves():
    first, again = song("both", emotion="happy", genre="Rock"), song("both", emotion="sad")
    songs = table(first, again)
    assert songs.songs == (first,)
    assert {e: rows.tolist() for e, rows in songs.shelf.items()} == {"happy": [0], "sad": [0]}


def test_a_mood_counts_where_a_song_is_on_no_shelf():
    songs = table(
        song("own", emotion="happy"),
        song("other", emotion="sad", mood="Happy"),
        song("imported", mood="Happy"),
        song("another mood", mood="Calm"),
        song("no mood"),
    )
    assert songs.matching["happy"].tolist() == [0, 2]
    assert songs.matching["sad"].tolist() == [1]


def test_an_emotion_without_a_mood_has_its_own_songs_only():
    songs = table(song("own", emotion="fear"), song("imported", mood="Happy"), song("no mood"))
    assert songs.matching["fear"].tolist() == [0]


class TestCentre:
    def test_it_is_the_mean_of_the_shelf(self):
        songs = table(
            song("a", emotion="happy", valence=0.75, energy=0.25),
            song("b", emotion="happy", valence=0.25, energy=0.75),
            song("c", emotion="happy", valence=1.0),
            song("d", mood="Happy", valence=0.0, energy=0.0),
        )
        assert songs.centre["happy"] == (0.5, 0.5)

    def test_or_of_the_moods_songs(self):
        songs = table(song("a", emotion="happy"), song("b", mood="Happy", valence=1.0, energy=0.25))
        assert songs.centre["happy"] == (1.0, 0.25)

    def test_or_the_middle_of_the_plane(self):
        assert table(song("a", emotion="happy")).centre == {"happy": (0.5, 0.5), "sad": (0.5, 0.5)}

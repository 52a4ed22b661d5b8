"""The shipped songs, and what happens to files that are not right."""

import shutil

import pytest

from core.errors import CatalogueError
from core.labels import EMOTIONS, SONG_MOODS
from music.catalogue.files import DEFAULT_SONG_MOODS, load_catalogue, load_song_moods, read_songs
from tests.conftest import ROOT

HEADER = "name,album,artist,release_year,valence,energy\n"
ROW = "Pata Pata,Pata Pata,Miriam Makeba,1967,0.90,0.70\n"


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue(ROOT / "songs", EMOTIONS)


class TestShipped:
    """What it holds is checked in test_check."""

    def test_every_file_is_read(self, catalogue):
        assert catalogue.problems == ()
        assert all(catalogue.songs[emotion] for emotion in EMOTIONS)

    def test_moods_lie_where_they_should(self, catalogue):
        """Means on Russell's plane: happy bright, sad low, angry intense and unpleasant."""

        def mean(emotion, axis):
            songs = catalogue.songs[emotion]
            return sum(getattr(song, axis) for song in songs) / len(songs)

        assert mean("happy", "valence") > mean("neutral", "valence") > mean("sad", "valence")
        assert mean("angry", "energy") > mean("neutral", "energy")
        assert mean("angry", "valence") < 0.5


class TestFiles:
    def write(self, tmp_path, content):
        path = tmp_path / "happy.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def test_a_row_becomes_a_song(self, tmp_path):
        (song,), problems = read_songs(self.write(tmp_path, HEADER + ROW), "happy")
        assert (song.name, song.artist, song.release_year) == ("Pata Pata", "Miriam Makeba", 1967)
        assert (song.valence, song.energy, song.emotion) == (0.9, 0.7, "happy")
        assert (song.genre, song.language) == (None, None)
        assert problems == []

    def test_genre_and_language_are_read_in_any_place(self, tmp_path):
        content = "language,artist,genre,album,name\nxh,Miriam Makeba,world,,Pata Pata\n"
        (song,), _ = read_songs(self.write(tmp_path, content), "happy")
        assert (song.genre, song.language, song.album) == ("world", "xh", "")

    @pytest.mark.parametrize(
        "content",
        [
            "name,album,artist\nPata Pata,Pata Pata,Miriam Makeba\n",  # as older systems had them
            "\ufeff" + HEADER + ROW,  # as Excel saves it
            HEADER.replace("\n", "\r\n") + ROW.replace("\n", "\r\n"),
            "artist , name,album,year seen\n Miriam Makeba , Pata Pata ,Pata Pata,2020\n",
        ],
    )
    def test_what_people_have_is_read(self, tmp_path, content):
        (song,), problems = read_songs(self.write(tmp_path, content), "happy")
        assert (song.name, song.artist) == ("Pata Pata", "Miriam Makeba")
        assert problems == []

    def test_a_stray_quote_costs_its_row(self, tmp_path):
        rows = '"Foo" bar,x,y,1999,0.5,0.5\n', "{},x,y,1999,0.5,0.5\n"
        content = HEADER + rows[1].format("one") + rows[0] + rows[1].format("two")
        songs, problems = read_songs(self.write(tmp_path, content), "happy")
        assert [song.name for song in songs] == ["one", "two"]
        (problem,) = problems
        assert problem.startswith("songs/happy.csv, line 3: not CSV: ")

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("name,album\nx,y\n", "songs/happy.csv: no column 'artist'; found name, album"),
            ("", "songs/happy.csv: expected a header and songs, the file is empty"),
            (" \n\n", "songs/happy.csv: expected a header and songs, the file is empty"),
            (HEADER, "songs/happy.csv: expected songs below the header, found none"),
            (
                (HEADER + "Für Elise,x,Beethoven,1867,0.5,0.2\n").encode("latin-1"),
                "songs/happy.csv: expected UTF-8, but byte 47 is 0xfc; save it as UTF-8",
            ),
            (b"\x00\x01\x02" * 50, "songs/happy.csv"),
            (
                HEADER + '"unclosed,x,y,1999,0.5,0.5\n',
                "songs/happy.csv: expected songs below the header; first: "
                "songs/happy.csv, line 2: not CSV: ",
            ),
        ],
    )
    def test_a_file_that_cannot_be_used_is_named(self, tmp_path, content, message):
        with pytest.raises(CatalogueError) as refused:
            read_songs(self.write(tmp_path, content), "happy")
        assert str(refused.value).startswith(message)

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            ("x,y,z,soon,0.5,0.5", "expected a release_year like 1977, got 'soon'"),
            ("x,y,z,19,0.5,0.5", "expected a release_year like 1977, got '19'"),
            (f"x,y,z,{'9' * 5000},,", f"expected a release_year like 1977, got '{'9' * 40}'"),
            ("x,y,z,1999,1.5,0.5", "expected valence from 0 to 1, got '1.5'"),
            ("x,y,z,1999,0.5,nan", "expected energy from 0 to 1, got 'nan'"),
            ("x,y,,1999,0.5,0.5", "'artist' is empty"),
            ("x,y,z,1999,0.5,0.5,extra", "expected as many fields as the header has columns"),
            ("x,y,z", "expected as many fields as the header has columns"),
        ],
    )
    def test_a_bad_row_costs_that_row(self, tmp_path, row, message):
        songs, problems = read_songs(self.write(tmp_path, HEADER + row + "\n" + ROW), "happy")
        assert [song.name for song in songs] == ["Pata Pata"]
        assert problems == [f"songs/happy.csv, line 2: {message}"]

    def test_many_bad_rows_are_counted_not_listed(self, tmp_path):
        rows = "".join(f"song {n},album,artist,soon,,\n" for n in range(2000))
        self.write(tmp_path, HEADER + ROW + rows)
        problems = load_catalogue(tmp_path, ("happy",)).problems
        assert len(problems) == 4
        assert problems[-1] == "songs/happy.csv: 1997 more rows left out"

    def test_one_bad_file_leaves_the_others(self, tmp_path):
        self.write(tmp_path, HEADER + ROW)
        found = load_catalogue(tmp_path, ("happy", "sad"))
        assert len(found.songs["happy"]) == 1
        assert found.songs["sad"] == ()
        (problem,) = found.problems
        assert problem.startswith("songs/sad.csv: expected a file at")

    def test_no_usable_file_at_all_is_an_error(self, tmp_path):
        with pytest.raises(CatalogueError, match="no usable file"):
            load_catalogue(tmp_path, EMOTIONS)


class TestMoods:
    def load(self, tmp_path, rows):
        (tmp_path / "happy.csv").write_text(HEADER + ROW)
        (tmp_path / "fear.csv").write_text(HEADER + ROW)
        (tmp_path / "moods.csv").write_text("emotion,mood\n" + rows)
        return load_catalogue(tmp_path, ("happy", "fear"))

    def test_the_shipped_table_is_the_default(self, catalogue):
        assert catalogue.moods == DEFAULT_SONG_MOODS

    def test_the_default_has_one_mood_of_songs_for_each_emotion(self):
        assert tuple(DEFAULT_SONG_MOODS) == EMOTIONS
        assert set(DEFAULT_SONG_MOODS.values()) == set(SONG_MOODS)

    def test_the_shipped_table_lies_apart_from_the_lists(self):
        assert {path.stem for path in (ROOT / "songs").glob("*.csv")} == set(EMOTIONS)
        assert (ROOT / "songs" / "settings" / "moods.csv").is_file()

    def test_a_table_among_the_settings_counts(self, tmp_path):
        settings = tmp_path / "settings"
        settings.mkdir()
        (settings / "moods.csv").write_text("emotion,mood\nfear,Calm\nhappy,Tense\n")
        moods, (problem,) = load_song_moods(tmp_path, EMOTIONS)
        assert moods == {**DEFAULT_SONG_MOODS, "fear": "Calm"}
        assert problem.startswith("songs/settings/moods.csv, line 3: expected mood to be one of ")

    def test_a_table_beside_the_lists_counts_before_one_among_the_settings(self, tmp_path):
        shutil.copytree(ROOT / "songs" / "settings", tmp_path / "settings")
        assert self.load(tmp_path, "fear,Calm\n").moods["fear"] == "Calm"

    def test_a_folder_without_the_table_has_the_default(self, tmp_path):
        assert load_song_moods(tmp_path, EMOTIONS) == (DEFAULT_SONG_MOODS, [])

    def test_a_user_may_change_it(self, tmp_path):
        moods = self.load(tmp_path, "fear, Calm\n").moods
        assert moods == {"happy": "Happy", "fear": "Calm"}
        assert load_song_moods(tmp_path, EMOTIONS) == ({**DEFAULT_SONG_MOODS, "fear": "Calm"}, [])

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            ("glee,Happy", "expected emotion to be one of happy, fear, got 'glee'"),
            ("fear,Tense", "expected mood to be one of Calm, Energetic, Happy, Sad, got 'Tense'"),
            ("fear", "expected as many fields as the header has columns"),
        ],
    )
    def test_a_wrong_row_is_told_and_costs_that_row(self, tmp_path, row, message):
        found = self.load(tmp_path, f"{row}\nhappy,Calm\n")
        assert found.problems == (f"songs/moods.csv, line 2: {message}",)
        assert found.moods == {"happy": "Calm", "fear": "Energetic"}

    def test_a_table_that_is_not_one_is_told(self, tmp_path):
        found = self.load(tmp_path, '"unclosed,Happy\n')
        (problem,) = found.problems
        assert problem.startswith("songs/moods.csv, line 2: not CSV: ")
        assert found.moods == {"happy": "Happy", "fear": "Energetic"}

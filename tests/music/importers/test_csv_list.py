"""Lists of songs as people have them: names of columns, scales, encodings, slips."""

import csv
import io

import pytest

from core.errors import SongImportError
from music.importers.csv_list import open_csv
from tests.conftest import shared_data
from tests.music.importers.conftest import data, read

HEADER = "name,artist,album,release_date,valence,energy,mood\n"
ROW = "Pata Pata,Miriam Makeba,Pata Pata,1967-01-01,0.9,0.7,Happy\n"


def tracks_of(text, encoding="utf-8"):
    return read(open_csv(data(text, encoding), "list.csv"))


def song_of(text, encoding="utf-8"):
    (track,), skipped, _ = tracks_of(text, encoding)
    assert skipped == []
    return track.song


class TestShared:
    def test_kaggles_moods(self):
        path = shared_data("Kaggle's songs", "music", "data_moods.csv")
        tracks, skipped, notes = read(open_csv(path.open("rb"), path.name))
        assert (len(tracks), skipped, notes) == (686, [], [])
        moods = [track.song.mood for track in tracks]
        counts = {mood: moods.count(mood) for mood in set(moods)}
        assert counts == {"Sad": 197, "Calm": 195, "Energetic": 154, "Happy": 140}
        first = tracks[0]
        assert (first.song.name, first.song.artist, first.song.release_year) == (
            *("1999", "Prince"),
            1982,
        )
        assert first.features["danceability"] == pytest.approx(0.866)
        assert first.features["duration_ms"] == 379266
        assert first.features["loudness"] == pytest.approx(-8.201)

    def test_top_2000s_of_another_shape(self):
        """Semicolons, other names of columns, 0 to 100, and lengths like `1,292`."""
        path = shared_data("the Top 2000s", "music", "spotify_2000.csv")
        source = open_csv(path.open("rb"), path.name)
        assert source.total == 1994
        tracks, skipped, notes = read(source)
        assert (len(tracks), skipped) == (1994, [])
        assert any("0 to 100" in note for note in notes)
        sunrise = tracks[0]
        assert (sunrise.song.name, sunrise.song.release_year) == ("Sunrise", 2004)
        assert (sunrise.song.valence, sunrise.song.energy) == (0.68, 0.3)
        assert sunrise.features["tempo"] == 157
        assert sunrise.features["duration_ms"] == 201_000
        assert max(track.features["duration_ms"] for track in tracks) > 1_200_000


class TestColumns:
    @pytest.mark.parametrize(
        ("name", "artist"),
        [
            ("name", "artist"),
            ("track_name", "artists"),
            ("Track Name", "Artist Name(s)"),
            ("title", "artist(s)_name"),
            ("TITLE", " Artist "),
        ],
    )
    def test_whatever_they_are_called(self, name, artist):
        song = song_of(f"{name},{artist}\nPata Pata,Miriam Makeba\n")
        assert (song.name, song.artist, song.album) == ("Pata Pata", "Miriam Makeba", "")

    @pytest.mark.parametrize(
        ("written", "read_as"),
        [
            ("\"['Miriam Makeba', 'Harry Belafonte']\"", "Miriam Makeba, Harry Belafonte"),
            ("\"['Miriam Makeba']\"", "Miriam Makeba"),
            ('"[""Destiny\'s Child"", \'P\\\'Nut\']"', "Destiny's Child, P'Nut"),
            ("Miriam Makeba;Harry Belafonte", "Miriam Makeba, Harry Belafonte"),
            ('"Tyler\\, The Creator, A$AP Rocky"', "Tyler, The Creator, A$AP Rocky"),
            ("[unknown]", "[unknown]"),
        ],
    )
    def test_several_artists(self, written, read_as):
        assert song_of(f"name,artists\nx,{written}\n").artist == read_as

    @pytest.mark.parametrize("piece", ["\\'", '\\""', '\'""'])
    def test_a_cell_of_quotes_costs_that_row_and_no_minutes(self, piece):
        """It was looked through anew from each quote: for ten minutes, with the video held up."""
        cell = "'" + piece * (90_000 // len(piece))
        _, skipped, _ = tracks_of(f'name,artists\nx,"[{cell}]"\n')
        assert skipped == ["line 2: the artist is longer than 500 characters"]

    @pytest.mark.parametrize("missing", ["name", "artist"])
    def test_one_that_is_needed_is_missing(self, missing):
        header = HEADER.replace(missing, "something")
        with pytest.raises(SongImportError) as refused:
            tracks_of(header + ROW)
        assert str(refused.value).startswith(f"list.csv: no column for the {missing}; found ")
        assert "something" in str(refused.value)

    @pytest.mark.parametrize(
        ("date", "year"),
        [("1967-01-01", 1967), ("1967", 1967), ("27.10.1967", 1967), ("", None), ("0000", None)],
    )
    def test_years(self, date, year):
        assert song_of(f"name,artist,year\nx,y,{date}\n").release_year == year

    def test_a_mood_of_the_four_counts_in_any_case(self):
        assert song_of("name,artist,mood\nx,y,hAPPY\n").mood == "Happy"

    def test_other_moods_are_left_out_and_that_is_said(self):
        tracks, _, notes = tracks_of("name,artist,mood\nx,y,chill\n")
        assert tracks[0].song.mood is None
        assert any("moods are not" in note for note in notes)


class TestNumbers:
    def features_of(self, column, text, separator=","):
        (track,), skipped, _ = tracks_of(
            separator.join(("name", "artist", column))
            + "\n"
            + separator.join(("x", "y", text))
            + "\n"
        )
        assert skipped == []
        return track.features

    @pytest.mark.parametrize(
        ("column", "text", "field", "value"),
        [
            ("danceability_%", "71", "danceability", 0.71),
            ("Valence", "0.5", "valence", 0.5),
            ("Loudness (dB)", "-14", "loudness", -14),
            ("Beats Per Minute (BPM)", "157", "tempo", 157),
            ("key", "F#", "key", 6),
            ("mode", "Major", "mode", 1),
            ("Track Duration (ms)", "379266", "duration_ms", 379266),
            ("length", "201", "duration_ms", 201_000),
            ("Length", "3:45", "duration_ms", 225_000),
            ("Duration", "01:02:03", "duration_ms", 3_723_000),
            ("BPM", "128 bpm", "tempo", 128),
        ],
    )
    def test_whatever_they_are_called(self, column, text, field, value):
        assert self.features_of(column, text)[field] == pytest.approx(value)

    def test_a_comma_for_the_decimals(self):
        assert self.features_of("valence", "0,735", ";")["valence"] == 0.735
        assert self.features_of("tempo", "118,523", ";")["tempo"] == 118.523

    def test_a_key_in_another_notation_costs_no_song(self):
        (track,), skipped, notes = tracks_of("name,artist,key,energy\nx,y,8A,0.5\n")
        assert (track.features, skipped) == ({"energy": 0.5}, [])
        assert notes == ["The key of some songs could not be read, such as '8A'."]

    def test_a_track_beside_a_title_is_its_number(self):
        (track,), *_ = tracks_of("Track,Title,Artist,Album\n1,Yesterday,Beatles,Help\n")
        assert track.song.name == "Yesterday"

    def test_empty_means_unknown(self):
        assert self.features_of("valence", "") == {}

    def test_one_slip_does_not_change_the_scale(self):
        rows = "".join(f"song {n},y,0.5\n" for n in range(10))
        tracks, skipped, notes = tracks_of("name,artist,valence\nslip,y,55\n" + rows)
        assert skipped == ["line 2: expected valence from 0 to 1, got '55'"]
        assert {track.song.valence for track in tracks} == {0.5}
        assert notes == []


EXPORTIFY_APP = (
    '"Track URI","Track Name","Artist URI(s)","Artist Name(s)","Album URI","Album Name",'
    '"Album Artist URI(s)","Album Artist Name(s)","Album Release Date","Album Image URL",'
    '"Disc Number","Track Number","Track Duration (ms)","Track Preview URL","Explicit",'
    '"Popularity","ISRC","Added By","Added At","Artist Genres","Danceability","Energy","Key",'
    '"Loudness","Mode","Speechiness","Acousticness","Instrumentalness","Liveness","Valence",'
    '"Tempo","Time Signature"\n'
    '"spotify:track:x","Pata Pata","spotify:artist:x","Miriam Makeba","spotify:album:x",'
    '"Pata Pata","spotify:artist:x","Miriam Makeba","1967","https://i.scdn.co/image/x","1","1",'
    '"180000","","false","55","ZA","spotify:user:me","2020-08-17T08:57:27Z","afropop","0.8",'
    '"0.7","5","-8.3","1","0.05","0.3","0","0.1","0.9","131.2","4"\n'
)
EXPORTIFY_NET = (
    "Track URI,Track Name,Album Name,Artist Name(s),Release Date,Duration (ms),Popularity,"
    "Explicit,Added By,Added At,Genres,Record Label,Danceability,Energy,Key,Loudness,Mode,"
    "Speechiness,Acousticness,Instrumentalness,Liveness,Valence,Tempo,Time Signature\n"
    'spotify:track:x,"Pata Pata","Pata Pata","Miriam Makeba",1967-01-01,180000,55,false,me,'
    '2020-08-17,"afropop",Warner,0.8,0.7,5,-8.3,1,0.05,0.3,0,0.1,0.9,131.2,4\n'
)


class TestExportify:
    @pytest.mark.parametrize("export", [EXPORTIFY_APP, EXPORTIFY_NET], ids=["app", "net"])
    def test_both_of_them(self, export):
        (track,), skipped, _ = tracks_of(export)
        song = track.song
        assert skipped == []
        assert (song.name, song.artist, song.album) == ("Pata Pata", "Miriam Makeba", "Pata Pata")
        assert (song.release_year, song.genre) == (1967, "afropop")
        assert (song.valence, song.energy) == (0.9, 0.7)
        assert len(track.features) == 14
        assert (track.features["key"], track.features["duration_ms"]) == (5, 180000)


class TestEncodings:
    SONG = "name,artist\nÓró Sé do Bheatha 'Bhaile,Sinéad O'Connor\n"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
    def test_accents_arrive(self, encoding):
        assert song_of(self.SONG, encoding).artist == "Sinéad O'Connor"

    def test_a_guess_is_said_and_certainty_is_not(self):
        assert any("Latin-1" in note for note in tracks_of(self.SONG, "latin-1")[2])
        assert tracks_of(self.SONG)[2] == []

    def test_what_is_wrong_far_below_still_counts(self):
        rows = "".join(f"song {n},artist\n" for n in range(100_000)).encode()
        tracks, _, notes = tracks_of(b"name,artist\n" + rows + "x,Sinéad\n".encode("latin-1"))
        assert tracks[-1].song.artist == "Sinéad"
        assert len(notes) == 1

    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    def test_separators(self, separator):
        text = 'name|artist|album\n"a, b; c"|y|z\n'.replace("|", separator)
        assert song_of(text).name == "a, b; c"

    @pytest.mark.parametrize("above", ["sep=;\n", '"sep=;"\r\n', "\n \nsep=;\n"])
    def test_the_separator_told_to_a_spreadsheet_is_no_header(self, above):
        tracks, skipped, _ = tracks_of(above + "name;artist\na, b;y\nx\n")
        assert tracks[0].song.name == "a, b"
        assert skipped == [
            f"line {above.count(chr(10)) + 3}: expected 2 fields as in the header, got 1"
        ]

    def test_nothing_below_it(self):
        with pytest.raises(SongImportError, match="no column for the name; found none"):
            tracks_of("sep=;\n")

    @pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
    def test_line_ends(self, ends):
        assert song_of((HEADER + ROW).replace("\n", ends)).name == "Pata Pata"

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "list.csv is empty."),
            (b" \n\n", "list.csv is empty."),
            (b"PK\3\4\0\0\0\0" * 99, "expected a text file of songs, got binary data"),
            (bytes(range(256)) * 40, "expected a text file of songs, got binary data"),
        ],
    )
    def test_what_is_no_text(self, content, message):
        with pytest.raises(SongImportError, match=message):
            tracks_of(content)


def test_the_same_row_has_the_same_id_however_it_came():
    rows = io.StringIO()
    writer = csv.writer(rows, delimiter=";")
    writer.writerows(
        [["Track Name", "Artists", "Album"], ["Pata Pata", "Miriam Makeba", "Pata Pata"]]
    )
    assert song_of(rows.getvalue(), "utf-16").id == song_of(HEADER + ROW).id

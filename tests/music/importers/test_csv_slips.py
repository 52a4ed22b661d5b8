"""Rows of a list that are wrong: each costs itself, and says its line."""

import contextlib
import random

import pytest

from core.errors import SongImportError
from tests.music.importers.test_csv_list import HEADER, ROW, song_of, tracks_of


class TestSlips:
    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (",y,z,1999,0.5,0.5,", "the name is empty"),
            ("x,,z,1999,0.5,0.5,", "the artist is empty"),
            ("x,y,z,1999,much,0.5,", "expected a number for valence, got 'much'"),
            ("x,y,z,1999,1.5,0.5,", "expected valence from 0 to 1, got '1.5'"),
            ("x,y,z,1999,0.5,nan,", "expected energy from 0 to 1, got 'nan'"),
            ("x,y,z", "expected 7 fields as in the header, got 3"),
            ("x,y,z,1999,0.5,0.5,,more", "expected 7 fields as in the header, got 8"),
            ('"x"x,y,z,1999,0.5,0.5,', "',' expected after '\"'"),
            ("x" * 501 + ",y,z,1999,0.5,0.5,", "the name is longer than 500 characters"),
        ],
    )
    def test_a_row_costs_that_row_and_its_line_is_said(self, row, reason):
        tracks, skipped, _ = tracks_of(HEADER + ROW + "\n" + row + "\n" + ROW.replace("P", "B"))
        assert [track.song.name for track in tracks] == ["Pata Pata", "Bata Bata"]
        assert skipped == [f"line 4: {reason}"]

    def test_a_quote_never_closed_costs_its_line_only(self):
        rows = "".join(ROW.replace("Pata", f"Song {n}", 1) for n in range(50))
        tracks, skipped, _ = tracks_of(HEADER + '"open,y,z,1999,0.5,0.5,\n' + rows)
        assert len(tracks) == 50
        assert skipped == ["line 2: unexpected end of data"]

    @pytest.mark.parametrize("before", ["", '"open,y,z,1999,0.5,0.5,\n'])
    def test_a_line_without_end_costs_one_line_and_the_count_goes_on(self, before):
        tracks, skipped, _ = tracks_of(HEADER + before + "x" * 350_000 + ",y\nx,y\n" + ROW)
        assert len(tracks) == 1
        first = 2 + before.count("\n")
        assert skipped[-2:] == [
            f"line {first}: the line is longer than 100,000 characters",
            f"line {first + 1}: expected 7 fields as in the header, got 2",
        ]

    def test_a_header_without_end(self):
        with pytest.raises(SongImportError, match="expected a header in line 1; the line is long"):
            tracks_of("name," * 30_000 + "artist\nx,y\n")

    def test_a_line_end_in_quotes_is_none(self):
        tracks, skipped, _ = tracks_of(HEADER + '"two\nlines",y,z,,,,\n' + "x,y\n")
        assert tracks[0].song.name == "two lines"
        assert skipped == ["line 4: expected 7 fields as in the header, got 2"]

    def test_a_quote_within_a_name_is_a_name(self):
        assert song_of('name,artist\n12" Mix,y\n').name == '12" Mix'

    def test_nothing_a_page_or_store_chokes_on_gets_through(self):
        tracks, _, _ = tracks_of("name,artist\n" + "x,y\n" * 2000 + '"a\0b\x1b[31m\u2028c",y\n')
        assert tracks[-1].song.name == "a b [31m c"

    def test_random_bytes_never_escape_as_another_error(self):
        chance = random.Random(7)
        start = HEADER.encode() + ROW.encode()
        for _ in range(300):
            content = bytearray(start * 3)
            for _ in range(chance.randrange(1, 20)):
                content[chance.randrange(len(content))] = chance.randrange(256)
            with contextlib.suppress(SongImportError):
                tracks_of(bytes(content))

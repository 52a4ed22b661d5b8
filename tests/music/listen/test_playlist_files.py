"""Lists to take along: what a player, a table and another import make of them."""

import csv
import io
from xml.etree import ElementTree

import pytest

from core.csv_cells import unescape_formula
from core.song import Song, song_id
from music.catalogue.files import read_songs
from music.importers.items import Track
from music.importers.sources import open_upload
from music.listen.playlist_files import to_csv, to_m3u8, to_xspf

XSPF = "{http://xspf.org/ns/0/}"
TITLES = [
    'Say "Hello"',
    "line\nbreak\r\nand\ttab",
    "#EXTINF:-1,fake\nhttp://evil.example/",
    "<script>&amp;</script> ]]>",
    "砂の器 😀 عربى",
    "x" * 1000,
    "a,b;c",
    "nul \x00 bell \x07 next \x85 \u2028 \ufffe",
    "not UTF-8 \udcff",
    "=1+1",
    "'quoted'",
    "'=quoted",
]

FORMULAS = ["=1+1", "+44", "-", "@SUM(A1)", "=HYPERLINK(1)", "=cmd|' /C calc'!A0"]


def song(name="Pata Pata", artist="Miriam Makeba", album="Pata Pata", id="1", path=None):
    known = (1967, "afropop", "xh", 0.9, 0.7) if name == "Pata Pata" else (None,) * 5
    return Song(id, name, album, artist, *known, emotion="happy", path=path)


class TestM3u8:
    def test_a_file_by_its_address_and_another_by_its_link(self):
        songs = [song(), song("Clair de Lune", "Debussy", "", id="2", path="/home/me/a.mp3")]
        addresses = {"2": "http://192.168.1.4:5000/audio/2"}
        assert to_m3u8("Songs for happy", songs, addresses) == (
            "#EXTM3U\n"
            "#PLAYLIST:Songs for happy\n"
            "#EXTINF:-1,Miriam Makeba - Pata Pata\n"
            "#EXTALB:Pata Pata\n"
            "https://www.youtube.com/results?search_query=Miriam%20Makeba%20Pata%20Pata\n"
            "#EXTINF:-1,Debussy - Clair de Lune\n"
            "http://192.168.1.4:5000/audio/2\n"
        )

    @pytest.mark.parametrize("title", TITLES)
    def test_any_title_stays_on_its_line(self, title):
        text = to_m3u8(title, [song(title, title, title)], {"1": "http://here/audio/1"})
        lines = text.encode().decode().splitlines()
        assert len(lines) == 5
        assert lines[2].startswith("#EXTINF:-1,")
        assert lines[4] == "http://here/audio/1"


class TestXspf:
    def test_what_it_says_of_a_song(self):
        songs = [song(), song("Clair de Lune", "Debussy", "", id="2")]
        root = ElementTree.fromstring(to_xspf("Songs", songs, {"2": "http://here/audio/2?key=1&a"}))
        assert root.tag == f"{XSPF}playlist"
        assert root.attrib == {"version": "1"}
        assert root.findtext(f"{XSPF}title") == "Songs"
        first, second = (
            {part.tag.removeprefix(XSPF): part.text for part in track}
            for track in root.iterfind(f"{XSPF}trackList/{XSPF}track")
        )
        assert first == {
            "title": "Pata Pata",
            "creator": "Miriam Makeba",
            "album": "Pata Pata",
            "info": "https://www.youtube.com/results?search_query=Miriam%20Makeba%20Pata%20Pata",
        }
        assert second["location"] == "http://here/audio/2?key=1&a"
        assert "album" not in second

    @pytest.mark.parametrize("title", TITLES)
    def test_any_title_is_well_formed(self, title):
        root = ElementTree.fromstring(to_xspf(title, [song(title, title, title)], {}))
        (track,) = root.iterfind(f"{XSPF}trackList/{XSPF}track")
        expected = " ".join(title.split())
        for bad in ("\x00", "\x07", "\ufffe", "\udcff"):
            expected = expected.replace(bad, "\ufffd")
        assert track.findtext(f"{XSPF}title") == expected

    def test_an_empty_list_is_a_list(self):
        root = ElementTree.fromstring(to_xspf("Songs", [], {}))
        assert root.find(f"{XSPF}trackList") is not None


class TestCsv:
    def test_it_is_a_catalogue_again(self, tmp_path):
        titles = [("Pata Pata", "Miriam Makeba", "Pata Pata"), ('Say "Hi", 世界', "A, B & C", "")]
        songs = [
            song(name, artist, album, id=song_id(name, album, artist))
            for name, artist, album in titles
        ]
        (tmp_path / "happy.csv").write_text(to_csv(songs), encoding="utf-8", newline="")
        read, problems = read_songs(tmp_path / "happy.csv", "happy")
        assert problems == []
        assert list(read) == songs

    @pytest.mark.parametrize("title", TITLES)
    def test_any_title_is_one_cell(self, title):
        _, row = csv.reader(io.StringIO(to_csv([song(title)]), newline=""))
        assert unescape_formula(row[0]) == title
        assert row[1:] == ["Pata Pata", "Miriam Makeba", "", "", "", "", ""]

    @pytest.mark.parametrize("title", FORMULAS)
    def test_no_cell_is_run_by_a_spreadsheet(self, title):
        _, row = csv.reader(io.StringIO(to_csv([song(title)]), newline=""))
        assert row[0] == f"'{title}"

    @pytest.mark.parametrize("title", [*FORMULAS, "'tis", "''=1", "-"])
    def test_read_again_the_title_is_what_it_was(self, tmp_path, title):
        text = to_csv([song(title)])
        (tmp_path / "happy.csv").write_text(text, encoding="utf-8", newline="")
        (read,), _ = read_songs(tmp_path / "happy.csv", "happy")
        assert read.name == title
        batches = open_upload(text.encode("utf-8-sig"), "list.csv", None).batches
        (track,) = [item for batch in batches for item in batch if isinstance(item, Track)]
        assert track.song.name == title

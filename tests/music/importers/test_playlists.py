"""M3U and XSPF, and which files they may name."""

import contextlib
import os
import random
from pathlib import Path

import pytest

from core.errors import SongImportError
from music.importers.local_files import LocalFiles
from music.importers.m3u import open_m3u
from music.importers.sources import open_file, open_upload
from music.importers.xspf import open_xspf
from tests.music.importers.conftest import data, make_wav, read

NOWHERE = LocalFiles()


def m3u(text, files=NOWHERE, encoding="utf-8"):
    return read(open_m3u(data(text, encoding), "list.m3u", files))


def xspf(tracks, files=NOWHERE, before=""):
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<playlist version="1" '
        f'xmlns="http://xspf.org/ns/0/"><title>Mine</title><trackList>{tracks}</trackList></playlist>'
    )
    return read(open_xspf(data(text), "list.xspf", files))


def names(tracks):
    return [(track.song.name, track.song.artist, track.song.path) for track in tracks]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no FIFOs here")
def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "list.csv")
    for path in (tmp_path / "list.csv", Path(os.devnull), tmp_path):
        with pytest.raises(SongImportError, match="is no file; save the list as one"):
            open_file(path)


class TestM3u:
    def test_titles_and_artists_of_what_is_not_here(self):
        tracks, skipped, notes = m3u(
            "#EXTM3U\n#PLAYLIST:Mine\n#EXTINF:180,Miriam Makeba - Pata Pata\n#EXTALB:Pata Pata\n"
            "https://example.com/1.mp3\n\n#EXTINF:-1,Malaika\n#EXTART:Angélique Kidjo\n2.mp3\n"
        )
        assert names(tracks) == [
            ("Pata Pata", "Miriam Makeba", None),
            ("Malaika", "Angélique Kidjo", None),
        ]
        assert (tracks[0].song.album, tracks[1].song.album) == ("Pata Pata", "")
        assert skipped == []
        assert notes == [
            "2 of its songs are known by title and artist only: no file of theirs here."
        ]

    def test_latin_1_as_old_players_wrote_it(self):
        tracks, _, notes = m3u("#EXTINF:1,Sinéad O'Connor - Óró\nx.mp3\n", encoding="latin-1")
        assert tracks[0].song.artist == "Sinéad O'Connor"
        assert any("Latin-1" in note for note in notes)

    def test_without_comments_the_file_names_tell(self):
        tracks, skipped, _ = m3u("C:\\Music\\07 - Miriam Makeba - Pata Pata.mp3\nsong.mp3\n")
        assert names(tracks) == [("Pata Pata", "Miriam Makeba", None)]
        assert skipped == ["line 2: the artist is empty"]

    def test_files_beside_it_and_elsewhere(self, music, tmp_path):
        list_path = music / "lists" / "mine.m3u8"
        list_path.parent.mkdir()
        elsewhere = make_wav(tmp_path / "elsewhere" / "Artist - Title.wav")
        relative = "../Miriam Makeba/pata.wav"
        list_path.write_text(
            f"#EXTINF:1,Somebody - Something\n{relative}\n"
            + relative.replace("/", "\\")
            + f"\n{elsewhere}\n{elsewhere.as_uri()}\n../gone.wav\n"
        )
        tracks, skipped, _ = read(open_file(list_path))
        pata = ("Pata Pata", "Miriam Makeba", str(music / "Miriam Makeba" / "pata.wav"))
        other = ("Title", "Artist", str(elsewhere))
        assert names(tracks) == [pata, pata, other, other]
        assert skipped == ["line 6: the artist is empty"]

    def test_a_line_without_end_costs_one_line(self):
        tracks, skipped, _ = m3u("#EXTINF:1," + "x" * 50_000 + "\n#EXTINF:1,A - B\n1.mp3\nx.mp3\n")
        assert names(tracks) == [("B", "A", None)]
        assert skipped == ["line 1: longer than 10,000 characters", "line 4: the artist is empty"]

    def test_a_stream_of_video_is_no_list_of_songs(self):
        tracks, skipped, _ = m3u("#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:9.9,\nseg-1.ts\n")
        assert tracks == []
        assert len(skipped) == 1


TRACK = (
    "<track><title>Pata Pata</title><creator>Miriam Makeba</creator><album>Pata</album>{}</track>"
)


class TestXspf:
    def test_what_it_says(self):
        tracks, skipped, _ = xspf(TRACK.format("<location>http://x/1.mp3</location>"))
        assert names(tracks) == [("Pata Pata", "Miriam Makeba", None)]
        assert (tracks[0].song.album, skipped) == ("Pata", [])

    def test_a_song_that_says_nothing_costs_itself(self):
        tracks, skipped, _ = xspf("<track/>" + TRACK.format(""))
        assert len(tracks) == 1
        assert skipped == ["song 1: the name is empty"]

    def test_a_location_is_a_uri_a_relative_one_too(self, music):
        files = LocalFiles(music, anywhere=True)
        location = "<location>Miriam%20Makeba/pata.wav</location>"
        tracks, _, notes = xspf(TRACK.format(location), files)
        assert tracks[0].song.path == str(music / "Miriam Makeba" / "pata.wav")
        assert notes == []

    def test_files(self, music):
        path = music / "Miriam Makeba" / "pata.wav"
        location = f"<location>http://x/1.mp3</location><location>{path.as_uri()}</location>"
        tracks, _, notes = xspf(TRACK.format(location), LocalFiles(anywhere=True))
        assert tracks[0].song.path == str(path)
        assert notes == []

    @pytest.mark.parametrize(
        "bomb",
        [
            '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
            '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
            '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        ],
    )
    def test_entities_are_refused_unread(self, bomb):
        with pytest.raises(SongImportError, match="expected XSPF without a DTD"):
            xspf(TRACK.format("<location>&b;</location>"), before=bomb)

    def test_other_xml(self):
        with pytest.raises(SongImportError, match="expected XSPF, a <playlist>; found <html>"):
            read(open_xspf(data("<html></html>"), "list.xspf", NOWHERE))

    @pytest.mark.parametrize("encoding", ["UTF-88", "x", "big5", "utf-7"])
    def test_an_encoding_it_does_not_know_is_said(self, encoding):
        text = f'<?xml version="1.0" encoding="{encoding}"?><playlist/>'
        tracks, skipped, _ = read(open_xspf(data(text), "list.xspf", NOWHERE))
        assert tracks == []
        assert skipped[0].startswith("after song 0: the XML breaks off: ")

    @pytest.mark.parametrize(("kept", "taken"), [(430, 2), (0, 0)])
    def test_one_that_breaks_off_gives_what_came_before(self, kept, taken):
        text = '<playlist xmlns="http://xspf.org/ns/0/"><trackList>' + TRACK.format("") * 9
        tracks, skipped, _ = read(open_xspf(data(text[:300] if kept else ""), "x", NOWHERE))
        assert len(tracks) == taken
        assert skipped[0].startswith(f"after song {taken}: the XML breaks off: ")


class TestWhichFiles:
    """A playlist that came through the page must not tell which files this computer has."""

    def locations(self, music, tmp_path):
        make_wav(tmp_path / "secret.wav")
        (music / "out.wav").symlink_to(tmp_path / "secret.wav")
        return [
            str(tmp_path / "secret.wav"),
            (tmp_path / "secret.wav").as_uri(),
            "../secret.wav",
            f"{music}/../secret.wav",
            "out.wav",
            "/etc/passwd",
            "Miriam Makeba",
            "file://elsewhere/music/x.wav",
            "x" * 5000 + ".wav",
        ]

    def test_none_without_a_folder_of_music(self, music, tmp_path):
        path = music / "Miriam Makeba" / "pata.wav"
        for location in [*self.locations(music, tmp_path), str(path)]:
            source = open_upload(f"#EXTINF:1,A - B\n{location}\n".encode(), "x.m3u", None)
            assert all(track.song.path is None for track in read(source)[0])

    def test_only_those_in_the_folder_of_music(self, music, tmp_path):
        for location in self.locations(music, tmp_path):
            text = f"#EXTINF:1,A - B\n{location}\n".encode()
            assert all(
                track.song.path is None for track in read(open_upload(text, "x.m3u", music))[0]
            )
        for location in ("Miriam Makeba/pata.wav", str(music / "Miriam Makeba" / "pata.wav")):
            source = open_upload(location.encode(), "x.m3u", music)
            (track,), _, _ = read(source)
            assert track.song.path == str(music / "Miriam Makeba" / "pata.wav")

    def test_the_folder_by_another_name(self, music, tmp_path):
        """`/music` may be a link to where the music lies, and a playlist may know either."""
        link = tmp_path / "link"
        link.symlink_to(music)
        found = LocalFiles(within=link).find(str(music / "Miriam Makeba" / "pata.wav"))
        assert found == link / "Miriam Makeba" / "pata.wav"

    def test_what_is_no_path(self):
        assert LocalFiles(anywhere=True).find("/tmp/a\0.wav") is None

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
    def test_only_regular_files(self, music):
        os.mkfifo(music / "pipe.wav")
        assert LocalFiles(anywhere=True).find(str(music / "pipe.wav")) is None


class TestKinds:
    def kind(self, content, name):
        return read(open_upload(content.encode(), name, None))[0][0].song.name

    def test_by_name_or_by_beginning(self):
        assert self.kind("name,artist\nCSV,y\n", "x.csv") == "CSV"
        assert self.kind("name,artist\nCSV,y\n", "no ending") == "CSV"
        assert self.kind("#EXTM3U\n#EXTINF:1,A - M3U\nx.mp3\n", "list") == "M3U"
        playlist = "<playlist><trackList>" + TRACK.format("") + "</trackList></playlist>"
        assert self.kind(playlist, "list") == "Pata Pata"

    def test_a_song_itself_is_no_list(self):
        with pytest.raises(SongImportError, match="expected a list of songs, or a folder"):
            open_upload(b"ID3", "song.mp3", None)

    @pytest.mark.parametrize(
        ("sent", "label"),
        [
            ("C:\\fakepath\\a.csv", "a.csv"),
            ("../../b.csv", "b.csv"),
            ("", "upload"),
            ("\0", "upload"),
        ],
    )
    def test_a_sent_name_is_no_path(self, sent, label):
        assert open_upload(b"name,artist\nx,y\n", sent, None).origin == label

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(SongImportError, match="cannot be read: No such file"):
            open_file(tmp_path / "gone.csv")


@pytest.mark.parametrize("name", ["list.m3u", "list.xspf"])
def test_damaged_lists_never_raise_another_error(name, tmp_path):
    start = {
        "list.m3u": b"#EXTM3U\n#EXTINF:1,A - B\nfile:///x%20y.mp3\n#EXTALB:C\nhttp://[::1]:1/a.mp3\n",
        "list.xspf": b'<?xml version="1.0" encoding="UTF-8"?><playlist '
        b'xmlns="http://xspf.org/ns/0/"><trackList>' + TRACK.format("").encode() * 2,
    }[name]
    pieces = (b"[", b"%", b'"', b"\0", b"//", b"&#x0;", b"<", b"\xed\xa0\x80", b"file://", b"8")
    chance = random.Random(5)
    for _ in range(500):
        content = bytearray(start)
        for _ in range(chance.randrange(1, 12)):
            place = chance.randrange(len(content))
            if chance.random() < 0.5:
                content[place] = chance.randrange(256)
            else:
                content[place:place] = chance.choice(pieces)
        with contextlib.suppress(SongImportError):
            read(open_upload(bytes(content), name, tmp_path))

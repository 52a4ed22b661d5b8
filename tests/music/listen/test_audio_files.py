"""Which files may be played, and which may not, however they are named."""

import os
import shutil
import sys

import pytest

from core.errors import AudioFileError
from core.song import Song
from music.listen import audio_files
from music.listen.audio_files import AUDIO_TYPES, MusicFolders, is_offered, open_audio
from store.database import open_database, open_in_memory
from store.songs import Library

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs links, FIFOs and devices")


@pytest.fixture
def music(tmp_path):
    """A folder with one song, beside a folder that is nobody's business."""
    (tmp_path / "music" / "album").mkdir(parents=True)
    (tmp_path / "private").mkdir()
    (tmp_path / "music-of-others").mkdir()
    for file in ("music/album/a.mp3", "private/b.mp3", "music-of-others/c.mp3", "music/d.txt"):
        (tmp_path / file).write_bytes(b"sound of " + file.encode())
    return tmp_path / "music"


def read(path, *folders):
    with (found := open_audio(str(path), folders)).file:
        return found.file.read()


def refused(path, *folders):
    with pytest.raises(AudioFileError) as caught:
        open_audio(str(path), folders)
    return str(caught.value)


def test_a_song_of_the_folder(music):
    with (found := open_audio(str(music / "album" / "a.mp3"), [music])).file:
        assert found.file.read() == b"sound of music/album/a.mp3"
    assert (found.type, found.size) == ("audio/mpeg", 26)
    assert found.mtime_ns == (music / "album" / "a.mp3").stat().st_mtime_ns


@pytest.mark.parametrize("suffix", [*AUDIO_TYPES, ".MP3", ".Flac"])
def test_each_kind_has_its_type(music, suffix):
    path = music / f"x{suffix}"
    path.write_bytes(b"x")
    with (found := open_audio(str(path), [music])).file:
        assert found.type == AUDIO_TYPES[suffix.lower()]
    assert is_offered(str(path), [music])


@pytest.mark.parametrize(
    "path",
    [
        "{}/../private/b.mp3",
        "{}/album/../../private/b.mp3",
        "{}/./album/.././../private/b.mp3",
        "{}-of-others/c.mp3",
        "{}/../music-of-others/c.mp3",
        "{}/d.txt",
        "{}/album/a.mp3/../../d.txt",
        "{}/album",
        "{}",
        "/etc/passwd",
        "album/a.mp3",
        "",
        "{}/album/a.mp3\0.txt",
        "{}/album/a.mp3\0",
        "{}/" + "a" * 5000 + ".mp3",
        "file://{}/album/a.mp3",
        "{}/album/\udcff.mp3",
        "{}\\..\\private\\b.mp3",
    ],
)
def test_nothing_else_however_spelled(music, path):
    named = path.format(music)
    assert str(music.parent) not in refused(named, music)


def test_with_no_folder_nothing_is_played(music):
    assert "not a music file in a folder of yours" in refused(music / "album" / "a.mp3")
    assert not is_offered(str(music / "album" / "a.mp3"), [])


@posix
def test_a_link_within_the_folder_is_followed(music):
    (music / "link.mp3").symlink_to(music / "album" / "a.mp3")
    assert read(music / "link.mp3", music) == b"sound of music/album/a.mp3"


@posix
@pytest.mark.parametrize("target", ["../private/b.mp3", "d.txt", "/etc/passwd", "/dev/zero"])
def test_a_link_elsewhere_is_refused(music, target):
    (music / "link.mp3").symlink_to(target)
    assert refused(music / "link.mp3", music) == (
        "'link.mp3' is not a music file in a folder of yours."
    )


@posix
def test_a_linked_folder_is_refused_too(music):
    (music / "more").symlink_to(music.parent / "private")
    assert "folder of yours" in refused(music / "more" / "b.mp3", music)


@posix
def test_a_loop_of_links(music):
    (music / "loop.mp3").symlink_to(music / "loop.mp3")
    assert "cannot be read" in refused(music / "loop.mp3", music)


@posix
def test_the_folder_itself_may_be_a_link(music, tmp_path):
    (tmp_path / "shortcut").symlink_to(music)
    for folder in (music, tmp_path / "shortcut"):
        assert read(tmp_path / "shortcut" / "album" / "a.mp3", folder)


@posix
@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo], ids=["folder", "FIFO"])
def test_what_has_taken_the_files_place_is_refused(music, make):
    song = music / "album" / "a.mp3"
    song.unlink()
    make(song)
    assert refused(song, music) == "'a.mp3' is not a file any more."


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads it all")
def test_a_file_that_may_not_be_read(music):
    song = music / "album" / "a.mp3"
    song.chmod(0)
    assert refused(song, music) == "'a.mp3' cannot be read: Permission denied."


def test_a_file_that_is_gone_is_told(music):
    shutil.rmtree(music / "album")
    message = refused(music / "album" / "a.mp3", music)
    assert message == "'a.mp3' is gone; was it moved, or a disk unplugged?"


@posix
@pytest.mark.parametrize("name", ['"quoted"', "a\nb", "😀 砂の器", "%2e%2e", "x" * 240, "#?&"])
def test_an_unusual_name_is_just_a_name(music, name):
    path = music / f"{name}.mp3"
    path.write_bytes(b"x")
    assert read(path, music) == b"x"


@pytest.mark.parametrize(
    ("path", "offered"),
    [
        (None, False),
        ("{}/album/a.mp3", True),
        ("{}/gone.mp3", True),
        ("{}/../private/b.mp3", False),
        ("{}/d.txt", False),
        ("{}-of-others/c.mp3", False),
    ],
)
def test_what_a_list_offers_is_told_by_the_name_alone(music, path, offered):
    assert is_offered(path and path.format(music), [music]) == offered


class TestMusicFolders:
    @pytest.fixture
    def library(self):
        with open_in_memory() as database:
            yield Library(database)

    def test_none_named_is_none(self, library):
        assert MusicFolders(None, library).paths() == ()

    def test_the_folder_of_the_command_line(self, music, library, monkeypatch):
        monkeypatch.chdir(music.parent)
        assert MusicFolders(music.relative_to(music.parent), library).paths()[0] == music

    @posix
    def test_a_folder_counts_by_either_of_its_names(self, music, library, tmp_path):
        (tmp_path / "shortcut").symlink_to(music)
        paths = MusicFolders(tmp_path / "shortcut", library).paths()
        assert paths == (tmp_path / "shortcut", music)

    def test_imported_folders_count_and_lists_do_not(self, music, library, monkeypatch):
        monkeypatch.setattr(audio_files, "CHECK_INTERVAL_S", 0)
        folders = MusicFolders(None, library)
        assert folders.paths() == ()
        song = Song("1", "n", "", "a", *[None] * 7, path=str(music / "album" / "a.mp3"))
        for origin in (str(music), "list.m3u", "spotify:playlist:1", "..", ""):
            library.add([song], origin)
        assert folders.paths() == (music,)
        library.remove(str(music))
        assert folders.paths() == ()

    def test_the_store_is_not_asked_for_every_song(self, music, library):
        folders = MusicFolders(music, library)
        assert folders.paths() == (music,)
        library.add([Song("1", "n", "", "a", *[None] * 8)], str(music / "album"))
        assert folders.paths() == (music,)

    def test_trouble_with_the_store_leaves_the_folder_of_the_command_line(self, music, tmp_path):
        with open_database(tmp_path / "affectune.db") as database:
            library = Library(database)
        (tmp_path / "affectune.db").write_bytes(b"no database")
        assert MusicFolders(music, library).paths() == (music,)

"""Folders of music files: every kind of them, and what is in the way."""

import os
from pathlib import Path

import pytest

from core.errors import SongImportError
from music.importers.folder import is_gone, open_folder
from music.importers.tags import split_name
from music.listen.audio_files import AUDIO_TYPES
from tests.music.importers.conftest import make_audio, make_wav, read, tag


def songs_in(folder, **options):
    tracks, skipped, _ = read(open_folder(folder, **options))
    return [track.song for track in tracks], skipped


class TestTags:
    @pytest.mark.parametrize("suffix", sorted(set(AUDIO_TYPES) - {".oga"}))
    def test_every_kind_of_file(self, tmp_path, suffix):
        path = make_audio(tmp_path / f"file{suffix}")
        tag(
            path,
            title="Pata Pata",
            artist="Miriam Makeba",
            album="Pata",
            date="1967-05-01",
            genre="Mbaqanga",
        )
        (song,), skipped = songs_in(tmp_path)
        assert skipped == []
        assert (song.name, song.artist, song.album) == ("Pata Pata", "Miriam Makeba", "Pata")
        assert (song.release_year, song.genre, song.path) == (1967, "Mbaqanga", str(path))
        assert (song.valence, song.mood, song.emotion) == (None, None, None)

    @pytest.mark.parametrize("suffix", [".mp3", ".wav"])
    def test_without_tags_the_name_tells(self, tmp_path, suffix):
        make_audio(tmp_path / f"03 - Miriam Makeba - Pata Pata{suffix}")
        make_audio(tmp_path / f"Malaika{suffix}")
        songs, _ = songs_in(tmp_path)
        assert [(song.name, song.artist) for song in songs] == [
            ("Pata Pata", "Miriam Makeba"),
            ("Malaika", "Unknown artist"),
        ]

    @pytest.mark.parametrize(
        ("stem", "artist", "title"),
        [
            ("99 Luftballons", "", "99 Luftballons"),
            ("07 Malaika", "", "Malaika"),
            ("1. Malaika", "", "Malaika"),
            ("12_Miriam_Makeba_-_Pata_Pata", "Miriam Makeba", "Pata Pata"),
            ("Jay-Z - 99 Problems", "Jay-Z", "99 Problems"),
            ("1999", "", "1999"),
        ],
    )
    def test_names(self, stem, artist, title):
        assert split_name(stem) == (artist, title)


class TestWalking:
    def test_all_folders_in_it_and_music_only(self, music):
        make_wav(music / "B" / "deep" / "b - b.WAV")
        make_wav(music / ".trash" / "c - c.wav")
        make_wav(music / "._d - d.wav")
        (music / "cover.jpg").write_bytes(b"x")
        source = open_folder(music)
        assert (source.total, source.origin, source.label) == (2, str(music), "music")
        songs, skipped = songs_in(music)
        assert [song.name for song in songs] == ["b", "Pata Pata"]
        assert skipped == []

    def test_links_in_a_circle(self, music):
        (music / "again").symlink_to(music)
        (music / "Miriam Makeba" / "up").symlink_to(music)
        assert len(songs_in(music)[0]) == 1

    def test_what_cannot_be_read_costs_itself(self, music):
        make_wav(music / "broken.wav").write_bytes(b"RIFF" + b"\xff" * 50)
        (music / "empty.mp3").write_bytes(b"")
        (music / "text.flac").write_text("not music")
        (music / "gone.wav").symlink_to(music / "nothing")
        os.mkfifo(music / "pipe.wav")
        songs, skipped = songs_in(music)
        assert [song.name for song in songs] == ["Pata Pata"]
        assert [Path(line.partition(": ")[0]).name for line in skipped] == [
            *("broken.wav", "empty.mp3", "gone.wav", "pipe.wav", "text.flac")
        ]
        assert all(line.partition(": ")[2] for line in skipped)

    def test_a_name_that_is_not_utf_8(self, music):
        (music / "Miriam Makeba" / "pata.wav").rename(music / os.fsdecode(b"b\xe9.wav"))
        make_wav(music / "a - a.wav")
        songs, skipped = songs_in(music)
        assert len(songs) == 1
        assert skipped == [f"{music}/b?.wav: its name is not UTF-8"]
        skipped[0].encode()

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_folders_and_files_that_are_not_ours(self, music):
        make_wav(music / "closed" / "a - a.wav")
        make_wav(music / "closed.wav").chmod(0)
        (music / "closed").chmod(0)
        try:
            songs, skipped = songs_in(music)
        finally:
            (music / "closed").chmod(0o755)
        assert [song.name for song in songs] == ["Pata Pata"]
        assert skipped == [
            f"{music}/closed.wav: cannot be read: Permission denied",
            f"{music}/closed: cannot be read: Permission denied",
        ]

    def test_what_has_not_changed_is_not_read_again(self, music):
        (known,), _ = songs_in(music)
        (music / "Miriam Makeba" / "pata.wav").write_bytes(b"nobody reads this")
        assert songs_in(music, recall=lambda path, status: known) == ([known], [])

    def test_no_folder_and_no_music(self, tmp_path):
        with pytest.raises(SongImportError, match="expected a folder of music at"):
            open_folder(tmp_path / "gone")
        with pytest.raises(SongImportError, match=r"expected music files \(.mp3 .*found none"):
            open_folder(tmp_path)


class TestGone:
    def test_a_file_that_was_taken_out_of_its_folder(self, music):
        assert not is_gone(music / "Miriam Makeba" / "pata.wav")
        assert is_gone(music / "Miriam Makeba" / "other.wav")

    def test_a_disk_that_is_away(self, music):
        make_wav(music / "mount point" / ".hidden")
        (music / "link").symlink_to("/media/nowhere")
        for place in ("mount point", "link", "not there"):
            assert not is_gone(music / place / "a.wav")
            assert not is_gone(music / place / "album" / "a.wav")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_folder_that_is_not_ours(self, music):
        make_wav(music / "closed" / "a.wav")
        (music / "closed").chmod(0)
        try:
            assert not is_gone(music / "closed" / "a.wav")
        finally:
            (music / "closed").chmod(0o755)

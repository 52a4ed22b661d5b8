"""Telling by its name and its beginning what a person wants to import."""

import io
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

from core.errors import SongImportError
from music.importers.csv_list import open_csv
from music.importers.items import Source, clean
from music.importers.local_files import LocalFiles
from music.importers.m3u import open_m3u
from music.importers.xspf import open_xspf
from music.listen.audio_files import AUDIO_TYPES

LISTS: Final = (".csv", ".tsv", ".txt", ".m3u", ".m3u8", ".xspf")
MAX_LABEL_LENGTH: Final = 80


def open_file(path: Path) -> Source:
    """Open a list of songs that somebody at this computer named; it may name files anywhere.

    Raises:
        SongImportError: it cannot be read, or is no list of songs.
    """
    files = LocalFiles(base=Path(os.path.abspath(path.parent)), anywhere=True)  # noqa: PTH100
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe waits, a device has no end
            raise SongImportError(f"'{path}' is no file; save the list as one")
        data = path.open("rb")
    except OSError as error:
        raise SongImportError(f"'{path}' cannot be read: {error.strerror}") from error
    try:
        return _open(data, path.name, files)
    except SongImportError:
        data.close()
        raise


def open_upload(data: bytes, name: str, music: Path | None) -> Source:
    """Open a list of songs that came through the page.

    Args:
        data: its content.
        name: what its sender calls it.
        music: the only folder whose files it may name; None where there is none.

    Raises:
        SongImportError: it is no list of songs.
    """
    label = upload_label(name)
    folder = music and music.absolute()
    return _open(io.BytesIO(data), label, LocalFiles(base=folder, within=folder))


def upload_label(name: str) -> str:
    """Return what to call a list whose sender calls it `name`: the name without folders."""
    return clean(name.replace("\\", "/").rpartition("/")[2])[-MAX_LABEL_LENGTH:] or "upload"


def _open(data: BinaryIO, label: str, files: LocalFiles) -> Source:
    suffix = Path(label).suffix.lower()
    if suffix in AUDIO_TYPES:
        raise SongImportError(f"{label}: expected a list of songs, or a folder of music files")
    head = data.read(1000)
    data.seek(0)
    if suffix in (".m3u", ".m3u8") or head.removeprefix(b"\xef\xbb\xbf").startswith(b"#EXTM3U"):
        return open_m3u(data, label, files)
    if suffix == ".xspf" or (suffix not in LISTS and b"<playlist" in head):
        return open_xspf(data, label, files)
    return open_csv(data, label)

"""A folder of music files, with all folders in it."""

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from core.errors import SongImportError
from core.song import Song
from music.importers.items import Item, Skipped, Source, Track, batched
from music.importers.tags import song_of_file
from music.listen.audio_files import AUDIO_TYPES

BATCH_SIZE: Final = 100
"""Files a batch: their tags take a millisecond or so each."""

Recall = Callable[[Path, os.stat_result], Song | None]
"""Returns the song of an unchanged file, by its path and what the system tells of it."""


def open_folder(folder: Path, recall: Recall = lambda *_: None) -> Source:
    """Open a folder: list its music files now, read their tags when asked.

    Args:
        folder: whose MP3, FLAC, Ogg, Opus, M4A and WAV files are wanted, by the ending of their
            names; what begins with a dot is left alone.
        recall: returns the song of a file that has not changed since it was last read.

    Raises:
        SongImportError: there is no such folder, or no music in it.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - links are kept as people made them
    if not folder.is_dir():
        raise SongImportError(f"expected a folder of music at '{folder}', found none")
    entries = list(_entries(folder))
    if not any(isinstance(item, Path) for item in entries):
        reason = next((f"; {item}" for item in entries), "")
        raise SongImportError(
            f"expected music files ({' '.join(AUDIO_TYPES)}) in '{folder}', found none{reason}"
        )
    items = _items(entries, recall)
    return Source(folder.name, str(folder), len(entries), batched(items, BATCH_SIZE))


def is_gone(file: Path) -> bool:
    """Return whether a file was taken out of its folder: others are in it still.

    Where the folder is away or empty, so may be the disk that it lies on.
    """
    try:
        file.lstat()
    except FileNotFoundError:
        with contextlib.suppress(OSError), os.scandir(file.parent) as entries:
            return any(not entry.name.startswith(".") for entry in entries)
    except OSError:
        pass
    return False


def _entries(folder: Path) -> Iterator[Path | Skipped]:
    """Yield the music files in order, and the folders that cannot be read.

    Links to folders are followed, each folder is entered once: a link may lead in a circle.
    """
    entered: set[str] = set()
    unreadable: list[Skipped] = []

    def note(error: OSError) -> None:
        unreadable.append(Skipped(str(error.filename), f"cannot be read: {error.strerror}"))

    for here, folders, files in os.walk(folder, onerror=note, followlinks=True):
        real = os.path.realpath(here)
        if real in entered:
            folders.clear()
            continue
        entered.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if Path(name).suffix.lower() in AUDIO_TYPES and not name.startswith("."):
                yield Path(here, name)
    yield from unreadable


def _items(entries: list[Path | Skipped], recall: Recall) -> Iterator[Item]:
    for item in entries:
        if isinstance(item, Skipped):
            yield item
            continue
        try:
            status = item.stat()
            if not stat.S_ISREG(status.st_mode):
                raise ValueError("no regular file")  # opening a FIFO would wait for ever
            yield Track(recall(item, status) or song_of_file(item))
        except OSError as error:
            yield Skipped(_printable(item), f"cannot be read: {error.strerror}")
        except ValueError as error:
            yield Skipped(_printable(item), str(error))


def _printable(path: Path) -> str:
    """Return a path as text that any terminal and page can show."""
    return str(path).encode(errors="replace").decode()

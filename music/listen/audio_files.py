"""Opening a song's file to play it, and no other file.

The list of songs says which file is a song's, but lists are imported from files that anybody
may have written, through the page too: `/etc/passwd` and a neighbour's recordings must not be
had by naming them in one. So a file is opened only under a folder that somebody at this
computer named, whatever the list says, and only if it is audio by its name.
"""

import logging
import os
import stat
import threading
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from cachetools import TTLCache, cachedmethod

from core.errors import AudioFileError, StoreError

if TYPE_CHECKING:  # it brings SQLAlchemy along
    from store.songs import Library

log = logging.getLogger(__name__)

AUDIO_TYPES = {
    ".mp3": "audio/mpeg",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
    ".wav": "audio/wav",
}
"""Types that browsers know (https://developer.mozilla.org/docs/Web/Media/Guides/Formats), by
the ending of a file's name in small letters."""

CHECK_INTERVAL_S = 5.0
"""Seconds between looks at which folders have been imported."""

# Opening must neither follow a link put there since the check nor wait for a FIFO's writer.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


@dataclass(frozen=True)
class AudioFile:
    """A file opened for playing; whoever asked for it closes `file`."""

    file: BinaryIO
    type: str
    """MIME type."""
    size: int
    """Bytes."""
    mtime_ns: int
    """When it was last written, ns since the epoch."""


class MusicFolders:
    """The folders whose files may be played: those that somebody at this computer named.

    They are that of `--music`, and those that `python -m music import` was given. The library
    remembers what a folder brought by the folder's path; what comes through the page it
    remembers by a name without slashes (`music.importers.sources.open_upload`).

    Args:
        music: the folder of `--music`.
        library: whose imports count.
    """

    def __init__(self, music: Path | None, library: "Library") -> None:
        self._music = [] if music is None else [music]
        self._library = library
        self._cache: TTLCache[Hashable, tuple[Path, ...]] = TTLCache(1, CHECK_INTERVAL_S)
        self._lock = threading.Lock()

    @cachedmethod(attrgetter("_cache"), lock=attrgetter("_lock"))
    def paths(self) -> tuple[Path, ...]:
        """Return each folder by its name, as songs have it, and with all links followed."""
        folders = [folder.absolute() for folder in (*self._music, *self._imported())]
        real = [folder.resolve() for folder in folders]
        return tuple(dict.fromkeys([*folders, *real]))

    def _imported(self) -> list[Path]:
        try:
            origins = list(self._library.origins())
        except StoreError as error:  # music goes on without them
            log.warning("%s", error)
            return []
        return [Path(origin) for origin in origins if Path(origin).is_absolute()]


def is_offered(path: str | None, folders: Iterable[str | Path]) -> bool:
    """Return whether a song's file looks playable; asks no disk, as a list is made of many."""
    if path is None or os.path.splitext(path)[1].lower() not in AUDIO_TYPES:  # noqa: PTH122
        return False
    file = Path(os.path.normpath(path))
    return any(file.is_relative_to(folder) for folder in folders)


def open_audio(path: str, folders: Iterable[str | Path]) -> AudioFile:
    """Open a song's file for reading.

    Args:
        path: as the song has it.
        folders: absolute paths; the file must lie under one of them once all symbolic links
            are followed, so that a link out of them is refused and one within is not.

    Raises:
        AudioFileError: it is gone, lies elsewhere, is no regular file or no audio by its name,
            or may not be read. The message names the file without its folders.
    """
    label = f"'{os.path.basename(path)[:80]}'"  # noqa: PTH119 - also of what is no path
    try:
        real = Path(os.path.realpath(path, strict=True))
        kind = AUDIO_TYPES.get(real.suffix.lower())
        if kind is None or not any(real.is_relative_to(os.path.realpath(f)) for f in folders):
            raise AudioFileError(f"{label} is not a music file in a folder of yours.")
        if not stat.S_ISREG(os.stat(real).st_mode):  # noqa: PTH116 - opening a device may act
            raise AudioFileError(f"{label} is not a file any more.")
        file = open(os.open(real, _FLAGS), "rb")  # noqa: PTH123, SIM115 - by descriptor
    except FileNotFoundError as error:
        raise AudioFileError(f"{label} is gone; was it moved, or a disk unplugged?") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise AudioFileError(f"{label} cannot be read: {reason}.") from error
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        file.close()
        raise AudioFileError(f"{label} is not a file any more.")
    return AudioFile(file, kind, status.st_size, status.st_mtime_ns)

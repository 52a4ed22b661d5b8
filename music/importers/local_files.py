"""Which files of this computer a playlist may name."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from music.listen.audio_files import AUDIO_TYPES


@dataclass(frozen=True)
class LocalFiles:
    """Finds the music file that a playlist means.

    A playlist that somebody at this computer names may point anywhere; one that came through
    the page may point to `within` only, or whoever can load the page could ask which files
    there are.
    """

    base: Path | None = None
    """The folder that relative paths start from; None where it is not known."""
    within: Path | None = None
    """The folder that files must lie in, links followed."""
    anywhere: bool = False

    def find(self, location: str) -> Path | None:
        """Return the absolute path of a music file, None where it may not or cannot be found.

        Args:
            location: a path with slashes of either kind, or a `file:` URL.
        """
        try:
            target = _path(location)
            if target is None or (self.base is None and not target.is_absolute()):
                return None
            path = Path(os.path.normpath((self.base or Path()) / target))
            file = path if self.anywhere else self._inside(path)
            music = file is not None and file.suffix.lower() in AUDIO_TYPES and file.is_file()
            return file if music else None
        except (OSError, ValueError):  # ValueError: a NUL in it
            return None

    def _inside(self, path: Path) -> Path | None:
        """Return the path by which `within` has a file; None where it has not."""
        if self.within is None:
            return None
        real, folder = os.path.realpath(path), os.path.realpath(self.within)
        if not Path(real).is_relative_to(folder):
            return None
        return self.within / Path(real).relative_to(folder)


def _path(location: str) -> Path | None:
    """Return the path in a location; None for an address on the web."""
    if location.lower().startswith("file:"):
        parts = urlsplit(location)
        return Path(url2pathname(parts.path)) if parts.netloc in ("", "localhost") else None
    if re.match(r"[a-z][a-z0-9+.-]+://", location, re.IGNORECASE):
        return None
    if os.sep == "/" and "\\" in location and "/" not in location:
        location = location.replace("\\", "/")
    return Path(location)


def stem_of(location: str) -> str:
    """Return the name of the file in a location, without its ending."""
    path = unquote(urlsplit(location).path) if "://" in location else location
    return Path(path.replace("\\", "/")).stem

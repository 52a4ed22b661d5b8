"""What a music file says of itself: its tags, or else its name."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from core.song import Song
from music.importers.columns import year_of
from music.importers.items import make_song

UNKNOWN_ARTIST: Final = "Unknown artist"
FRAMES: Final = {
    "title": "TIT2",
    "artist": "TPE1",
    "album": "TALB",
    "date": "TDRC",
    "genre": "TCON",
}
"""ID3's frames by mutagen's easy names, which it knows for every kind of file but WAV."""
TRACK_NUMBER: Final = re.compile(r"^(\d{1,3}\s*[.)_-]+\s*|0\d{1,2}\s+)(?=\S)")


def song_of_file(path: Path, name: str = "", artist: str = "", album: str = "") -> Song:
    """Return the song in a music file.

    Args:
        path: absolute; MP3, FLAC, Ogg, M4A or WAV.
        name, artist, album: taken where the tags say nothing; then comes the file's name.

    Raises:
        ValueError: it is no music file, or cannot be read; says why.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise ValueError("its name is not UTF-8") from None
    tags = _tags(path)
    guessed_artist, guessed_name = split_name(path.stem)
    return make_song(
        tags["title"] or name or guessed_name,
        tags["artist"] or artist or guessed_artist or UNKNOWN_ARTIST,
        tags["album"] or album,
        year=year_of(tags["date"]),
        genre=tags["genre"],
        path=str(path),
    )


def split_name(stem: str) -> tuple[str, str]:
    """Return artist and title of `07 - Artist - Title`; an empty artist where there is none."""
    text = TRACK_NUMBER.sub("", stem.strip())
    text = text if " " in text else text.replace("_", " ")
    artist, dash, title = text.partition(" - ")
    return (artist.strip(), title.strip()) if dash and title.strip() else ("", text)


def _tags(path: Path) -> Mapping[str, str]:
    import mutagen

    try:
        file: Any = mutagen.File(path, easy=True)
    except Exception as error:  # damaged files make its parsers raise whatever they please
        cause = error.__context__ if isinstance(error.__context__, OSError) else error
        reason = getattr(cause, "strerror", None) or str(error) or type(error).__name__
        raise ValueError(f"cannot be read: {reason}") from error
    if file is None:
        raise ValueError("no music file, whatever its name says")
    tags = file.tags or {}
    return {name: _text(tags.get(name) or tags.get(frame)) for name, frame in FRAMES.items()}


def _text(value: Any) -> str:
    """Return a tag's values, several of them separated by commas; nothing for None."""
    values = getattr(value, "text", value) or []
    return ", ".join(str(one).strip() for one in values)

"""Playlists as M3U and M3U8: a file a line, with titles and artists in comments between."""

import itertools
import re
from collections.abc import Iterator
from typing import BinaryIO, Final, TextIO

from music.importers.items import Item, Skipped, Source, Track, batched
from music.importers.local_files import LocalFiles
from music.importers.playlist_entry import missing_files, track_of_entry
from music.importers.text import lines_of, open_text

MAX_LINE_LENGTH: Final = 10_000
INFO: Final = re.compile(r"#EXTINF:[^,]*,(?P<text>.*)")
DIRECTIVES: Final = {"#EXTART:": "artist", "#EXTALB:": "album", "#EXTGENRE:": "genre"}


def open_m3u(data: BinaryIO, label: str, files: LocalFiles) -> Source:
    """Open a playlist.

    Args:
        data: UTF-8, or Latin-1 as older players wrote it. Closed once read.
        label: its name, for messages and as its origin.
        files: finds the files it names.

    Raises:
        SongImportError: it is empty or binary.
    """
    text = open_text(data, label)
    items = itertools.chain(text.notes, _items(text.stream, files))
    return Source(label, label, text.lines, batched(items))


def _items(stream: TextIO, files: LocalFiles) -> Iterator[Item]:
    description: dict[str, str] = {}
    absent = 0
    with stream:
        for number, line in enumerate(lines_of(stream, MAX_LINE_LENGTH), 1):
            if line is None:
                yield Skipped(f"line {number}", f"longer than {MAX_LINE_LENGTH:,} characters")
                continue
            text = line.strip().lstrip("\ufeff")
            if text.startswith("#"):
                description |= _description(text)
            elif text:
                item = track_of_entry(f"line {number}", text, description, files)
                absent += isinstance(item, Track) and item.song.path is None
                yield item
                description = {}
    if absent:
        yield missing_files(absent)


def _description(comment: str) -> dict[str, str]:
    """Return what a comment says of the next file."""
    if info := INFO.match(comment):
        artist, dash, name = info["text"].partition(" - ")
        return {"artist": artist, "name": name} if dash else {"name": info["text"]}
    for directive, field in DIRECTIVES.items():
        if comment.startswith(directive):
            return {field: comment.removeprefix(directive)}
    return {}

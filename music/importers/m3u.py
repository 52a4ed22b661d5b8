"""Playlists as M3U and M3U8: a file a line, with titles and artists in comments between."""

import itertools
import re
from collections.abc import Iterator
from typing import BinaryIO, Final, TextIO

from music.importers.items import Item, Note, Skipped, Source, Track, batched, make_song
from music.importers.local_files import LocalFiles, stem_of
from music.importers.tags import song_of_file, split_name
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
                item = entry(f"line {number}", text, description, files)
                absent += isinstance(item, Track) and item.song.path is None
                yield item
                description = {}
    if absent:
        yield missing(absent)


def _description(comment: str) -> dict[str, str]:
    """Return what a comment says of the next file."""
    if info := INFO.match(comment):
        artist, dash, name = info["text"].partition(" - ")
        return {"artist": artist, "name": name} if dash else {"name": info["text"]}
    for directive, field in DIRECTIVES.items():
        if comment.startswith(directive):
            return {field: comment.removeprefix(directive)}
    return {}


def entry(
    place: str, location: str, description: dict[str, str], files: LocalFiles
) -> Track | Skipped:
    """Return the song that an entry of a playlist means.

    Args:
        place: of the entry, for messages.
        location: path or URL of its file; may be empty.
        description: what the playlist says of it: name, artist, album, genre.
        files: finds the file. What its tags say counts more than what the playlist says.
    """
    name, artist, album = (
        description.get(field, "").strip() for field in ("name", "artist", "album")
    )
    try:
        path = files.find(location) if location else None
        if path is not None:
            return Track(song_of_file(path, name, artist, album))
        guessed_artist, guessed_name = split_name(stem_of(location))
        return Track(
            make_song(
                name or guessed_name,
                artist or guessed_artist,
                album,
                genre=description.get("genre", ""),
            )
        )
    except ValueError as error:
        return Skipped(place, str(error))


def missing(count: int) -> Note:
    """Say that files were not found, or not looked for."""
    return Note(f"{count} of its songs are known by title and artist only: no file of theirs here.")

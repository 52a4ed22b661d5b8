"""Playlists as XSPF (https://www.xspf.org/spec), which is XML."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote

from core.errors import SongImportError
from music.importers.items import Item, Skipped, Source, Track, batched
from music.importers.local_files import LocalFiles
from music.importers.playlist_entry import missing_files, track_of_entry

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAMESPACE = "{http://xspf.org/ns/0/}"
TEXTS = {"title": "name", "creator": "artist", "album": "album"}


def open_xspf(data: BinaryIO, label: str, files: LocalFiles) -> Source:
    """Open a playlist.

    Args:
        data: XML; one with a DTD is refused, as its entities may grow without end or name
            files. Closed once read.
        label: its name, for messages and as its origin.
        files: finds the files it names.
    """
    return Source(label, label, None, batched(_items(data, label, files)))


def _items(data: BinaryIO, label: str, files: LocalFiles) -> Iterator[Item]:
    number = absent = 0
    with data:
        try:
            for track in _tracks(data, label):
                number += 1
                item = _item(number, track, files)
                absent += isinstance(item, Track) and item.song.path is None
                yield item
        except (SyntaxError, LookupError, ValueError) as error:
            # ElementTree's own errors are the first; the others, of an encoding it does not know.
            yield Skipped(f"after song {number}", f"the XML breaks off: {error}")
    if absent:
        yield missing_files(absent)


def _tracks(data: BinaryIO, label: str) -> Iterator["Element"]:
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    try:
        root = None
        for event, element in iterparse(data, ("start", "end"), forbid_dtd=True):
            if root is None:
                root = element
                if root.tag.removeprefix(NAMESPACE) != "playlist":
                    raise SongImportError(
                        f"{label}: expected XSPF, a <playlist>; found <{root.tag[:40]}>"
                    )
            if event == "end" and element.tag.removeprefix(NAMESPACE) == "track":
                yield element
                element.clear()
    except DefusedXmlException as error:
        raise SongImportError(f"{label}: expected XSPF without a DTD, found one") from error


def _item(number: int, track: "Element", files: LocalFiles) -> Track | Skipped:
    description: dict[str, str] = {}
    locations = []
    for element in track:
        tag, text = element.tag.removeprefix(NAMESPACE), (element.text or "").strip()
        if tag == "location":
            locations.append(text)
        elif tag in TEXTS:
            description[TEXTS[tag]] = text
    read = [reading for location in locations for reading in _readings(location)]
    here = next((reading for reading in read if files.find(reading)), None)
    guess = _readings(locations[0])[-1] if locations else ""
    return track_of_entry(f"song {number}", here or guess, description, files)


def _readings(location: str) -> tuple[str, ...]:
    """Return what a location may mean: a URI, relative too, or a path, as some players write."""
    return (location,) if ":" in location else (location, unquote(location))

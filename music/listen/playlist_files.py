"""A list to take along: as M3U8 and XSPF for players, as CSV for tables and for another import.

A song with a file here is given by its address on this server and never by its path, which
leads nowhere on another device and tells where a person keeps things. A song without one is
given by where it can be looked for, since M3U8 knows no entry without an address.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from core.csv_cells import escape_formula
from core.song import Song
from music.catalogue.files import COLUMNS
from music.listen.links import search_links

SERVICE = "youtube"
"""Where songs without a file are looked for: it asks for no account."""
XSPF = "http://xspf.org/ns/0/"
NOT_XML = re.compile("[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document may contain, and line ends."""


def to_m3u8(title: str, songs: Sequence[Song], addresses: Mapping[str, str]) -> str:
    """Return an extended M3U playlist; lengths are unknown and so -1.

    Args:
        title: of the list.
        songs: in their order.
        addresses: where a song's file is served, by the song's id.
    """
    lines = ["#EXTM3U", f"#PLAYLIST:{_one_line(title)}"]
    for song in songs:
        lines.append(f"#EXTINF:-1,{_one_line(song.artist)} - {_one_line(song.name)}")
        if song.album:
            lines.append(f"#EXTALB:{_one_line(song.album)}")
        lines.append(addresses.get(song.id) or _looked_for(song))
    return "\n".join(lines) + "\n"


def to_xspf(title: str, songs: Sequence[Song], addresses: Mapping[str, str]) -> bytes:
    """Return an XSPF playlist (https://xspf.org/spec, version 1), UTF-8.

    Args:
        title, songs, addresses: as for `to_m3u8`; a song without an address has only `info`,
            where it can be looked for.
    """
    playlist = ElementTree.Element("playlist", {"version": "1", "xmlns": XSPF})
    _add(playlist, "title", title)
    tracks = ElementTree.SubElement(playlist, "trackList")
    for song in songs:
        track = ElementTree.SubElement(tracks, "track")
        _add(track, "location", addresses.get(song.id))
        _add(track, "title", song.name)
        _add(track, "creator", song.artist)
        _add(track, "album", song.album)
        _add(track, "info", _looked_for(song))
    ElementTree.indent(playlist)
    text: bytes = ElementTree.tostring(playlist, "utf-8", xml_declaration=True)
    return text + b"\n"


def to_csv(songs: Sequence[Song]) -> str:
    """Return a table with the columns of `songs/`, to be read as a catalogue or imported.

    Cells are guarded against spreadsheets; reading takes the guard off again.
    """
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for song in songs:
        values = (getattr(song, column) for column in COLUMNS)
        writer.writerow("" if value is None else escape_formula(str(value)) for value in values)
    return table.getvalue()


def _looked_for(song: Song) -> str:
    return search_links(song.name, song.artist)[SERVICE]


def _one_line(text: str) -> str:
    return NOT_XML.sub("\ufffd", " ".join(text.split()))


def _add(parent: ElementTree.Element, tag: str, text: str | None) -> None:
    if text:
        ElementTree.SubElement(parent, tag).text = _one_line(text)

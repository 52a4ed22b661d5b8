"""Text in whatever encoding people have it, without reading all of it into memory."""

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, TextIO

from core.errors import SongImportError
from music.importers.items import Note

BOMS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
FALLBACK: Final = "cp1252"
"""What Windows wrote before UTF-8: Latin-1, and some typography besides."""
GUESSED: Final = Note("It is not UTF-8 and was read as Latin-1; see whether accents are right.")
CHUNK_SIZE: Final = 1 << 20
HEAD_SIZE: Final = 4096


@dataclass(frozen=True)
class Text:
    """A file as text, at its beginning, line ends as they stand."""

    stream: io.TextIOWrapper
    notes: tuple[Note, ...]
    """Whether the encoding is a guess."""
    lines: int
    """How many line ends there are."""


def open_text(data: BinaryIO, label: str) -> Text:
    """Find out a file's encoding: what its byte order mark says, UTF-8, or else Latin-1.

    Args:
        data: can be sought; closed with the text.
        label: for messages.

    Raises:
        SongImportError: it is empty, or no text.
    """
    encoding, lines = _examine(data)
    data.seek(0)
    stream = io.TextIOWrapper(data, encoding, errors="replace", newline="")
    head = stream.read(HEAD_SIZE)
    stream.seek(0)
    if not head.strip():
        raise SongImportError(f"{label} is empty.")
    if "\0" in head:
        raise SongImportError(f"{label}: expected a text file of songs, got binary data.")
    return Text(stream, (GUESSED,) if encoding == FALLBACK else (), lines)


def lines_of(stream: TextIO, max_length: int) -> Iterator[str | None]:
    """Yield each line with its end, and None for one longer than so many characters.

    A line without an end, as in a file that is no list at all, does not fill the memory.
    """
    while line := stream.readline(max_length):
        whole = len(line) < max_length or line.endswith(("\n", "\r"))
        yield line if whole else None
        while not whole:
            rest = stream.readline(max_length)
            whole = len(rest) < max_length or rest.endswith(("\n", "\r"))


def _examine(data: BinaryIO) -> tuple[str, int]:
    """Return the encoding, and the number of line ends."""
    data.seek(0)
    head = data.read(max(map(len, BOMS)))
    data.seek(0)
    marked = next((name for mark, name in BOMS.items() if head.startswith(mark)), None)
    decoder = codecs.getincrementaldecoder("utf-8")()
    encoding, lines, chunk = marked or "utf-8", 0, b"-"
    while chunk:
        chunk = data.read(CHUNK_SIZE)
        lines += chunk.count(b"\n")
        if encoding == "utf-8":
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError:
                encoding = FALLBACK
    return encoding, lines

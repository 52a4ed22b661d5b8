"""Lists of songs as CSV: Kaggle's, Exportify's, our own, or whatever a spreadsheet saved."""

import csv
import itertools
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, TextIO

from core.csv_cells import unescape_formula
from core.errors import SongImportError
from music.importers import columns
from music.importers.items import Item, Note, Skipped, Source, batched
from music.importers.text import lines_of, open_text

SEPARATORS: Final = ",;\t"
SAMPLE_SIZE: Final = 1000
"""Rows looked at to tell 0 to 1 from 0 to 100."""
MAX_LINE_LENGTH: Final = 100_000
TOO_LONG: Final = f"the line is longer than {MAX_LINE_LENGTH:,} characters"
ABOVE: Final = re.compile(r'\s*("?sep=.?"?\s*)?').fullmatch
"""Matches what may stand above the header: nothing, and how Excel is told the separator."""
MAX_LINES_PER_ROW: Final = 8
"""Lines that one row may go over, a line end within quotes among them."""
PERCENT: Final = Note("Energy, valence and the like go from 0 to 100 there.")
OTHER_MOODS: Final = Note("Its moods are not Calm, Energetic, Happy or Sad, and were left out.")

Row = dict[str, str]
Lines = Iterator[str | None]
"""As `lines_of` yields them."""


@dataclass(frozen=True)
class _Header:
    separator: str
    fields: list[str | None]
    """Our name of each column."""
    line: int


def open_csv(data: BinaryIO, label: str) -> Source:
    """Open a list of songs.

    Args:
        data: UTF-8, UTF-16 with its mark, or Latin-1; separated by commas, semicolons or tabs;
            a header with at least a name and an artist among its columns. Closed once read.
        label: its name, for messages and as its origin.

    Raises:
        SongImportError: it is empty, binary, or without these columns.
    """
    text = open_text(data, label)
    lines = lines_of(text.stream, MAX_LINE_LENGTH)
    header = _header(lines, label)
    items = itertools.chain(text.notes, _items(text.stream, lines, header))
    return Source(label, label, max(text.lines - 1, 0), batched(items))


def _header(lines: Lines, label: str) -> _Header:
    """Read the header, with the separator that makes most sense of it."""
    numbered = enumerate(lines, 1)
    headers = ((n, text) for n, text in numbered if text is None or not ABOVE(text))
    number, line = next(headers, (1, ""))
    if line is None:
        raise SongImportError(f"{label}: expected a header in line {number}; {TOO_LONG}")
    splits = {separator: next(csv.reader([line], delimiter=separator)) for separator in SEPARATORS}
    fields = {separator: columns.fields_of(header) for separator, header in splits.items()}
    separator = max(SEPARATORS, key=lambda s: len(fields[s]) - fields[s].count(None))
    for required in ("name", "artist"):
        if required not in fields[separator]:
            names = ", ".join(column.strip()[:40] for column in splits[separator][:20])
            raise SongImportError(f"{label}: no column for the {required}; found {names or 'none'}")
    return _Header(separator, fields[separator], number)


def _items(stream: TextIO, lines: Lines, header: _Header) -> Iterator[Item]:
    with stream:
        rows = _rows(lines, header)
        sample = list(itertools.islice(rows, SAMPLE_SIZE))
        good = [row for _, row in sample if isinstance(row, dict)]
        percent = columns.is_percent(good)
        if percent:
            yield PERCENT
        moods = [row["mood"] for row in good if row.get("mood")]
        if moods and not any(map(columns.mood_of, moods)):
            yield OTHER_MOODS
        unread: dict[str, str] = {}
        for line, row in itertools.chain(sample, rows):
            try:
                if isinstance(row, csv.Error):
                    raise row
                yield columns.track_of(row, percent, unread.setdefault)
            except (csv.Error, ValueError) as error:
                yield Skipped(f"line {line}", str(error))
        for field, text in unread.items():
            words = field.replace("_", " ")
            yield Note(f"The {words} of some songs could not be read, such as {text[:40]!r}.")


def _rows(lines: Lines, header: _Header) -> Iterator[tuple[int, Row | csv.Error]]:
    """Yield each row with the number of its first line, or why it is none."""
    fields = header.fields
    for line, values in _records(lines, header):
        if isinstance(values, csv.Error):
            yield line, values
        elif len(values) != len(fields):
            expected = f"expected {len(fields)} fields as in the header, got {len(values)}"
            yield line, csv.Error(expected)
        else:
            pairs = zip(fields, values, strict=True)
            yield line, {field: unescape_formula(value.strip()) for field, value in pairs if field}


def _records(lines: Lines, header: _Header) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Split the lines below the header; blank ones are left out.

    A plain `csv.reader` takes a quote that is never closed for a field that goes on to the end
    of the file. Here it costs its line.
    """
    ahead: deque[str | None] = deque()
    number = header.line
    while (line := ahead.popleft() if ahead else next(lines, "")) != "":
        number += 1
        values, begun = _split(line, header.separator), number
        if line and isinstance(values, csv.Error):
            ahead.extend(itertools.islice(lines, MAX_LINES_PER_ROW - 1 - len(ahead)))
            for count, more in enumerate(ahead, 1):
                if more is None:
                    break
                line += more
                longer = _split(line, header.separator)
                if not isinstance(longer, csv.Error):
                    values = longer
                    number += count
                    for _ in range(count):
                        ahead.popleft()
                    break
        if isinstance(values, csv.Error) or any(values):
            yield begun, values


def _split(record: str | None, separator: str) -> list[str] | csv.Error:
    if record is None:
        return csv.Error(TOO_LONG)
    try:
        return next(csv.reader([record], delimiter=separator, strict=True))
    except csv.Error as error:
        return error

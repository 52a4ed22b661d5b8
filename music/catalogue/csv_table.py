"""A CSV file with a header, row by row, and what is wrong with it in one sentence."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path

from core.errors import CatalogueError


class CsvTable:
    """An open table; rows stay lists, since making dicts takes most of the time of a big file.

    Args:
        path: UTF-8, with or without a byte order mark, fields as in RFC 4180.
        label: what the file is called in sentences.
        content: what the rows are, for a sentence.
        required: columns it must have, in any order.

    Raises:
        CatalogueError: the file is missing, empty, not UTF-8, or without a required column.
    """

    def __init__(self, path: Path, label: str, content: str, required: Sequence[str]) -> None:
        self.label = label
        self._reader = csv.reader(_open_text(path, label, content), strict=True)
        try:
            columns = [column.strip() for column in next(self._reader, [])]
        except csv.Error as error:
            raise self._not_csv(error) from error
        missing = [column for column in required if column not in columns]
        if missing:
            raise CatalogueError(
                f"{label}: no column '{missing[0]}'; found {', '.join(columns) or 'none'}"
            )
        self.columns = tuple(columns)

    @property
    def place(self) -> str:
        """Where the last row ended, for a sentence about it."""
        return f"{self.label}, line {self._reader.line_num}"

    def rows(self) -> Iterator[list[str] | CatalogueError]:
        """Yield each row that is not blank, as it stands, or why it is no row of a CSV file."""
        while True:
            try:
                if row := next(self._reader):
                    yield row
            except StopIteration:
                return
            except csv.Error as error:
                yield CatalogueError(f"not CSV: {error}")

    def picker(
        self, names: Sequence[str]
    ) -> Callable[[Sequence[str] | CatalogueError], tuple[str, ...]]:
        """Return what takes the fields of these columns, two or more, out of a row.

        A column that the table does not have reads as empty.

        Raises (the returned function):
            CatalogueError: it is none, or has not as many fields as the header has columns.
        """
        width = len(self.columns)
        number = {column: index for index, column in enumerate(self.columns)}
        pick = itemgetter(*(number.get(name, width) for name in names))

        def fields(row: Sequence[str] | CatalogueError) -> tuple[str, ...]:
            if isinstance(row, CatalogueError):
                raise row
            if len(row) != width:
                raise CatalogueError("expected as many fields as the header has columns")
            return tuple(map(str.strip, pick([*row, ""])))

        return fields

    def _not_csv(self, error: csv.Error) -> CatalogueError:
        return CatalogueError(f"{self.place}: not CSV: {error}")


def _open_text(path: Path, label: str, content: str) -> io.TextIOWrapper:
    try:
        data = path.read_bytes()
        empty = not data.decode("utf-8-sig").strip()
    except FileNotFoundError as error:
        raise CatalogueError(f"{label}: expected a file at '{path}', found none") from error
    except OSError as error:
        raise CatalogueError(f"{label}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CatalogueError(
            f"{label}: expected UTF-8, but byte {error.start} is 0x{error.object[error.start]:02x};"
            " save it as UTF-8"
        ) from error
    if empty:
        raise CatalogueError(f"{label}: expected a header and {content}, the file is empty")
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")

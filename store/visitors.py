"""What visitors said of songs and of the recognition, and how their mood went.

No picture and no sound is kept, only words and times.
"""

import csv
import io
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from core.csv_cells import escape_formula
from core.episode import Episode
from core.song import Song
from store import schema
from store.database import Database


@dataclass(frozen=True)
class Rating:
    """A thumb up (1) or down (-1)."""

    at: float
    """Epoch seconds, as all times here."""
    song_id: str
    name: str
    artist: str
    value: int


@dataclass(frozen=True)
class Correction:
    """A visitor's word that the mood was another than the one seen."""

    at: float
    seen: str | None
    corrected: str


@dataclass(frozen=True)
class Export:
    """All that is kept of a visitor, the oldest first.

    The visitor's id is left out: whoever has it is taken for the visitor.
    """

    ratings: tuple[Rating, ...]
    moods: tuple[Episode, ...]
    corrections: tuple[Correction, ...]

    def to_json(self) -> str:
        """Return it as JSON, times in ISO 8601, UTC."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        tables = {name: [_readable(entry) for entry in part] for name, part in parts.items()}
        return json.dumps(tables, ensure_ascii=False, indent=2) + "\n"

    def to_csv(self) -> str:
        """Return it as one CSV table, its column `kind` rating, mood or correction.

        Names of songs come from anywhere, so those that a spreadsheet would run are guarded.
        """
        kinds = (("rating", self.ratings), ("mood", self.moods), ("correction", self.corrections))
        types = (Rating, Episode, Correction)
        columns = dict.fromkeys(field.name for type in types for field in fields(type))
        text = io.StringIO()
        writer = csv.DictWriter(text, ["kind", *columns])
        writer.writeheader()
        for kind, entries in kinds:
            for values in map(_readable, entries):
                writer.writerow({"kind": kind, **{n: _cell(v) for n, v in values.items()}})
        return text.getvalue()


class VisitorRecords:
    """Ratings, moods and corrections of all visitors. Safe to share between threads.

    Args:
        database: where they are kept.
        clock: epoch seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def rate(self, visitor: str, song: Song, value: int) -> None:
        """Keep a thumb, in place of the one before.

        Args:
            visitor: the visitor's id.
            song: of catalogue or library.
            value: 1 up, -1 down, 0 takes it back.

        Raises:
            ValueError: another value.
            StoreError: it cannot be kept.
        """
        if value not in (-1, 0, 1):
            raise ValueError(f"value: expected 1, -1 or 0, got {value!r}")
        key = {"visitor": visitor, "song_id": song.id}
        values = {"value": value, "at": self._clock(), "name": song.name, "artist": song.artist}
        with self._database.writing() as connection:
            if value:
                insert = self._database.insert(schema.feedback).values(**key, **values)
                connection.execute(insert.on_conflict_do_update(index_elements=key, set_=values))
            else:
                connection.execute(sa.delete(schema.feedback).filter_by(**key))

    def ratings(self, visitor: str) -> Mapping[str, int]:
        """Return 1 or -1 by song id, for each song the visitor has rated."""
        columns = schema.feedback.c
        query = sa.select(columns.song_id, columns.value).where(columns.visitor == visitor)
        with self._database.reading() as connection:
            return {row.song_id: row.value for row in connection.execute(query)}

    def record(self, visitor: str, episodes: Iterable[Episode]) -> None:
        """Keep stretches of mood; one with the same beginning takes the place of the one kept.

        Args:
            visitor: the visitor's id.
            episodes: those that are new or have changed.

        Raises:
            StoreError: they cannot be kept.
        """
        names = [field.name for field in fields(Episode)]
        rows = [
            {"visitor": visitor, **{name: getattr(episode, name) for name in names}}
            for episode in episodes
        ]
        if not rows:
            return
        insert = self._database.insert(schema.moods)
        changed = {name: insert.excluded[name] for name in ("ended", "status", "emotion")}
        upsert = insert.on_conflict_do_update(index_elements=["visitor", "begun"], set_=changed)
        with self._database.writing() as connection:
            connection.execute(upsert, rows)

    def correct(self, visitor: str, seen: str | None, right: str, at: float) -> None:
        """Keep that the mood at an instant was another.

        Args:
            visitor: the visitor's id.
            seen: the emotion that was shown; None where there was none.
            right: the emotion it was.
            at: epoch seconds.

        Raises:
            StoreError: it cannot be kept.
        """
        key = {"visitor": visitor, "at": at}
        values = {"seen": seen, "corrected": right}
        insert = self._database.insert(schema.corrections).values(**key, **values)
        with self._database.writing() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=key, set_=values))

    def visitors(self) -> list[str]:
        """Return the ids of all of whom something is kept.

        Raises:
            StoreError: they cannot be read.
        """
        tables = (schema.feedback, schema.moods, schema.corrections)
        query = sa.union(*(sa.select(table.c.visitor) for table in tables))
        with self._database.reading() as connection:
            return sorted(connection.execute(query).scalars())

    def export(self, visitor: str) -> Export:
        """Return all that is kept of a visitor.

        Raises:
            StoreError: it cannot be read.
        """
        with self._database.reading() as connection:
            ratings = connection.execute(_all_of(visitor, schema.feedback, Rating, "at")).all()
            moods = connection.execute(_all_of(visitor, schema.moods, Episode, "begun")).all()
            corrections = connection.execute(
                _all_of(visitor, schema.corrections, Correction, "at")
            ).all()
        return Export(
            tuple(Rating(*row) for row in ratings),
            tuple(Episode(*row) for row in moods),
            tuple(Correction(*row) for row in corrections),
        )

    def forget(self, visitor: str) -> int:
        """Remove all that is kept of a visitor, in one transaction, and overwrite it.

        Returns:
            How many entries are gone.

        Raises:
            StoreError: it cannot be removed; then all of it is still there.
        """
        tables = (schema.feedback, schema.moods, schema.corrections)
        with self._database.writing() as connection:
            removed = sum(
                connection.execute(sa.delete(table).where(table.c.visitor == visitor)).rowcount
                for table in tables
            )
        self._database.wipe_log()
        return removed


def _all_of(
    visitor: str, table: sa.Table, entry: type[Rating | Episode | Correction], order: str
) -> sa.Select[Any]:
    columns = [table.c[field.name] for field in fields(entry)]
    return sa.select(*columns).where(table.c.visitor == visitor).order_by(table.c[order])


def _cell(value: object) -> object:
    return escape_formula(value) if isinstance(value, str) else value


def _readable(entry: Rating | Episode | Correction) -> dict[str, object]:
    """Return an entry's values by name, its times in ISO 8601, UTC, to the millisecond."""
    values = asdict(entry)
    for name in ("at", "begun", "ended"):
        if values.get(name) is not None:
            moment = datetime.fromtimestamp(values[name], UTC)
            values[name] = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return values

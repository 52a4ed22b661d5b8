"""The library: songs a person has imported, and what was measured in their music files."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from core.song import Song
from core.sound import Sound
from store import schema
from store.database import Database

GAPS = ("release_year", "genre", "language", "valence", "energy", "emotion", "mood")
"""What a later import may add to a song, and never changes."""


@dataclass(frozen=True)
class Added:
    """What an import brought."""

    new: int
    known: int
    """Songs that were there before."""


class Library:
    """The imported songs. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, songs: Iterable[Song], origin: str, overrule: bool = False) -> Added:
        """Keep songs; one that is known only has its gaps filled, and its path made the newest.

        All of them are kept, or none. The same songs again change nothing.

        Args:
            songs: a batch; other writers wait meanwhile (some 30 us a song).
            origin: what `remove` may take them away by, such as the name of the file.
            overrule: whether the songs' moods take the place of those that are known.

        Raises:
            StoreError: they cannot be kept.
        """
        batch = {song.id: song for song in songs}
        if not batch:
            return Added(0, 0)
        with self._database.writing() as connection:
            _hold_version(connection)
            count = sa.select(sa.func.count()).select_from(schema.songs)
            before = connection.execute(count).scalar_one()
            changed = _execute_many(
                connection, self._upsert(overrule), [_row(song) for song in batch.values()]
            )
            new = connection.execute(count).scalar_one() - before
            _execute_many(
                connection,
                self._database.insert(schema.origins).on_conflict_do_nothing(),
                [{"song_id": id, "origin": origin} for id in batch],
            )
            if changed:
                _raise_version(connection)
        return Added(new, len(batch) - new)

    def _upsert(self, overrule: bool) -> sa.Executable:
        insert = self._database.insert(schema.songs)
        old, new = schema.songs.c, insert.excluded
        filled = {name: sa.func.coalesce(old[name], new[name]) for name in GAPS}
        for name in ("path", "mood") if overrule else ("path",):
            filled[name] = sa.func.coalesce(new[name], old[name])
        return insert.on_conflict_do_update(
            index_elements=["id"],
            set_=filled,
            where=sa.or_(*(old[name].is_distinct_from(value) for name, value in filled.items())),
        )

    def songs(self, in_memory: Callable[[str], Song | None] | None = None) -> list[Song]:
        """Return all songs, in an order that depends on nothing but the songs.

        Args:
            in_memory: returns the song of an id that is in memory already, or None. It is taken
                where it is the same still, so that a large library is not in memory twice.

        Raises:
            StoreError: they cannot be read.
        """
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(schema.songs).order_by(schema.songs.c.id))
            songs = (Song(*row) for row in rows)
            if in_memory is None:
                return [*songs]
            return [_either(in_memory(song.id), song) for song in songs]

    def origins(self) -> dict[str, int]:
        """Return how many songs each import brought, by what it is remembered by.

        Raises:
            StoreError: they cannot be read.
        """
        origin = schema.origins.c.origin
        query = sa.select(origin, sa.func.count().label("songs")).group_by(origin).order_by(origin)
        with self._database.reading() as connection:
            return {row.origin: row.songs for row in connection.execute(query)}

    def count(self) -> int:
        """Return how many songs there are.

        Raises:
            StoreError: they cannot be read.
        """
        with self._database.reading() as connection:
            query = sa.select(sa.func.count()).select_from(schema.songs)
            return connection.execute(query).scalar_one()

    def remove(self, origin: str | None = None) -> int:
        """Forget the songs that one origin brought and no other; None forgets all.

        What was measured in files that no song has any more goes, too.

        Returns:
            How many songs are gone.
        """
        with self._database.writing() as connection:
            _hold_version(connection)
            deletion = sa.delete(schema.songs)
            if origin is not None:
                brought = sa.select(schema.origins.c.song_id)
                by_it = brought.where(schema.origins.c.origin == origin)
                by_others = brought.where(schema.origins.c.origin != origin)
                id = schema.songs.c.id
                deletion = deletion.where(id.in_(by_it), id.not_in(by_others))
            removed = connection.execute(deletion).rowcount
            # Or an import that was cut off would go on behind songs that are gone.
            begun = "spotify:playlist:" if origin is None else f"{origin}@"
            place = schema.counters.c.name.startswith(begun, autoescape=True)
            connection.execute(sa.delete(schema.counters).where(place))
            if origin is not None:
                connection.execute(
                    sa.delete(schema.origins).where(schema.origins.c.origin == origin)
                )
            _forget_sounds(connection)
            if removed:
                _raise_version(connection)
        self._database.wipe_log()
        return removed

    def remove_files(self, ids: Iterable[str], origin: str) -> int:
        """Forget that an origin brought some songs, as their files are gone.

        Songs that nothing else brought are forgotten, and what was measured in their files; the
        others have no file any more.

        Returns:
            How many songs are gone.
        """
        rows: list[dict[str, object]] = [{"gone": id, "by": origin} for id in ids]
        if not rows:
            return 0
        songs, origins = schema.songs.c, schema.origins.c
        by_it = (origins.song_id == sa.bindparam("gone"), origins.origin == sa.bindparam("by"))
        this = songs.id == sa.bindparam("gone")
        brought = sa.exists().where(origins.song_id == songs.id)
        with self._database.writing() as connection:
            _hold_version(connection)
            _execute_many(connection, sa.delete(schema.origins).where(*by_it), rows)
            without = sa.update(schema.songs).where(this, songs.path.is_not(None)).values(path=None)
            changed = _execute_many(connection, without, rows)
            removed = _execute_many(connection, sa.delete(schema.songs).where(this, ~brought), rows)
            _forget_sounds(connection)
            if changed or removed:
                _raise_version(connection)
        self._database.wipe_log()
        return removed

    @property
    def version(self) -> int:
        """A number that rises with every change of the songs, by whatever process.

        Raises:
            StoreError: it cannot be read.
        """
        with self._database.reading() as connection:
            return connection.execute(VERSION).scalar_one()

    def sound(self, path: str, size: int, mtime_ns: int) -> Sound | None:
        """Return what was measured in a file; None where it never was, or the file has changed.

        Args:
            path, size, mtime_ns: as `os.stat` tells of the file now.
        """
        sounds = schema.sounds.c
        query = sa.select(sounds.measured).where(
            sounds.path == path, sounds.size == size, sounds.mtime_ns == mtime_ns
        )
        with self._database.reading() as connection:
            measured = connection.execute(query).scalar()
        if measured is None:
            return None
        try:
            return Sound(**json.loads(measured))
        except TypeError:  # an older Affectune measured other things
            return None

    def keep_sound(self, path: str, size: int, mtime_ns: int, sound: Sound) -> None:
        """Keep what was measured in a file, in place of what was measured before."""
        measured = {"size": size, "mtime_ns": mtime_ns, "measured": json.dumps(asdict(sound))}
        insert = self._database.insert(schema.sounds).values(path=path, **measured)
        with self._database.writing() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["path"], set_=measured))


VERSION = sa.select(schema.counters.c.value).where(schema.counters.c.name == "library")


def _hold_version(connection: sa.Connection) -> None:
    """Keep other writers of the library out until the transaction ends."""
    connection.execute(VERSION.with_for_update())


def _raise_version(connection: sa.Connection) -> None:
    counters = schema.counters
    connection.execute(
        sa.update(counters).where(counters.c.name == "library").values(value=counters.c.value + 1)
    )


def _forget_sounds(connection: sa.Connection) -> None:
    """Forget what was measured in files that no song has any more."""
    with_file = sa.select(schema.songs.c.path).where(schema.songs.c.path.is_not(None))
    connection.execute(sa.delete(schema.sounds).where(schema.sounds.c.path.not_in(with_file)))


def _execute_many(
    connection: sa.Connection, statement: sa.Executable, rows: list[dict[str, object]]
) -> int:
    """Return how many rows were inserted or changed."""
    result = connection.execute(statement, rows, execution_options={"preserve_rowcount": True})
    return result.rowcount


def _either(held: Song | None, song: Song) -> Song:
    return song if held is None or held != song else held


def _row(song: Song) -> dict[str, object]:
    return {column.name: getattr(song, column.name) for column in schema.songs.c}

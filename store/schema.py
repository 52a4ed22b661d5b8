"""What the store holds: its tables, and the numbered steps from each older form to this one.

The steps are a plain list and not Alembic: importing Alembic takes another 150 ms at each start
and brings Mako along, for a handful of tables that one short list tells whole.
"""

from collections.abc import Sequence
from sys import intern

import sqlalchemy as sa

from core.errors import StoreError

metadata = sa.MetaData()


class Common(sa.types.TypeDecorator[str]):
    """Text that many rows have alike: read, it is in memory once."""

    impl = sa.Text
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else intern(value)


songs = sa.Table(
    "songs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("album", Common, nullable=False),
    sa.Column("artist", Common, nullable=False),
    sa.Column("release_year", sa.BigInteger),
    sa.Column("genre", Common),
    sa.Column("language", Common),
    sa.Column("valence", sa.Double),
    sa.Column("energy", sa.Double),
    sa.Column("emotion", Common),
    sa.Column("mood", Common),
    sa.Column("path", sa.Text),
)
"""The columns are those of `Song`, in its order."""

origins = sa.Table(
    "origins",
    metadata,
    sa.Column("song_id", sa.ForeignKey("songs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("origin", sa.Text, primary_key=True),
)
"""Which import brought a song; several may have."""

sounds = sa.Table(
    "sounds",
    metadata,
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("mtime_ns", sa.BigInteger, nullable=False),
    sa.Column("measured", sa.Text, nullable=False),
)
"""What was measured in a music file, as JSON, for as long as the file stays the same."""

feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("visitor", sa.Text, primary_key=True),
    sa.Column("song_id", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("artist", sa.Text, nullable=False),
)
"""Thumbs. Name and artist stand here since a song of the catalogue is in no other table."""

moods = sa.Table(
    "moods",
    metadata,
    sa.Column("visitor", sa.Text, primary_key=True),
    sa.Column("begun", sa.Double, primary_key=True),
    sa.Column("ended", sa.Double),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("emotion", sa.Text),
)

corrections = sa.Table(
    "corrections",
    metadata,
    sa.Column("visitor", sa.Text, primary_key=True),
    sa.Column("at", sa.Double, primary_key=True),
    sa.Column("seen", sa.Text),
    sa.Column("corrected", sa.Text, nullable=False),
)

counters = sa.Table(
    "counters",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)
"""`schema`: how many of `MIGRATIONS` have been taken; `library`: changes of the songs so far."""

Migration = Sequence[str]
"""Statements that SQLite and PostgreSQL understand alike; `{clustered}` stands for `CLUSTERED`."""
CLUSTERED = {"sqlite": "WITHOUT ROWID"}
"""Rows lie in the order of their key: songs are read in it a third faster than through an index."""

MIGRATIONS: tuple[Migration, ...] = (
    (
        """CREATE TABLE songs (
            id TEXT PRIMARY KEY, name TEXT NOT NULL, album TEXT NOT NULL, artist TEXT NOT NULL,
            release_year BIGINT, genre TEXT, language TEXT,
            valence DOUBLE PRECISION, energy DOUBLE PRECISION,
            emotion TEXT, mood TEXT, path TEXT) {clustered}""",
        """CREATE TABLE origins (
            song_id TEXT NOT NULL REFERENCES songs (id) ON DELETE CASCADE, origin TEXT NOT NULL,
            PRIMARY KEY (song_id, origin)) {clustered}""",
        """CREATE TABLE sounds (
            path TEXT PRIMARY KEY, size BIGINT NOT NULL, mtime_ns BIGINT NOT NULL,
            measured TEXT NOT NULL) {clustered}""",
        """CREATE TABLE feedback (
            visitor TEXT NOT NULL, song_id TEXT NOT NULL, value BIGINT NOT NULL,
            at DOUBLE PRECISION NOT NULL, name TEXT NOT NULL, artist TEXT NOT NULL,
            PRIMARY KEY (visitor, song_id)) {clustered}""",
        """CREATE TABLE moods (
            visitor TEXT NOT NULL, begun DOUBLE PRECISION NOT NULL, ended DOUBLE PRECISION,
            status TEXT NOT NULL, emotion TEXT,
            PRIMARY KEY (visitor, begun)) {clustered}""",
        """CREATE TABLE corrections (
            visitor TEXT NOT NULL, at DOUBLE PRECISION NOT NULL, seen TEXT,
            corrected TEXT NOT NULL,
            PRIMARY KEY (visitor, at)) {clustered}""",
        "INSERT INTO counters (name, value) VALUES ('library', 0)",
    ),
)
"""Append only: what a step did once, it did in every store there is."""


def migrate(connection: sa.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring a store of any older form, or an empty one, to the newest; rows are kept.

    Args:
        connection: in a transaction that keeps other writers out; committing is the caller's.
        migrations: all steps there have ever been, the oldest first.

    Raises:
        StoreError: a newer Affectune has written the store.
    """
    counters.create(connection, checkfirst=True)
    version = sa.select(counters.c.value).where(counters.c.name == "schema")
    applied = connection.execute(version).scalar()
    if applied is None:
        applied = 0
        connection.execute(counters.insert().values(name="schema", value=0))
    if applied > len(migrations):
        raise StoreError(
            f"store: a newer Affectune wrote it, with schema {applied} where this one knows "
            f"{len(migrations)}; update Affectune, or name another --data-dir or --database-url"
        )
    clustered = CLUSTERED.get(connection.dialect.name, "")
    for statements in migrations[applied:]:
        for statement in statements:
            connection.exec_driver_sql(statement.format(clustered=clustered))
    newest = counters.update().where(counters.c.name == "schema").values(value=len(migrations))
    connection.execute(newest)

"""How far imports came that may take more than one go."""

import sqlalchemy as sa

from store.database import Database
from store.schema import counters


class ImportPositions:
    """Numbers by key, each of an import that goes on where the last one stopped."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> int:
        """Return what was set last; 0 where nothing was."""
        query = sa.select(counters.c.value).where(counters.c.name == key)
        with self._database.reading() as connection:
            return connection.execute(query).scalar() or 0

    def set(self, key: str, value: int) -> None:
        """Keep a number; 0 forgets it."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(counters).where(counters.c.name == key))
            if value:
                connection.execute(sa.insert(counters).values(name=key, value=value))

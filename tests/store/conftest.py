"""The stores that the tests run against: an SQLite file, one in memory, and a PostgreSQL server."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from store.database import Database, open_database, open_in_memory
from tests import postgresql


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with postgresql.server() as url:
        yield url


POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.slow)


@pytest.fixture(params=["sqlite", POSTGRESQL])
def store_url(request, tmp_path) -> str:
    """The URL of an empty store, of each kind that can be opened again."""
    return make_url(request.param, request, tmp_path)


def make_url(kind, request, tmp_path) -> str:
    if kind == "sqlite":
        return f"sqlite:///{tmp_path / 'affectune.db'}"
    url = request.getfixturevalue("postgresql_server")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return url


@pytest.fixture
def reopenable(store_url) -> Iterator[Database]:
    """An empty store, to be opened a second time by `store_url`."""
    with open_database(store_url) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "memory", POSTGRESQL])
def database(request, tmp_path) -> Iterator[Database]:
    """An empty store, of each kind in turn."""
    if request.param == "memory":
        opening = open_in_memory()
    else:
        opening = open_database(make_url(request.param, request, tmp_path))
    with opening as opened:
        yield opened

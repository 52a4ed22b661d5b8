"""The stores that the tests run against: an SQLite file, and a PostgreSQL server."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from store.database import Database, open_database
from tests import postgresql


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with postgresql.server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def store_url(request, tmp_path) -> str:
    """The URL of an empty store, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'affectune.db'}"
    url = request.getfixturevalue("postgresql_server")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return url


@pytest.fixture
def database(store_url) -> Iterator[Database]:
    with open_database(store_url) as opened:
        yield opened

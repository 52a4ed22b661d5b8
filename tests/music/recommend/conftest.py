"""The store that a jukebox is tested with."""

import pytest

from store.database import open_database


@pytest.fixture
def store(tmp_path):
    with open_database(f"sqlite:///{tmp_path / 'affectune.db'}") as database:
        yield database

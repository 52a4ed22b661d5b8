"""The store behind the API: what is asked for is kept, and what cannot be kept is said."""

import pytest

from store.database import open_database
from tests.web.conftest import make_services
from web.app import create_app


@pytest.fixture
def database(tmp_path):
    with open_database(tmp_path / "affectune.db", lock_timeout_s=0.1) as opened:
        yield opened


@pytest.fixture
def client(database):
    services = make_services(database=database)
    return create_app(services).test_client()


def rate(client):
    song = client.get("/api/playlist?emotion=happy").json["songs"][0]
    return client.post("/api/feedback", json={"song_id": song["id"], "value": 1}), song


def test_a_thumb_is_kept_and_given_out(client):
    answer, song = rate(client)
    assert answer.status_code == 200
    (kept,) = client.get("/api/me.json").json["ratings"]
    assert (kept["song_id"], kept["name"], kept["value"]) == (song["id"], song["name"], 1)


def test_a_store_that_does_not_take_it_is_not_the_visitors_fault(client, tmp_path):
    with open_database(tmp_path / "affectune.db") as other, other.writing():
        answer, _ = rate(client)
    assert answer.status_code == 503
    assert answer.json["error"]["code"] == "store"
    assert answer.json["error"]["message"].endswith("close that and try again")
    assert rate(client)[0].status_code == 200

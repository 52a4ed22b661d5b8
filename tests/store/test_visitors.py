"""Thumbs, moods and corrections: kept by visitor, given out whole, and forgotten."""

import csv
import io
import json

import pytest
import sqlalchemy as sa

from core.episode import Episode
from core.errors import StoreError
from core.song import Song, song_id
from core.status import LiveStatus
from store import schema
from store.database import open_database
from store.visitors import Correction, Export, Rating, VisitorRecords

NOON = 1_700_000_000.5
"""2023-11-14 22:13:20.5 UTC."""


def song(name: str, artist: str = "artist") -> Song:
    return Song(song_id(name, "", artist), name, "", artist, *[None] * 6)


PATA, COMMA = song("Pata Pata", "Miriam Makeba"), song('With, a "comma"\nand a line')


@pytest.fixture
def clock():
    """A clock in a list, that a test sets."""
    return [NOON]


@pytest.fixture
def records(database, clock):
    return VisitorRecords(database, clock=lambda: clock[0])


@pytest.fixture
def full(records, clock):
    """VisitorRecords of two visitors, of every kind."""
    for visitor in ("anna", "bert"):
        clock[0] = NOON
        records.rate(visitor, PATA, 1)
        clock[0] = NOON + 1
        records.rate(visitor, COMMA, -1)
        records.record(
            visitor,
            [
                Episode(NOON, NOON + 60, "ok", "happy"),
                Episode(NOON + 60, None, "no_face", None),
            ],
        )
        records.correct(visitor, "neutral", "sad", NOON + 2)
        records.correct(visitor, None, "fear", NOON + 3)
    return records


class TestRatings:
    def test_the_last_word_counts(self, records):
        records.rate("anna", PATA, 1)
        records.rate("anna", COMMA, 1)
        records.rate("anna", PATA, -1)
        assert records.ratings("anna") == {PATA.id: -1, COMMA.id: 1}

    def test_zero_takes_it_back(self, records):
        records.rate("anna", PATA, 1)
        records.rate("anna", PATA, 0)
        records.rate("anna", COMMA, 0)
        assert records.ratings("anna") == {}

    def test_each_visitor_has_their_own(self, records):
        records.rate("anna", PATA, 1)
        assert records.ratings("bert") == {}

    @pytest.mark.parametrize("value", [2, -2, 0.5])
    def test_any_other_value_is_a_mistake(self, records, value):
        with pytest.raises(ValueError, match="expected 1, -1 or 0"):
            records.rate("anna", PATA, value)

    def test_they_are_kept(self, reopenable, store_url):
        VisitorRecords(reopenable).rate("anna", PATA, 1)
        with open_database(store_url) as again:
            assert VisitorRecords(again).ratings("anna") == {PATA.id: 1}


class TestMoods:
    def test_a_stretch_that_goes_on_is_one_entry(self, records):
        records.record("anna", [Episode(NOON, None, "ok", "happy")])
        records.record("anna", [Episode(NOON, NOON + 5, "ok", "happy")])
        assert records.export("anna").moods == (Episode(NOON, NOON + 5, "ok", "happy"),)

    def test_a_status_of_a_session_is_kept_as_its_word(self, records):
        records.record("anna", iter([Episode(NOON, None, LiveStatus.PAUSED, None)]))
        assert records.export("anna").moods == (Episode(NOON, None, "paused", None),)
        assert '"status": "paused"' in records.export("anna").to_json()

    def test_none_is_nothing(self, records):
        records.record("anna", [])
        assert records.export("anna") == Export((), (), ())


class TestExport:
    def test_it_is_complete_and_in_the_order_of_time(self, full):
        assert full.export("anna") == Export(
            (
                Rating(NOON, PATA.id, "Pata Pata", "Miriam Makeba", 1),
                Rating(NOON + 1, COMMA.id, COMMA.name, "artist", -1),
            ),
            (
                Episode(NOON, NOON + 60, "ok", "happy"),
                Episode(NOON + 60, None, "no_face", None),
            ),
            (Correction(NOON + 2, "neutral", "sad"), Correction(NOON + 3, None, "fear")),
        )

    def test_thumbs_are_in_the_order_of_time_and_not_of_songs(self, records, clock):
        for seconds, rated in enumerate(sorted((PATA, COMMA), key=lambda s: s.id, reverse=True)):
            clock[0] = NOON + seconds
            records.rate("anna", rated, 1)
        assert [rating.at for rating in records.export("anna").ratings] == [NOON, NOON + 1]

    def test_every_column_of_every_table_is_in_it(self):
        kinds = {"feedback": Rating, "moods": Episode, "corrections": Correction}
        of_visitors = {t.name for t in schema.metadata.sorted_tables if "visitor" in t.columns}
        assert of_visitors == set(kinds)
        for name, kind in kinds.items():
            columns = {column.name for column in schema.metadata.tables[name].columns}
            assert columns - {"visitor"} == set(kind.__dataclass_fields__)

    def test_as_json(self, full):
        document = json.loads(full.export("anna").to_json())
        assert [len(document[part]) for part in ("ratings", "moods", "corrections")] == [2, 2, 2]
        assert document["ratings"][0] == {
            "at": "2023-11-14T22:13:20.500Z", "song_id": PATA.id,
            "name": "Pata Pata", "artist": "Miriam Makeba", "value": 1,
        }  # fmt: skip
        assert document["moods"][1] == {
            "begun": "2023-11-14T22:14:20.500Z", "ended": None,
            "status": "no_face", "emotion": None,
        }  # fmt: skip

    def test_json_is_for_people_to_read(self, records):
        records.rate("anna", song("Gymnopédie 夜"), 1)
        text = records.export("anna").to_json()
        assert "Gymnopédie 夜" in text
        assert text.startswith('{\n  "ratings": [\n    {\n')

    def test_as_csv(self, full):
        rows = list(csv.DictReader(io.StringIO(full.export("anna").to_csv(), newline="")))
        assert [row["kind"] for row in rows] == [
            "rating", "rating", "mood", "mood", "correction", "correction",
        ]  # fmt: skip
        given = [{k: v for k, v in row.items() if v} for row in rows]
        assert given[1] == {
            "kind": "rating", "at": "2023-11-14T22:13:21.500Z", "song_id": COMMA.id,
            "name": COMMA.name, "artist": "artist", "value": "-1",
        }  # fmt: skip
        assert given[2] == {
            "kind": "mood", "begun": "2023-11-14T22:13:20.500Z",
            "ended": "2023-11-14T22:14:20.500Z", "status": "ok", "emotion": "happy",
        }  # fmt: skip
        assert given[5] == {
            "kind": "correction", "at": "2023-11-14T22:13:23.500Z", "corrected": "fear",
        }  # fmt: skip

    def test_a_spreadsheet_runs_nothing_of_it(self, records):
        records.rate("anna", song("=1+1", "-x"), -1)
        (row,) = csv.DictReader(io.StringIO(records.export("anna").to_csv(), newline=""))
        assert (row["name"], row["artist"], row["value"]) == ("'=1+1", "'-x", "-1")

    def test_of_a_stranger_it_is_empty(self, full):
        empty = full.export("stranger")
        assert json.loads(empty.to_json()) == {"ratings": [], "moods": [], "corrections": []}
        assert empty.to_csv().count("\n") == 1

    def test_the_visitors_id_opens_their_page_so_it_is_not_given_away(self, full):
        export = full.export("anna")
        assert "anna" not in export.to_json() + export.to_csv()


def test_of_whom_something_is_kept(full, clock):
    full.rate("carla", PATA, 1)
    assert full.visitors() == ["anna", "bert", "carla"]
    full.forget("bert")
    assert full.visitors() == ["anna", "carla"]


class TestVisitors:
    def test_all_of_whom_something_is_kept_are_named_once(self, records):
        records.rate("carl", PATA, 1)
        records.correct("anna", None, "sad", NOON)
        records.record("bert", [Episode(NOON, None, "ok", "sad")])
        records.rate("anna", PATA, 1)
        assert records.visitors() == ["anna", "bert", "carl"]
        records.forget("bert")
        assert records.visitors() == ["anna", "carl"]


class TestForget:
    def test_all_of_one_visitor_goes_and_nothing_of_another(self, full):
        kept = full.export("bert")
        assert full.forget("anna") == 6
        assert full.export("anna") == Export((), (), ())
        assert full.ratings("anna") == {}
        assert full.export("bert") == kept
        assert full.forget("anna") == 0

    def test_it_goes_whole_or_not_at_all(self, full, database):
        before = full.export("anna")
        with database.writing() as connection:
            connection.execute(sa.text(REFUSE[database.engine.dialect.name]))
        with pytest.raises(StoreError, match="not this one"):
            full.forget("anna")
        assert full.export("anna") == before

    def test_no_trace_is_left_in_the_files(self, tmp_path):
        with open_database(tmp_path / "affectune.db") as database:
            records = VisitorRecords(database)
            for visitor in ("anna-0123456789", "bert-0123456789"):
                records.rate(visitor, PATA, 1)
                records.correct(visitor, "sad", "fear", NOON)
                records.record(visitor, [Episode(NOON, None, "ok", "sad")])
            records.forget("anna-0123456789")
            content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert b"anna-0123456789" not in content
        assert b"bert-0123456789" in content


REFUSE = {
    "sqlite": """
        CREATE TRIGGER refuse BEFORE DELETE ON corrections
        BEGIN SELECT RAISE(ABORT, 'not this one'); END""",
    "postgresql": """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
        CREATE TRIGGER refuse BEFORE DELETE ON corrections
        FOR EACH ROW EXECUTE FUNCTION refuse()""",
}
"""What makes the last of the three deletions fail."""

"""Keeping what is found: batch by batch, with a mood, and with a word on the rest."""

import pytest

from core.errors import SongImportError, StoreError
from music.importers.classifier import LazySongMoodClassifier
from music.importers.items import Note, Skipped, Source, Track, make_song
from music.importers.run import import_songs
from tests.music.importers.conftest import KeptInMemory

NEVER = None
"""A batch that must not be read."""


def track(name, features=None, **known):
    return Track(make_song(name, "artist", features=features, **known), features or {})


def source(*batches):
    return Source("list.csv", "list.csv", None, iter(batches))


def moods_of(found, **options):
    library = KeptInMemory()
    import_songs(source(found), library, **options)
    return [kept.mood for kept in library.kept.values()]


class TestKeeping:
    def test_the_summary(self):
        library = KeptInMemory()
        done = []
        summary = import_songs(
            source(
                [Note("Read as Latin-1."), track("a"), Skipped("line 3", "the name is empty")],
                [track("b"), track("a"), Note("Read as Latin-1.")],
            ),
            library,
            progress=done.append,
        )
        assert (summary.new, summary.known) == (2, 1)
        assert [str(item) for item in summary.skipped] == ["line 3: the name is empty"]
        assert summary.notes == ("Read as Latin-1.",)
        assert summary.headline() == "list.csv: 2 new, 1 known already, 1 left out."
        assert done == [3, 3]

    def test_a_batch_is_kept_before_the_next_is_asked_for(self):
        library = KeptInMemory()

        def batches():
            yield [track("a")]
            assert len(library.kept) == 1
            raise StoreError("the disk is full")

        with pytest.raises(StoreError):
            import_songs(Source("x", "x", None, batches()), library)
        assert len(library.kept) == 1

    def test_no_song_at_all(self):
        with pytest.raises(SongImportError) as refused:
            import_songs(source([Skipped("line 2", "the name is empty")]), KeptInMemory())
        assert str(refused.value) == (
            "list.csv: expected songs, found none; first: line 2: the name is empty"
        )

    def test_millions_of_bad_rows_are_counted_and_the_first_remembered(self):
        bad = [Skipped("line", "the name is empty")] * 1000
        summary = import_songs(source([track("a")], *[bad] * 50), KeptInMemory())
        assert (summary.new, summary.left_out, len(summary.skipped)) == (1, 50_000, 10_000)
        assert summary.headline() == "list.csv: 1 new, 0 known already, 50000 left out."

    def test_of_too_many_the_first_are_kept(self):
        library = KeptInMemory()
        with pytest.raises(SongImportError, match="list.csv: expected 3 songs at most, found more"):
            import_songs(
                source([track("a"), track("b")], [track("c"), track("d")], NEVER),
                library,
                max_songs=3,
            )
        assert len(library.kept) == 4


class TestMoods:
    def classify(self, songs):
        return ["Calm" if features else None for features in songs]

    def test_the_sources_own_word_before_a_judgement(self):
        found = [
            track("a", {"valence": 0.9}, mood="Happy"),
            track("b", {"valence": 0.9}),
            track("c"),
        ]
        assert moods_of(found, classifier=self.classify) == ["Happy", "Calm", None]

    def test_a_persons_word_before_either(self):
        found = [
            track("a", {"valence": 0.9}, mood="Happy"),
            track("b", {"valence": 0.9}),
            track("c"),
        ]
        assert moods_of(found, classifier=self.classify, mood="Sad") == ["Sad", "Sad", "Sad"]

    def test_the_year_is_judged_too(self):
        seen = []
        moods_of(
            [track("a", {"valence": 0.9}, year=1967)], classifier=lambda s: seen.extend(s) or [None]
        )
        assert seen == [{"valence": 0.9, "release_year": 1967}]

    def test_without_the_model_there_are_none(self, tmp_path, caplog):
        classifier = LazySongMoodClassifier(tmp_path / "none.npz")
        assert moods_of([track("a", {"valence": 0.9})], classifier=classifier) == [None]
        classifier([{}])
        assert len(caplog.records) == 1

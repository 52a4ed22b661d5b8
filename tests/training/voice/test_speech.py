"""Training on made-up voices: what is read, how folds are cut, and that what ships is served."""

import dataclasses
import json

import numpy as np
import pytest

from emotion.voice.model_input import SPEEDS, to_voice_input
from emotion.voice.recogniser import SpeechEmotionRecogniser
from emotion.voice.sidecar import LABELS
from emotion.voice.statistics import SIZE
from inference.calibration import softmax
from tests.audio.sounds import encode, voice
from training.common.errors import TrainingError
from training.experiments import known_speakers
from training.experiments import speaker_model as known
from training.voice import data, evaluate, export, features, report
from training.voice.__main__ import main
from training.voice.augment import Augmentation, augment
from training.voice.features import Table
from training.voice.model import Recipe, train


@pytest.fixture(scope="module")
def ravdess(tmp_path_factory):
    """Sixteen made-up clips of two actors, two of each emotion."""
    folder = tmp_path_factory.mktemp("ravdess")
    for number in range(16):
        emotion, actor = number % 8 + 1, number // 8 + 1
        name = f"03-01-{emotion:02}-01-01-01-{actor:02}.flac"
        (folder / name).write_bytes(encode(voice(1.2, seed=number), "flac", "flac"))
    return folder


@pytest.fixture
def table():
    """Random statistics of 72 clips, three of each of 24 actors, in which the label shows."""
    rng = np.random.default_rng(0)
    labels = np.arange(72) % 8
    views = rng.normal(size=(len(data.SPEEDS) + 1, 72, SIZE)).astype(np.float32)
    views[:, np.arange(72), labels] += 8
    return Table(views, labels, actors=np.arange(72) // 3 + 1)


class TestData:
    def test_reads_labels_and_actors_and_keeps_the_features(self, ravdess, tmp_path, capsys):
        clips = data.load(ravdess, tmp_path / "rows.npz")
        assert len(clips) == 16
        assert sorted(clips.labels) == sorted([*range(8)] * 2)
        assert set(clips.actors) == {1, 2}
        assert len(clips.rows) == len(data.SPEEDS)
        assert all(rows.shape[1] == 67 for rows in clips.rows[0])
        capsys.readouterr()
        again = data.load(ravdess, tmp_path / "rows.npz")
        assert capsys.readouterr().out == ""  # nothing was computed
        np.testing.assert_array_equal(again.rows[1][3], clips.rows[1][3])

    def test_faster_is_shorter_and_higher(self, ravdess, tmp_path):
        clips = data.load(ravdess, tmp_path / "rows.npz")
        plain, fast = clips.rows[0][0], clips.rows[data.SPEEDS.index(1.16)][0]
        assert len(plain) / len(fast) == pytest.approx(1.16, rel=0.05)
        octaves = [np.median(rows[rows[:, 65] != 0, 65]) for rows in (plain, fast)]
        assert octaves[1] - octaves[0] == pytest.approx(np.log2(1.16), abs=0.1)

    def test_the_training_table_holds_what_serving_computes(self, ravdess, tmp_path, monkeypatch):
        monkeypatch.setattr(features, "Augmentation", lambda: Augmentation(variants=1))
        table = features.load(ravdess, tmp_path)
        assert table.views.shape == (len(data.SPEEDS) + 1, 16, SIZE)
        samples = data.decode(sorted(ravdess.glob("*.flac"))[4].read_bytes())
        served = to_voice_input(samples, data.span_of(samples, "clip"))
        kept = table.served(np.array([4]))[0]
        # The rows are kept as float16.
        assert np.median(np.abs(kept - served)) < 0.01
        assert kept.shape == (len(SPEEDS), SIZE)

    def test_a_folder_without_clips(self, tmp_path, capsys):
        assert main(["train", "--data", str(tmp_path), "--run", str(tmp_path)]) == 7
        assert "expected RAVDESS' .flac files" in capsys.readouterr().err

    @pytest.mark.parametrize("name", ["song.flac", "03-01-09-01-01-01-01.flac"])
    def test_a_clip_with_another_name(self, name, tmp_path):
        (tmp_path / name).write_bytes(b"")
        with pytest.raises(TrainingError, match=name):
            data.load(tmp_path, tmp_path / "rows.npz")

    def test_folds_leave_out_each_actor_once(self):
        assert sorted(actor for fold in data.FOLDS for actor in fold) == list(range(1, 25))


def test_augmentation_changes_a_clip_and_keeps_its_meaning():
    clip = voice(1.5)
    rows = data.view(clip, data.span_of(clip, "clip"), 1.0)
    changed = augment(rows, Augmentation(), np.random.default_rng(1))
    assert changed.shape[1] == rows.shape[1]
    assert 0.8 < len(changed) / len(rows) < 1.25
    assert np.isfinite(changed).all()
    assert changed[:, :65].max() < 15
    assert abs((changed[:, 65] != 0).mean() - (rows[:, 65] != 0).mean()) < 0.1


class TestEvaluate:
    def test_the_tested_actors_are_never_learned_from(self, table):
        learned = []

        def spy(views, labels, _):
            assert views.shape[:2] == (len(data.SPEEDS) + 1, len(labels))
            learned.append(len(labels))
            return lambda inputs: softmax(inputs[:, 0, :8])

        answers = evaluate.by_actors(table, spy)
        assert learned == [57, 57, 57, 57, 60]
        assert sorted(answers.clips) == list(range(72))
        for number, fold in enumerate(data.FOLDS):
            assert set(table.actors[answers.clips[answers.groups == number]]) == set(fold)

    def test_scores_and_report(self, table, tmp_path):
        def perfect(views, labels, _):
            return lambda inputs: softmax(inputs[:, 0, :8])

        by_actors = evaluate.by_actors(table, perfect)
        scores = evaluate.score("actors", by_actors)
        assert scores.accuracy > 0.95
        assert scores.five >= scores.accuracy - 0.02
        assert scores.five_clips == 45
        assert np.sum(scores.confusion) == 72
        known = evaluate.KnownSpeakers([0.9, 0.95], ["happy", "sad"], [[9, 1], [0, 10]], [0.99])
        text = report.write(
            tmp_path, by_actors, evaluate.by_chance(table, perfect), known, "command"
        )
        assert "**92.5 %** | 90.0, 95.0" in text
        assert "does not ship" in text
        assert "**99.0 %**" in text
        assert "says little about a new voice" in text
        assert len(json.loads((tmp_path / "scores.json").read_text())["protocols"]) == 2
        assert (tmp_path / "confusion_actors.png").stat().st_size > 1000

        assert report.previous_known_speakers(tmp_path) == known
        without = report.write(tmp_path / "new", by_actors, by_actors, None, "c")
        assert "does not ship" not in without
        assert report.previous_known_speakers(tmp_path / "new") is None
        assert "does not ship" in report.add_known_speakers(tmp_path / "new", known)
        assert report.previous_known_speakers(tmp_path / "new") == known

    def test_calm_is_neutral_among_the_seven(self):
        seven = evaluate.seven_labels(np.arange(8))
        assert seven[LABELS.index("calm")] == seven[LABELS.index("neutral")]
        assert len(set(seven)) == 7


class TestKnownSpeakers:
    def test_it_learns_what_differs_from_actor_to_actor(self, clips_of_two):
        table, clips = clips_of_two
        result = known_speakers.by_known_speakers(table, clips, splits=[3, 4])
        assert np.mean(result.each) > 0.6, "chance is 0.2"
        assert np.sum(result.confusion) == 2 * (len(table.labels) * 5 // 8 // 5)

    def test_what_is_tested_is_never_learned_from(self, clips_of_two, monkeypatch):
        table, clips = clips_of_two
        table.views[:, :, 0] = np.arange(len(table.labels))  # names each clip, at every speed
        asked = []

        def spy(learned, held, _):
            learned, held = (set(voices.statistics[:, :, 0].ravel()) for voices in (learned, held))
            asked.append((len(learned), len(held), learned & held))
            return np.full((len(held), 5), 0.2, np.float32)

        monkeypatch.setattr(known, "answer", spy)
        known_speakers.by_known_speakers(table, clips, splits=[0])
        assert asked == [(80, 20, set())]

    def test_copies_on_both_sides_are_told_apart_from_the_rest(self, clips_of_two):
        table, clips = clips_of_two
        table.views[:] = np.random.default_rng(1).normal(
            size=table.views.shape
        )  # no emotion at all
        table.views[:] = table.views[:1] + 0.01 * table.views  # but each clip's copies are alike
        result = known_speakers.by_known_speakers(table, clips, splits=[3, 4])
        assert np.mean(result.each) < 0.5, "chance is 0.2"
        assert np.mean(result.leaked) > 0.7

    def test_it_answers_without_labels_or_actors_of_the_tested(self, clips_of_two):
        table, clips = clips_of_two
        moves = known.movements(clips.rows[0], clips.rows[0], SMALL)
        voices = known.Voices(table.views[:5], moves, table.labels, table.actors)
        nameless = dataclasses.replace(voices, labels=None, actors=None)
        given = known.answer(voices, nameless, SMALL)
        np.testing.assert_allclose(given.sum(axis=1), 1, atol=1e-5)
        assert (given.argmax(axis=1) == table.labels).mean() > 0.9


SMALL = known.KnownRecipe(filters=20, dilations=(1, 2))
COLUMNS = 120
"""Of a voice's statistics here; discriminants of all 1271 take their time."""


@pytest.fixture
def clips_of_two(monkeypatch):
    """160 random clips of two actors, whose emotions show in opposite directions."""
    monkeypatch.setattr(known, "KnownRecipe", lambda: SMALL)
    rng = np.random.default_rng(2)
    labels, actors = np.arange(160) % 8, np.arange(160) // 8 % 2 + 1
    views = rng.normal(size=(len(data.SPEEDS), 160, COLUMNS)).astype(np.float32)
    for label, columns in enumerate(np.split(np.arange(80), 8)):
        for actor, direction in ((1, 5), (2, -5)):
            views[
                np.ix_(np.arange(len(views)), (labels == label) & (actors == actor), columns)
            ] += direction
    views[:, :, 90:100] += 3 * actors[:, np.newaxis]
    rows = rng.normal(size=(160, 40, 67)).astype(np.float32)
    return Table(views, labels, actors), data.Clips([list(rows)], labels, actors)


def test_a_trained_network_is_served_as_keras_answers(table, tmp_path):
    recipe = Recipe(perceptrons=1, steps=3, hidden=16)
    model = train(table.views, table.labels, recipe, seed=1)
    inputs = table.served(np.arange(8))
    given = model.predict(inputs, verbose=0)
    np.testing.assert_allclose(given.sum(axis=1), 1, atol=1e-5)
    # The label shows, and the discriminant's half of the answer suffices to see it.
    assert (given.argmax(axis=1) == table.labels[:8]).mean() >= 0.75
    weights = tmp_path / "speech.tflite"
    assert export.ship(model, inputs, weights, temperature=1.0, metrics={}) < export.MAX_DIFFERENCE
    reading = SpeechEmotionRecogniser(weights).listen(voice(2))
    assert reading.probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_export_before_training_is_told(tmp_path, capsys):
    arguments = ["export", "--run", str(tmp_path), "--weights", str(tmp_path / "speech.tflite")]
    assert main(arguments) == 7
    assert "cannot read" in capsys.readouterr().err


def test_known_speakers_before_an_evaluation_are_told(tmp_path, capsys):
    arguments = ["--run", str(tmp_path), "--reports", str(tmp_path)]
    assert known_speakers.main(arguments) == 7
    assert "speech: evaluate first" in capsys.readouterr().err

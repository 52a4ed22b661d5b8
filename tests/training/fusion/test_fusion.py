"""Learning and judging the fusion: on pairs that are fair, and with an answer that ships."""

import numpy as np
import pytest

from core.labels import EMOTIONS
from emotion.fusion import Opinion, fuse
from emotion.voice.sidecar import LABELS
from inference.calibration import softmax
from tests.fakes import product_fusion
from training.common.errors import TrainingError
from training.fusion import models
from training.fusion.data import Faces, Pairs, Voices, pair, read_voices
from training.fusion.evaluate import evaluate, serve
from training.fusion.report import write

CLASSES = len(EMOTIONS)


def opinions(labels, right, random, classes=CLASSES):
    """Probabilities whose largest is mostly at the label, and surer where it is."""
    logits = random.normal(0, 0.5, (len(labels), classes))
    is_right = random.random(len(labels)) < right
    answers = np.where(is_right, labels, random.integers(0, classes, len(labels)))
    logits[np.arange(len(labels)), answers] += np.where(is_right, 3, 1.5)
    return softmax(logits).astype(np.float32)


@pytest.fixture(scope="module")
def voices():
    random = np.random.default_rng(1)
    labels = np.tile(np.arange(CLASSES), 100)
    return Voices(opinions(labels, 0.6, random), labels, np.repeat(np.arange(5), 140))


def faces(count, seed):
    random = np.random.default_rng(seed)
    labels = random.integers(0, CLASSES, count)
    return Faces(opinions(labels, 0.6, random), labels)


def test_a_pair_shares_its_emotion(voices):
    some = faces(50, 2)
    pairs = pair(some, voices, 3, np.random.default_rng(0))
    assert len(pairs.labels) == 150
    for row, label in zip(pairs.voices, pairs.labels, strict=True):
        same = voices.probabilities[voices.labels == label]
        assert (same == row).all(axis=1).any()


def test_two_that_are_often_right_are_more_so_together(voices, tmp_path, monkeypatch):
    monkeypatch.setattr(models, "TREES", 20)
    noise = np.full((20, CLASSES), 1 / CLASSES, np.float32)
    command = "python -m training.fusion"
    report, table = evaluate(faces(400, 3), faces(300, 4), noise, voices, command=command)
    assert report.mean(report.served) > report.better_alone + 0.1
    assert report.noise_unsure == 1
    assert report.noise[report.served] == pytest.approx(report.mean("voice alone"), abs=0.001)
    write(report, table, tmp_path)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "two different" in text
    assert f"Shipped: **{report.chosen}**" in text
    assert (tmp_path / "confusion.png").stat().st_size > 1000


def test_what_is_judged_is_what_is_served(voices):
    random = np.random.default_rng(5)
    rows = [random.dirichlet(np.full(CLASSES, 0.4), 60).astype(np.float32) for _ in range(2)]
    answers = serve(product_fusion(), Pairs(*rows, np.zeros(60, int)))
    sure = [rows[0].max(axis=1) >= 0.40, rows[1].max(axis=1) >= 0.30]
    for number in range(60):
        face, voice = (Opinion(rows[m][number], bool(sure[m][number])) for m in (0, 1))
        served = fuse(product_fusion(), face, voice).probabilities
        np.testing.assert_allclose(answers[number], served, atol=1e-6)


def test_the_answers_of_the_speech_model_are_read(tmp_path):
    random = np.random.default_rng(6)
    labels = np.tile(np.arange(len(LABELS)), 20)
    arrays = {
        "probabilities": opinions(labels, 0.7, random, len(LABELS)),
        "labels": labels,
        "groups": np.repeat(np.arange(5), 32),
        "clips": np.arange(160),
    }
    np.savez(tmp_path / "answers.npz", **arrays)
    voices = read_voices(tmp_path / "answers.npz")
    assert voices.probabilities.shape == (160, CLASSES)
    np.testing.assert_allclose(voices.probabilities.sum(axis=1), 1, atol=1e-5)
    assert (voices.labels == EMOTIONS.index("neutral")).sum() == 40, "calm counts as neutral"
    assert len(voices.of(0, 2).labels) == 64


def test_other_arrays_are_refused(tmp_path):
    np.savez(tmp_path / "faces.npz", images=np.zeros(3))
    with pytest.raises(TrainingError, match=r"expected the answers .* found images"):
        read_voices(tmp_path / "faces.npz")

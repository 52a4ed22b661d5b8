"""Figures against values worked out by hand."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score

from core.labels import FERPLUS
from training.common import metrics
from training.face.datasets import PRIVATE, PUBLIC, TRAINING, FaceSet, load
from training.face.datasets.faceset import no_votes
from training.face.predictors import Probabilities
from training.face.scores import score

THREE = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.5, 0.3, 0.2], [0.2, 0.2, 0.6]])
LABELS = np.array([0, 1, 1, 2])


def test_accuracy_and_loss() -> None:
    assert metrics.accuracy(THREE, LABELS) == 0.75
    expected = -(np.log(0.7) + np.log(0.8) + np.log(0.3) + np.log(0.6)) / 4
    assert metrics.log_loss(THREE, LABELS) == pytest.approx(expected)


def test_confusion_and_class_reports() -> None:
    table = metrics.confusion(THREE, LABELS)
    assert table.tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    first, second, third = metrics.class_reports(table, ("a", "b", "c"))
    assert (first.precision, first.recall, first.support) == (0.5, 1.0, 1)
    assert (second.precision, second.recall) == (1.0, 0.5)
    assert second.f1 == pytest.approx(2 / 3)
    assert third.f1 == 1.0


def test_macro_f1_agrees_with_scikit_learn() -> None:
    generator = np.random.default_rng(1)
    probabilities = generator.random((200, 7))
    labels = generator.integers(0, 7, 200)
    expected = f1_score(labels, probabilities.argmax(axis=1), average="macro")
    assert metrics.macro_f1(metrics.confusion(probabilities, labels)) == pytest.approx(expected)


def test_calibration_error_of_two_bins() -> None:
    # Three answers at 0.9, two of them right; one at 0.6, wrong.
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.6, 0.4]])
    labels = np.array([0, 0, 1, 1])
    expected = 3 / 4 * abs(0.9 - 2 / 3) + 1 / 4 * abs(0.6 - 0)
    assert metrics.reliability(probabilities, labels).error == pytest.approx(expected)


def test_temperature_restores_what_was_sharpened() -> None:
    generator = np.random.default_rng(2)
    truth = generator.dirichlet(np.ones(7), 4000)
    labels = np.array([generator.choice(7, p=row) for row in truth])
    sharpened = truth**2 / (truth**2).sum(axis=1, keepdims=True)
    assert metrics.fit_temperature(sharpened, labels) == pytest.approx(2.0, abs=0.15)


def test_an_answer_is_one_of_the_four() -> None:
    # Label happy; fear is likeliest, but only the four count, and of them happy is.
    row = [0.1, 0.0, 0.5, 0.3, 0.05, 0.0, 0.05]
    assert metrics.among(metrics.FOUR, np.array([row, row]), np.array([3, 2])) == (1.0, 1)
    # Of the taggers' eight: contempt is likeliest, of the four sadness is.
    tagged = np.array([[0.1, 0.1, 0.1, 0.2, 0.0, 0.1, 0.1, 0.3]] * 3)
    assert metrics.among(metrics.FERPLUS_FOUR, tagged, np.array([3, 7, 4])) == (0.5, 2)
    assert metrics.among(metrics.FERPLUS_FOUR, tagged, np.array([7, 7, 7])) == (None, 0)


def test_scores_by_the_taggers_are_none_without_votes(faces: FaceSet) -> None:
    tagged = faces.votes[:, : len(FERPLUS)].argmax(axis=1)
    saddened = np.where(tagged == FERPLUS.index("happiness"), FERPLUS.index("sadness"), tagged)
    answer = Probabilities(np.eye(7)[faces.labels], np.eye(8)[saddened])
    unique = np.zeros(len(faces), bool)
    scores = score(answer, faces, unique)
    assert (scores.four_class, scores.ferplus, scores.ferplus_four) == (1.0, 6 / 7, 3 / 4)
    unvoted = dataclasses.replace(faces, votes=no_votes(len(faces)))
    scores = score(answer, unvoted, unique)
    assert (scores.four_class, scores.ferplus, scores.ferplus_four) == (1.0, None, None)


def test_ferplus_majority_drops_single_votes() -> None:
    votes = np.array(
        [
            [5, 4, 1, 0, 0, 0, 0, 0, 0, 0],  # 5 of 9 left: neutral
            [5, 5, 0, 0, 0, 0, 0, 0, 0, 0],  # half is no majority
            [2, 0, 0, 0, 0, 0, 0, 0, 8, 0],  # unknown
            [0, 0, 0, 0, 0, 0, 0, 1, 0, 9],  # not a face
            [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],  # nothing is left
            [0, 0, 0, 2, 1, 1, 1, 1, 1, 1],  # 2 of 2 left: sadness
            [-1] * 10,
        ],
        np.int8,
    )
    rows, labels = metrics.ferplus_majority(votes)
    assert rows.tolist() == [0, 5]
    assert labels.tolist() == [0, 3]


def test_ferplus_majority_keeps_as_many_faces_as_its_authors(fer2013: Path) -> None:
    faces = load(fer2013 / "fer2013.npz")
    kept = [
        len(metrics.ferplus_majority(faces.split(split).votes)[0])
        for split in (TRAINING, PUBLIC, PRIVATE)
    ]
    assert kept == [25059, 3199, 3152]

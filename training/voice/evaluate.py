"""How good it is: on actors it never heard, and on a random split, which means little."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.labels import EMOTIONS
from emotion.voice.recogniser import to_seven
from emotion.voice.sidecar import LABELS
from inference.calibration import calibrate
from training.common import metrics
from training.voice.data import FOLDS
from training.voice.features import Table

FIVE = tuple(LABELS.index(name) for name in ("happy", "sad", "calm", "angry", "neutral"))
RANDOM_SPLITS = 3
CHOSEN_ON = (0, 1)
"""While features and recipe were chosen, the first of these folds was left out, the second was
what they were compared on (300 clips), and the other three were learned from."""

Train = Callable[[np.ndarray, np.ndarray, int], Callable[[np.ndarray], np.ndarray]]
"""From views, labels and a seed to a function from (n, 3, 1271) to probabilities (n, 8)."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What models answered for clips that they had not learned from."""

    probabilities: np.ndarray
    """float32 (n, 8), as the network gives them."""
    labels: np.ndarray
    """int (n,)."""
    groups: np.ndarray
    """int (n,): the fold or the split that left the clip out."""
    clips: np.ndarray
    """int (n,): which of the sorted clips each is."""


@dataclass(frozen=True)
class Scores:
    """Figures of one protocol, parts of 1."""

    protocol: str
    clips: int
    accuracy: float
    """The mean over folds or splits, as the literature reports it."""
    each: list[float]
    """Of every fold or split."""
    five: float
    """Among the clips of five classes, the answer being the likeliest of the five."""
    five_each: list[float]
    five_clips: int
    macro_f1: float
    seven: float
    """In the project's seven emotions, calm counted as neutral."""
    calibration_error: float
    """Of the eight classes after the temperature that the other folds give."""
    classes: list[metrics.ClassReport]
    confusion: list[list[int]]


@dataclass(frozen=True)
class KnownSpeakers:
    """Figures of the model that is made for a random split, parts of 1."""

    each: list[float]
    """Accuracy of every split."""
    labels: list[str]
    confusion: list[list[int]]
    """Of all splits together: rows are the truth."""
    leaked: list[float]
    """Accuracy where the split is made after copying, so that copies are on both sides."""


def by_actors(table: Table, train: Train) -> Answers:
    """Leave out the actors of each fold in turn."""
    groups = [np.flatnonzero(np.isin(table.actors, fold)) for fold in FOLDS]
    return _leave_out(table, groups, train, "fold")


def by_chance(table: Table, train: Train, splits: int = RANDOM_SPLITS) -> Answers:
    """Leave out a random fifth of the clips, several times: other clips of the actors are known."""
    groups = [
        np.sort(
            np.random.default_rng(seed).permutation(len(table.labels))[: len(table.labels) // 5]
        )
        for seed in range(splits)
    ]
    return _leave_out(table, groups, train, "split")


def _leave_out(table: Table, groups: list[np.ndarray], train: Train, name: str) -> Answers:
    answers = []
    for number, held in enumerate(groups):
        learned = np.setdiff1d(np.arange(len(table.labels)), held)
        predict = train(table.views[:, learned], table.labels[learned], number)
        answers.append(predict(table.served(held)))
        right = metrics.accuracy(answers[-1], table.labels[held])
        print(f"{name} {number + 1}: {100 * right:.1f} % of {len(held)}", flush=True)
    clips = np.concatenate(groups)
    return Answers(
        np.concatenate(answers),
        table.labels[clips],
        np.repeat(np.arange(len(groups)), [len(held) for held in groups]),
        clips,
    )


def temperature(answers: Answers) -> float:
    """Return the temperature that suits voices the network has not heard."""
    return metrics.fit_temperature(answers.probabilities, answers.labels)


def calibrated(answers: Answers) -> np.ndarray:
    """Return the probabilities, those of each group with the temperature of the others."""
    output = np.empty_like(answers.probabilities)
    for group in np.unique(answers.groups):
        inside = answers.groups == group
        value = metrics.fit_temperature(answers.probabilities[~inside], answers.labels[~inside])
        output[inside] = calibrate(answers.probabilities[inside], value)
    return output


def score(protocol: str, answers: Answers) -> Scores:
    """Score answers, all of them and per group."""
    labels, probabilities = answers.labels, calibrated(answers)
    table = metrics.confusion(probabilities, labels)
    among = np.isin(labels, FIVE)
    right = probabilities.argmax(axis=1) == labels
    right_of_five = np.array(FIVE)[probabilities[:, FIVE].argmax(axis=1)] == labels
    each = [float(right[answers.groups == g].mean()) for g in np.unique(answers.groups)]
    five = [
        float(right_of_five[among & (answers.groups == g)].mean())
        for g in np.unique(answers.groups)
    ]
    return Scores(
        protocol=protocol,
        clips=len(labels),
        accuracy=float(np.mean(each)),
        each=each,
        five=float(np.mean(five)),
        five_each=five,
        five_clips=int(among.sum()),
        macro_f1=metrics.macro_f1(table),
        seven=metrics.accuracy(to_seven(probabilities, LABELS), seven_labels(labels)),
        calibration_error=metrics.reliability(probabilities, labels).error,
        classes=metrics.class_reports(table, LABELS),
        confusion=table.tolist(),
    )


def seven_labels(labels: np.ndarray) -> np.ndarray:
    """Return labels as indices into `EMOTIONS`."""
    names = ["neutral" if name == "calm" else name for name in LABELS]
    return np.array([EMOTIONS.index(name) for name in names])[labels]

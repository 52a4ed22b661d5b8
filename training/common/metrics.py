"""Figures of merit, each with the protocol it follows."""

from dataclasses import dataclass

import numpy as np

from core.labels import EMOTIONS, FERPLUS
from inference.calibration import calibrate

BINS = 15
"""Of confidence, as Guo 2017 (arXiv 1706.04599) uses for the calibration error."""
FOUR = tuple(EMOTIONS.index(name) for name in ("angry", "happy", "neutral", "sad"))
"""The classes of the four-class score."""
FERPLUS_FOUR = tuple(FERPLUS.index(name) for name in ("anger", "happiness", "neutral", "sadness"))
"""The same, of the taggers' eight classes."""


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the part of rows whose largest probability is at the label, 0 to 1."""
    return float((probabilities.argmax(axis=1) == labels).mean())


def log_loss(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean negative log-likelihood of the labels, in nats."""
    likelihood = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(likelihood, 1e-7)).mean())


def confusion(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return int (c, c): how often label `row` was answered with class `column`."""
    classes = probabilities.shape[1]
    table = np.zeros((classes, classes), int)
    np.add.at(table, (labels, probabilities.argmax(axis=1)), 1)
    return table


@dataclass(frozen=True)
class ClassReport:
    """One class of a confusion matrix; a ratio without a denominator is 0."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int


def class_reports(table: np.ndarray, names: tuple[str, ...]) -> list[ClassReport]:
    """Return precision, recall and F1 of each class of a confusion matrix."""
    reports = []
    for index, name in enumerate(names):
        hits, answered, support = table[index, index], table[:, index].sum(), table[index].sum()
        reports.append(
            ClassReport(
                name,
                precision=float(hits / max(answered, 1)),
                recall=float(hits / max(support, 1)),
                f1=float(2 * hits / max(answered + support, 1)),
                support=int(support),
            )
        )
    return reports


def areas(probabilities: np.ndarray, labels: np.ndarray) -> list[tuple[float | None, float | None]]:
    """Return the area below the ROC curve and the average precision, each class against the rest.

    Both are None for a class that no row has, or that all have.
    """
    from sklearn.metrics import average_precision_score, roc_auc_score

    pairs: list[tuple[float | None, float | None]] = []
    for index, score in enumerate(probabilities.T):
        positive = labels == index
        if positive.any() and not positive.all():
            area = float(roc_auc_score(positive, score))
            pairs.append((area, float(average_precision_score(positive, score))))
        else:
            pairs.append((None, None))
    return pairs


def macro_f1(table: np.ndarray) -> float:
    """Return the mean F1 of the classes that have any support."""
    reports = class_reports(table, tuple(map(str, range(len(table)))))
    return float(np.mean([report.f1 for report in reports if report.support]))


@dataclass(frozen=True)
class Reliability:
    """How often answers of a confidence are right; b bins, empty ones left out."""

    confidence: np.ndarray
    """float (b,), mean of the largest probability."""
    accuracy: np.ndarray
    """float (b,)."""
    count: np.ndarray
    """int (b,)."""

    @property
    def error(self) -> float:
        """The expected calibration error: the gap weighted by count, 0 to 1."""
        gap = np.abs(self.confidence - self.accuracy)
        return float((gap * self.count).sum() / self.count.sum())


def reliability(probabilities: np.ndarray, labels: np.ndarray, bins: int = BINS) -> Reliability:
    """Group answers into `bins` of equal width by their confidence."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    used = [bin_of == index for index in np.unique(bin_of)]
    return Reliability(
        confidence=np.array([confidence[rows].mean() for rows in used]),
        accuracy=np.array([right[rows].mean() for rows in used]),
        count=np.array([rows.sum() for rows in used]),
    )


def among(
    classes: tuple[int, ...], probabilities: np.ndarray, labels: np.ndarray
) -> tuple[float | None, int]:
    """Return the accuracy on faces labelled as one of some classes, and their number.

    The answer is the most probable of these classes, such as `FOUR`. The accuracy of none is None.
    """
    rows = np.isin(labels, classes)
    answers = np.array(classes)[probabilities[rows][:, classes].argmax(axis=1)]
    return float((answers == labels[rows]).mean()) if rows.any() else None, int(rows.sum())


def ferplus_majority(votes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the faces and labels of FER+'s majority protocol (arXiv 1608.01041).

    Votes of 1 are dropped; a face counts where one class has more than half of what is left
    and that class is neither unknown nor not-a-face.

    Args:
        votes: int8 (n, 10), -1 where there are none.

    Returns:
        Integer rows (m,) and labels (m,), indices into `FERPLUS`.
    """
    counted = np.where(votes > 1, votes, 0).astype(int)
    majority = (counted.max(axis=1) * 2 > counted.sum(axis=1)) & (
        counted.argmax(axis=1) < len(FERPLUS)
    )
    rows = np.flatnonzero(majority)
    return rows, counted.argmax(axis=1)[rows]


def fit_temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature, 0.25 to 4 in steps of a hundredth, with the least log loss."""
    candidates = np.arange(0.25, 4.0, 0.01)
    losses = [log_loss(calibrate(probabilities, float(value)), labels) for value in candidates]
    return round(float(candidates[int(np.argmin(losses))]), 2)

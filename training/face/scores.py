"""Everything that is reported about a model on one split, as one JSON-able value."""

import dataclasses

import numpy as np

from core.labels import EMOTIONS
from training.common import metrics
from training.face.datasets import FaceSet
from training.face.predictors import Probabilities


@dataclasses.dataclass(frozen=True)
class EmotionReport(metrics.ClassReport):
    """An emotion against the rest; an area is None where no face has the emotion, or all have."""

    roc_area: float | None
    average_precision: float | None


@dataclasses.dataclass(frozen=True)
class Scores:
    """Figures of a model on the faces of one split; parts of 1, losses in nats."""

    faces: int
    accuracy: float
    loss: float
    macro_f1: float
    calibration_error: float
    reliability: list[list[float]]
    """Mean confidence, accuracy and number of the faces of each bin of confidence."""
    classes: list[EmotionReport]
    confusion: list[list[int]]
    without_duplicates: float | None
    """Accuracy on the faces whose picture is not in Training too; None where all are."""
    duplicates: int
    ferplus: float | None
    """FER+ majority accuracy of the eight-class head; None without votes."""
    ferplus_faces: int
    four_class: float | None
    """Accuracy on faces labelled angry, happy, neutral or sad, answering one of these."""
    four_class_faces: int
    ferplus_four: float | None
    """The same by FER+ majority and with the head of eight classes; None without votes."""

    @property
    def worst_recall(self) -> float:
        """Recall of the class that is recognised least, of those that have faces."""
        return min((report.recall for report in self.classes if report.support), default=0.0)


def score(answer: Probabilities, faces: FaceSet, duplicate: np.ndarray) -> Scores:
    """Score what a model answered.

    Args:
        answer: probabilities for all of `faces`.
        faces: with labels and, perhaps, FER+ votes.
        duplicate: bool (n,), whether the picture occurs in Training.
    """
    table = metrics.confusion(answer.fer, faces.labels)
    rows, majority = metrics.ferplus_majority(faces.votes)
    four, four_faces = metrics.among(metrics.FOUR, answer.fer, faces.labels)
    tagged, _ = metrics.among(metrics.FERPLUS_FOUR, answer.ferplus[rows], majority)
    unique = ~duplicate
    groups = metrics.reliability(answer.fer, faces.labels)
    return Scores(
        faces=len(faces),
        accuracy=metrics.accuracy(answer.fer, faces.labels),
        loss=metrics.log_loss(answer.fer, faces.labels),
        macro_f1=metrics.macro_f1(table),
        calibration_error=groups.error,
        reliability=np.transpose([groups.confidence, groups.accuracy, groups.count]).tolist(),
        classes=[
            EmotionReport(**vars(report), roc_area=roc, average_precision=precision)
            for report, (roc, precision) in zip(
                metrics.class_reports(table, EMOTIONS),
                metrics.areas(answer.fer, faces.labels),
                strict=True,
            )
        ],
        confusion=table.tolist(),
        without_duplicates=(
            metrics.accuracy(answer.fer[unique], faces.labels[unique]) if unique.any() else None
        ),
        duplicates=int(duplicate.sum()),
        ferplus=metrics.accuracy(answer.ferplus[rows], majority) if len(rows) else None,
        ferplus_faces=len(rows),
        four_class=four,
        four_class_faces=four_faces,
        ferplus_four=tagged,
    )

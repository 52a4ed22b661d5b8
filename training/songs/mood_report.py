"""What is known about the models of song mood, as JSON and Markdown."""

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from core.labels import SONG_MOODS
from music.measure.song_mood import FORESTS
from training.common.metrics import ClassReport
from training.common.report_writer import render
from training.songs.cross_validation import Nested, Score

SHIPPED = "extra-trees"
"""A key of `training.songs.models.MODELS`."""


@dataclasses.dataclass(frozen=True)
class Curves:
    """One mood against the rest, as points of its curves and the areas below them."""

    mood: str
    roc_area: float
    average_precision: float
    false_positive_rate: Sequence[float]
    true_positive_rate: Sequence[float]
    recall: Sequence[float]
    precision: Sequence[float]


def curves(probabilities: np.ndarray, labels: np.ndarray) -> list[Curves]:
    """Return the curves of each mood.

    Args:
        probabilities: (n, 4) in the order of `SONG_MOODS`.
        labels: int (n,).
    """
    from sklearn.metrics import average_precision_score as average_precision
    from sklearn.metrics import precision_recall_curve, roc_auc_score, roc_curve

    by_mood = []
    for index, mood in enumerate(SONG_MOODS):
        positive, score = labels == index, probabilities[:, index]
        false_rate, true_rate, _ = roc_curve(positive, score)
        precision, recall, _ = precision_recall_curve(positive, score)
        by_mood.append(
            Curves(
                mood,
                float(roc_auc_score(positive, score)),
                float(average_precision(positive, score)),
                false_positive_rate=false_rate.round(4).tolist(),
                true_positive_rate=true_rate.round(4).tolist(),
                recall=recall.round(4).tolist(),
                precision=precision.round(4).tolist(),
            )
        )
    return by_mood


@dataclasses.dataclass(frozen=True)
class Report:
    """All figures of one run of `training.song_mood`; parts of 1, losses in nats."""

    command: str
    songs: int
    repeated: int
    """Songs that are in the data twice."""
    by_mood: Mapping[str, int]
    scores: Sequence[Score]
    """Of every model in every set of features."""
    temperatures: Mapping[str, float]
    """Of the forests that ship."""
    calibrated: Score
    """The model that ships, all features, with its temperature."""
    confusion: Sequence[Sequence[int]]
    """Of its first repeat; rows are the labels."""
    classes: Sequence[ClassReport]
    curves: Sequence[Curves]
    as_given: float
    """Its accuracy without `music.measure.song_mood.spread`."""
    numbers: float | None
    """Its accuracy with the list's 13 numbers as they are: key and time signature, no year."""
    by_artist: float
    """Its accuracy where no artist is in two folds."""
    nested: Nested
    gaps: Mapping[str, float]
    """Its accuracy where one feature is not known."""

    def score(self, model: str, features: str) -> Score | None:
        """Return the score of one model, None where it was not measured."""
        measured = (s for s in self.scores if (s.model, s.features) == (model, features))
        return next(measured, None)


def to_json(report: Report) -> str:
    """Return the report as JSON text."""
    text = json.dumps(dataclasses.asdict(report), indent=1)
    # Points of curves on one line each list.
    return re.sub(r"\[[\d.,\s]+\]", lambda points: re.sub(r"\s+", " ", points[0]), text) + "\n"


def to_markdown(report: Report) -> str:
    """Return the report as Markdown."""
    full = sorted((s for s in report.scores if s.features == "full"), key=lambda s: -s.accuracy)
    shipped = {s.features: s for s in report.scores if s.model == SHIPPED}
    return render(
        Path(__file__).with_name("mood.md.jinja"),
        report=report,
        forests=FORESTS,
        rows=[
            {"full": score, "scores": [report.score(score.model, name) for name in FORESTS]}
            for score in full
        ],
        shipped=shipped["full"],
        chosen=[f"{name} {count}" for name, count in report.nested.chosen.items() if count],
        gain=shipped["full"].accuracy - shipped["audio"].accuracy,
        gaps=sorted(report.gaps.items(), key=lambda item: item[1]),
    )

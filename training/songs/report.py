"""What is known about the models of song mood, as JSON and Markdown."""

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence

import numpy as np

from core.labels import SONG_MOODS
from music.measure.song_mood import FORESTS
from training.common.metrics import ClassReport
from training.songs.cross_validation import Nested, Score


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

    found = []
    for index, mood in enumerate(SONG_MOODS):
        positive, score = labels == index, probabilities[:, index]
        false_rate, true_rate, _ = roc_curve(positive, score)
        precision, recall, _ = precision_recall_curve(positive, score)
        found.append(
            Curves(
                mood,
                float(roc_auc_score(positive, score)),
                float(average_precision(positive, score)),
                *(line.round(4).tolist() for line in (false_rate, true_rate, recall, precision)),
            )
        )
    return found


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

    def score(self, model: str, features: str) -> Score:
        """Return the score of one model."""
        return next(s for s in self.scores if (s.model, s.features) == (model, features))

    def accuracy(self, model: str, features: str) -> str:
        """Return the accuracy of one model in words, `-` where it was not measured."""
        measured = any((s.model, s.features) == (model, features) for s in self.scores)
        score = self.score(model, features) if measured else None
        return percent(score.accuracy, score.deviation) if score else "-"


def to_json(report: Report) -> str:
    """Return the report as JSON text."""
    text = json.dumps(dataclasses.asdict(report), indent=1)
    # Points of curves on one line each list.
    return re.sub(r"\[[\d.,\s]+\]", lambda found: re.sub(r"\s+", " ", found[0]), text) + "\n"


def percent(part: float, deviation: float | None = None) -> str:
    """Return a part of 1 as a percentage."""
    spread = "" if deviation is None else f" ± {100 * deviation:.1f}"
    return f"{100 * part:.1f}{spread} %"


def to_markdown(report: Report) -> str:
    """Return the report as Markdown."""
    return "\n".join(
        [
            "# The mood of a song",
            "",
            f"`{report.command}`",
            "",
            *_protocol(report),
            *_models(report),
            *_shipped(report),
            *_choice(report),
            *_missing(report),
        ]
    )


def _protocol(report: Report) -> list[str]:
    counts = ", ".join(f"{mood} {count}" for mood, count in report.by_mood.items())
    return [
        f"{report.songs} songs ({counts}), of which {report.repeated} are there twice, by name and "
        "artist or by their ten audio features. Stratified 5-fold cross-validation, repeated with "
        "other splits; a figure is the mean over the repeats, ± their standard deviation. A "
        "single fold, of some 137 songs, varies more (last column but one). Everything that is "
        "learned, scaling, stacking and calibration of scores included, is learned inside the "
        "training folds. What a network sees is fixed beforehand: no early stopping on the test "
        "fold.",
        "",
    ]


def _models(report: Report) -> list[str]:
    names = list(dict.fromkeys(score.model for score in report.scores))
    lines = [
        "## Models",
        "",
        "| model | "
        + " | ".join(f"`{name}` ({len(features)} features)" for name, features in FORESTS.items())
        + " | macro-F1, full | loss, full | one fold, full | repeats |",
        "|---" * (len(FORESTS) + 5) + "|",
    ]
    for name in sorted(names, key=lambda name: -report.score(name, "full").accuracy):
        full = report.score(name, "full")
        lines.append(
            f"| {name} | "
            + " | ".join(report.accuracy(name, features) for features in FORESTS)
            + f" | {full.macro_f1:.3f} | {full.loss:.3f} | ± {100 * full.fold_deviation:.1f} "
            f"| {full.repeats} |"
        )
    sets = "; ".join(f"`{name}`: {', '.join(used)}" for name, used in FORESTS.items())
    return [*lines, "", f"{sets}.", "", "![accuracies](models.png)", ""]


def _shipped(report: Report) -> list[str]:
    lines = [
        "## What ships: extra trees",
        "",
        f"All features, first repeat; after its temperature ({report.temperatures['full']:.2f}, "
        "one number fitted to these out-of-fold answers) the calibration error is "
        f"{report.calibrated.calibration_error:.3f}, before "
        f"{report.score('extra-trees', 'full').calibration_error:.3f}.",
        "",
        "| mood | precision | recall | F1 | area below ROC | average precision | songs |",
        "|---|---|---|---|---|---|---|",
    ]
    rows = zip(report.classes, report.curves, strict=True)
    lines += [
        f"| {c.name} | {c.precision:.2f} | {c.recall:.2f} | {c.f1:.2f} "
        f"| {line.roc_area:.3f} | {line.average_precision:.3f} | {c.support} |"
        for c, line in rows
    ]
    return [
        *lines,
        "",
        "![confusion matrix](confusion.png)",
        "![ROC and precision-recall curves](curves.png)",
        "",
        f"- With no artist in two folds: {percent(report.by_artist)}.",
        f"- With the features as they are given, not pulled apart: {percent(report.as_given)}.",
        *_numbers(report),
        "",
    ]


def _numbers(report: Report) -> list[str]:
    if report.numbers is None:
        return []
    return [
        "- With the 13 columns of numbers that the list has, as they are, key and time signature "
        f"among them and no release year: {percent(report.numbers)}. The 12 features of `full` are "
        "these without key and time signature, and the year."
    ]


def _choice(report: Report) -> list[str]:
    chosen = ", ".join(f"{name} {count}" for name, count in report.nested.chosen.items() if count)
    return [
        "## Was it chosen too well?",
        "",
        "Model, features and their form were chosen by cross-validation on the same songs, with "
        "other splits. Choosing among all but the networks anew inside each training part, by a "
        "5-fold cross-validation there, and testing the choice outside gives "
        f"**{percent(report.nested.accuracy, report.nested.deviation)}** "
        f"({report.nested.repeats} repeats; chosen: {chosen}). The choice of the features' form is "
        "not part of it; the line above tells what it is worth.",
        "",
        "Release year and popularity are worth "
        f"{percent(_gain(report))[:-2]} points here. They say how these playlists were put "
        "together as much as how songs sound (Calm's median is 2020, Happy's 2006), so expect "
        "less of them elsewhere; popularity also changes with time.",
        "",
    ]


def _gain(report: Report) -> float:
    full, audio = (report.score("extra-trees", f).accuracy for f in ("full", "audio"))
    return full - audio


def _missing(report: Report) -> list[str]:
    lines = [
        "## What is not known",
        "",
        "The `full` forest where one feature is not known and filled with its median. So it "
        "serves, but for instrumentalness and release year: without these, `listed` and `audio` "
        "are asked (above). Without valence or energy, nobody.",
        "",
        "| not known | accuracy |",
        "|---|---|",
    ]
    rows = sorted(report.gaps.items(), key=lambda item: item[1])
    return [*lines, *(f"| {name} | {percent(accuracy)} |" for name, accuracy in rows), ""]

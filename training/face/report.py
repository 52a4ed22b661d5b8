"""The report on one model, and the table of several, as Markdown and JSON."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.common.errors import TrainingError
from training.face.end_to_end import EndToEnd
from training.face.scores import Scores

PREDECESSORS = {
    "cnn": "66-67 %",
    "vgg16": "48-63 %",
    "resnet50v2": "68 %",
    "efficientnetb0": "68 %",
    "efficientnetb3": "66-72 %",
}
"""FER2013 accuracy of the same kind of network in the systems this project descends from."""


@dataclasses.dataclass(frozen=True)
class Calibration:
    """What a temperature makes of a model's probabilities."""

    temperature: float
    error: float
    """Expected calibration error of the last split, 0 to 1."""
    fitted: bool
    """On PublicTest, for this report; else it is the sidecar's, and the scores have it in them."""


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """What is known about one model."""

    name: str
    command: str
    one_pass: dict[str, Scores]
    """By split."""
    with_mirror: dict[str, Scores]
    """The same with test-time augmentation: the mean of each face and its mirror image."""
    end_to_end: list[EndToEnd]
    calibration: Calibration | None = None
    """None without PublicTest faces to fit it on."""

    @property
    def kind(self) -> str:
        """The architecture, by which reports and folders of runs are named."""
        return self.name.split("_")[0]

    def to_json(self) -> str:
        """Return the evaluation as JSON text."""
        return json.dumps(dataclasses.asdict(self), indent=1) + "\n"

    @classmethod
    def from_mapping(cls, fields: dict[str, Any]) -> "Evaluation":
        """Rebuild an evaluation from what `to_json` wrote, parsed."""
        both = {
            passes: {split: Scores.from_mapping(s) for split, s in fields[passes].items()}
            for passes in ("one_pass", "with_mirror")
        }
        found = [EndToEnd(**result) for result in fields["end_to_end"]]
        fitted = fields["calibration"] and Calibration(**fields["calibration"])
        return cls(fields["name"], fields["command"], **both, end_to_end=found, calibration=fitted)


def read_report(path: Path) -> Evaluation | None:
    """Read a face model's `report.json`; None where it is of another part of Affectune.

    Raises:
        TrainingError: it is missing or damaged.
    """
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return Evaluation.from_mapping(fields) if "one_pass" in fields else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise TrainingError(f"'{path}' is not a report: {error}; evaluate it anew") from error


def read_reports(folder: Path) -> list[Evaluation]:
    """Read every face model's `report.json` below a folder, in the order of `PREDECESSORS`.

    Raises:
        TrainingError: a report is damaged.
    """
    read = (read_report(path) for path in sorted(folder.glob("*/report.json")))
    found = [report for report in read if report]
    order = {kind: place for place, kind in enumerate(PREDECESSORS)}
    return sorted(found, key=lambda evaluation: order.get(evaluation.kind, len(order)))


def last(scores: dict[str, Scores]) -> Scores:
    """Return the scores of PrivateTest, or of PublicTest where it is all there is."""
    return list(scores.values())[-1]


def percent(part: float | None) -> str:
    """Return a part of 1 as a percentage with one decimal."""
    return "-" if part is None else f"{100 * part:.1f} %"


def hundredths(part: float | None) -> str:
    """Return a part of 1 with two decimals."""
    return "-" if part is None else f"{part:.2f}"


def to_markdown(result: Evaluation, pictures: bool = True) -> str:
    """Return the report on one model as Markdown, with the pictures beside it or without."""
    lines = [f"# {result.name}", "", f"`{result.command}`", "", *_summary(result)]
    shown = last(result.one_pass)
    split = list(result.one_pass)[-1]
    if result.calibration:
        lines += ["", _calibration(result.calibration)]
    if shown.ferplus_four is not None:
        lines += [
            "",
            "Of the faces that FER+'s majority calls angry, happy, neutral or sad, it names "
            f"{percent(shown.ferplus_four)} so, of these four ({split}, one pass): the four "
            "classes by the labels of ten taggers, which are less noisy than FER2013's.",
        ]
    lines += [
        "",
        f"## {split}, one pass",
        "",
        "| emotion | precision | recall | F1 | ROC area | average precision | faces |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {c.name} | {c.precision:.2f} | {c.recall:.2f} | {c.f1:.2f} | {hundredths(c.roc_area)} "
        f"| {hundredths(c.average_precision)} | {c.support} |"
        for c in shown.classes
    ]
    if pictures:
        lines += [
            "",
            "![confusion matrix](confusion.png)",
            "![ROC and precision-recall curves](curves.png)",
            "![reliability](reliability.png)",
        ]
    lines.append("")
    if result.end_to_end:
        lines += _end_to_end(result.end_to_end)
    return "\n".join(lines)


def _calibration(calibration: Calibration) -> str:
    if not calibration.fitted:
        return f"ECE is with the temperature that it is served with, {calibration.temperature:.2f}."
    return (
        "ECE is that of the probabilities as they come. With a temperature of "
        f"{calibration.temperature:.2f}, fitted on PublicTest, it is "
        f"{calibration.error:.3f} on PrivateTest."
    )


def _summary(result: Evaluation) -> list[str]:
    lines = [
        "| protocol | FER2013 | loss | without duplicates of Training | macro-F1 | ECE "
        "| FER+ majority (8) | four classes |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for passes, scores in (
        ("one pass", result.one_pass),
        ("with mirror image", result.with_mirror),
    ):
        for split, s in scores.items():
            lines.append(
                f"| {split}, {passes} | {percent(s.accuracy)} | {s.loss:.3f} "
                f"| {percent(s.without_duplicates)} ({s.duplicates} left out) | {s.macro_f1:.3f} "
                f"| {s.calibration_error:.3f} | {percent(s.ferplus)} | {percent(s.four_class)} |"
            )
    return lines


def _end_to_end(results: Sequence[EndToEnd]) -> list[str]:
    lines = [
        "## With the face detector in the loop",
        "",
        "Each face on a 640x480 canvas, found by the app's detector, cut out with a margin (part "
        "of the box's edge, on every side), classified. Protocol: `training/face/end_to_end.py`; "
        "`--end-to-end` measures it. The margin is compared on every third face of PublicTest; "
        "then comes PrivateTest with the best of them, and, last, with none, as the app serves.",
        "",
        "| faces | margin | found | right, of those found | right, of all |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.faces} | {r.margin:+.2f} | {percent(r.found)} | {percent(r.accuracy_of_found)} "
        f"| {percent(r.accuracy)} |"
        for r in results
    ]
    return [*lines, ""]


def to_table(results: Sequence[Evaluation]) -> str:
    """Return one row a model, on the last split there is, as Markdown."""
    usual = list(results[0].one_pass)[-1]
    lines = [
        "# The models",
        "",
        f"One pass on {usual}, unless said otherwise; ECE with a "
        "temperature fitted on PublicTest. Each report names its command. Predecessors: the "
        "systems before this one, on FER2013's test faces, each by its own protocol.",
        "",
        "| model | its predecessors | FER2013 | with mirror image | without duplicates | macro-F1 "
        "| ECE | FER+ majority | four classes | worst recall |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        s, both = last(result.one_pass), last(result.with_mirror)
        split = list(result.one_pass)[-1]
        where = "" if split == usual else f" ({split})"
        error = f"{result.calibration.error:.3f}" if result.calibration else "-"
        lines.append(
            f"| [{result.name}]({result.name}/report.md) "
            f"| {PREDECESSORS.get(result.kind, '-')} | {percent(s.accuracy)}{where} "
            f"| {percent(both.accuracy)} | {percent(s.without_duplicates)} "
            f"| {s.macro_f1:.3f} | {error} | {percent(s.ferplus)} "
            f"| {percent(s.four_class)} | {percent(s.worst_recall)} |"
        )
    return "\n".join(lines) + "\n"

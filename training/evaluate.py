"""Evaluate models: `python -m training.evaluate --weights weights/<file> --data <data set>`.

One model gives its whole report, several give a table and a report each. Reports go to
`reports/<model>/`: `report.json`, `report.md` and pictures; the table to `reports/models.md`.
"""

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emotion.faces import HaarDetector
from emotion.labels import EMOTIONS
from training import plots
from training.checkpoint import write_text
from training.datasets import PRIVATE, PUBLIC, SPLITS, TRAINING, FaceSet, load
from training.datasets.checks import duplicates_of
from training.end_to_end import EndToEnd, end_to_end
from training.errors import TrainingError, as_command
from training.metrics import reliability
from training.predictors import Ensemble, Predictor, average, load_predictor, mirrored
from training.scores import Scores, score

MARGINS = (-0.1, -0.05, 0.0, 0.05, 0.1, 0.15)
"""Around the detector's box, compared on every third face of PublicTest."""


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

    def to_json(self) -> str:
        """Return the evaluation as JSON text."""
        return json.dumps(dataclasses.asdict(self), indent=1) + "\n"


def evaluate(
    name: str, command: str, model: Predictor, data: FaceSet, out: Path, detect: bool
) -> Evaluation:
    """Evaluate a model on PublicTest and PrivateTest and write its report into `out`."""
    training = data.split(TRAINING)
    one_pass, with_mirror = {}, {}
    for split in (PUBLIC, PRIVATE):
        faces = data.split(split)
        if len(faces):
            duplicate, images = duplicates_of(faces, training), list(faces.images)
            answer = model.predict(images)
            both = average([answer, model.predict(mirrored(images))])
            one_pass[SPLITS[split]] = score(answer, faces, duplicate)
            with_mirror[SPLITS[split]] = score(both, faces, duplicate)
    if not one_pass:
        raise TrainingError("data: has neither PublicTest nor PrivateTest faces to evaluate on")
    found = compare_margins(model, data) if detect else []
    result = Evaluation(name, command, one_pass, with_mirror, found)
    plots.confusion(np.array(_last(one_pass).confusion), EMOTIONS, out / "confusion.png")
    plots.curves(answer.fer, faces.labels, out / "curves.png")
    plots.reliability(reliability(answer.fer, faces.labels), out / "reliability.png")
    write_text(out / "report.json", result.to_json())
    write_text(out / "report.md", to_markdown(result))
    return result


def compare_margins(model: Predictor, data: FaceSet) -> list[EndToEnd]:
    """Choose the margin around the detector's box on PublicTest, report it on PrivateTest."""
    detector = HaarDetector()
    every_third = data.split(PUBLIC).take(slice(None, None, 3))
    tried = end_to_end(model, every_third, detector, MARGINS)
    best = max(tried, key=lambda result: result.accuracy)
    return [*tried, *end_to_end(model, data.split(PRIVATE), detector, (best.margin,))]


def _last(scores: dict[str, Scores]) -> Scores:
    return list(scores.values())[-1]


def percent(part: float | None) -> str:
    """Return a part of 1 as a percentage with one decimal."""
    return "-" if part is None else f"{100 * part:.1f} %"


def to_markdown(result: Evaluation) -> str:
    """Return the report on one model as Markdown."""
    lines = [f"# {result.name}", "", f"`{result.command}`", "", *_summary(result)]
    last = _last(result.one_pass)
    split = list(result.one_pass)[-1]
    lines += [
        "",
        f"## {split}, one pass",
        "",
        "| emotion | precision | recall | F1 | faces |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {c.name} | {c.precision:.2f} | {c.recall:.2f} | {c.f1:.2f} | {c.support} |"
        for c in last.classes
    ]
    lines += [
        "",
        "![confusion matrix](confusion.png)",
        "![ROC and precision-recall curves](curves.png)",
        "![reliability](reliability.png)",
        "",
    ]
    if result.end_to_end:
        lines += _end_to_end(result.end_to_end)
    return "\n".join(lines)


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
        "of the box's edge, on every side), classified. Protocol: `training/end_to_end.py`. The "
        "margin is compared on every third face of PublicTest; the last row is PrivateTest with "
        "the best of them.",
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
    lines = [
        "# The models",
        "",
        "| model | FER2013 | with mirror image | without duplicates | macro-F1 | ECE "
        "| FER+ majority | four classes | worst recall |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        s, both = _last(result.one_pass), _last(result.with_mirror)
        lines.append(
            f"| [{result.name}]({result.name}/report.md) | {percent(s.accuracy)} "
            f"| {percent(both.accuracy)} | {percent(s.without_duplicates)} "
            f"| {s.macro_f1:.3f} | {s.calibration_error:.3f} | {percent(s.ferplus)} "
            f"| {percent(s.four_class)} | {percent(s.worst_recall)} |"
        )
    return "\n".join(lines) + "\n"


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--weights", type=Path, nargs="+", required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--votes", type=Path, help="fer2013new.csv, for a CSV or folder")
    parser.add_argument("--out", type=Path, default=Path("reports"))
    parser.add_argument("--ensemble", action="store_true", help="the mean of all --weights too")
    parser.add_argument("--end-to-end", action="store_true", help="with the face detector too")
    return parser.parse_args(arguments)


@as_command
def main(arguments: list[str] | None = None) -> None:
    """Evaluate what the command line names."""
    options = parse(arguments)
    data = load(options.data, options.votes)
    models: dict[str, Predictor] = {
        path.name.replace(".", "_"): load_predictor(path) for path in options.weights
    }
    if options.ensemble:
        models["ensemble"] = Ensemble(list(models.values()))
    command = "python -m training.evaluate " + " ".join(arguments or sys.argv[1:])
    results: list[Evaluation] = []
    for name, model in models.items():
        out = options.out / name
        results.append(evaluate(name, command, model, data, out, options.end_to_end))
        print((out / "report.md").read_text(encoding="utf-8"))
    if len(results) > 1:
        write_text(options.out / "models.md", to_table(results))
        print(to_table(results))


if __name__ == "__main__":
    sys.exit(main())

"""Evaluate models: `python -m training.evaluate --weights weights/<file> --data <data set>`.

Each model's whole report goes to `reports/<model>/`: `report.json`, `report.md` and pictures. The
table of all models reported there, now or before, goes to `models.md` beside them. `--out` names
another folder than `reports`.
"""

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.labels import EMOTIONS
from emotion.face.detector import HaarDetector
from training.common import plots
from training.common.checkpoint import write_text
from training.common.errors import TrainingError, as_command, as_typed
from training.common.metrics import fit_temperature, reliability
from training.face.datasets import PRIVATE, PUBLIC, SPLITS, TRAINING, FaceSet, load
from training.face.datasets.checks import duplicates_of
from training.face.end_to_end import EndToEnd, end_to_end
from training.face.predictors import (
    Ensemble,
    Predictor,
    Probabilities,
    apart,
    average,
    by_name,
    calibrated,
    load_predictor,
    mirrored,
)
from training.face.report import (
    Calibration,
    Evaluation,
    last,
    read_report,
    read_reports,
    to_markdown,
    to_table,
)
from training.face.scores import Scores, score

MARGINS = (-0.1, -0.05, 0.0, 0.05, 0.1, 0.15)
"""Around the detector's box, compared on every third face of PublicTest."""
SERVED = 0.0
"""The margin that the app cuts out: none."""


@dataclasses.dataclass(frozen=True)
class Answers:
    """What a model says of the faces of one split."""

    one_pass: Probabilities
    of_mirror: Probabilities
    """Of the faces' mirror images."""

    @property
    def with_mirror(self) -> Probabilities:
        """The mean of each face and its mirror image."""
        return average([self.one_pass, self.of_mirror])

    def at(self, temperature: float) -> "Answers":
        """Return the answers with a temperature applied."""
        both = (self.one_pass, self.of_mirror)
        return Answers(*(calibrated(answer, temperature) for answer in both))


def ask(model: Predictor, data: FaceSet) -> dict[str, Answers]:
    """Collect a model's answers for PublicTest and PrivateTest, whichever there are, by name."""
    answers = {}
    for split in (PUBLIC, PRIVATE):
        images = list(data.split(split).images)
        if images:
            one, other = model.predict(images), model.predict(mirrored(images))
            answers[SPLITS[split]] = Answers(one, other)
    if not answers:
        raise TrainingError("data: has neither PublicTest nor PrivateTest faces to evaluate on")
    return answers


def together(members: Sequence[dict[str, Answers]]) -> dict[str, Answers]:
    """Return the answers of an ensemble: the mean of its members'."""
    return {
        split: Answers(
            average([member[split].one_pass for member in members]),
            average([member[split].of_mirror for member in members]),
        )
        for split in members[0]
    }


def evaluate(
    name: str,
    command: str,
    answers: dict[str, Answers],
    data: FaceSet,
    *,
    out: Path,
    with_detector: list[EndToEnd] | None = None,
    temperature: float | None = None,
    pictures: bool = True,
) -> Evaluation:
    """Score a model's answers for PublicTest and PrivateTest and write its report into `out`.

    Args:
        name: of the model.
        command: that evaluates it.
        answers: of the model as it was trained.
        data: what it answered for.
        out: folder of the report.
        with_detector: with the face detector in the loop; None keeps what a report in `out` says,
            where its model answered the same.
        temperature: that the model is served with; None fits one.
        pictures: whether to draw what the figures say.
    """
    calibration = _calibrate(answers, data, temperature)
    if temperature is not None:
        answers = {split: answer.at(temperature) for split, answer in answers.items()}
    training = data.split(TRAINING)
    one_pass, with_mirror = {}, {}
    for split, answer in answers.items():
        faces = data.split(SPLITS.index(split))
        duplicate = duplicates_of(faces, training)
        one_pass[split] = score(answer.one_pass, faces, duplicate)
        with_mirror[split] = score(answer.with_mirror, faces, duplicate)
    shown, split = last(one_pass), list(answers)[-1]
    if with_detector is None:
        with_detector = _previous_end_to_end(out, one_pass)
    result = Evaluation(
        name=name,
        command=command,
        one_pass=one_pass,
        with_mirror=with_mirror,
        end_to_end=with_detector,
        calibration=calibration,
    )
    fer, labels = answers[split].one_pass.fer, data.split(SPLITS.index(split)).labels
    if pictures:
        plots.confusion(np.array(shown.confusion), EMOTIONS, out / "confusion.png")
        plots.curves(fer, labels, out / "curves.png")
        plots.reliability(reliability(fer, labels), out / "reliability.png")
    write_text(out / "report.json", result.to_json())
    write_text(out / "report.md", to_markdown(result, pictures))
    return result


def _previous_end_to_end(out: Path, one_pass: dict[str, Scores]) -> list[EndToEnd]:
    """Return what an earlier report of the same model and faces measured with the detector."""
    try:
        before = read_report(out / "report.json")
    except TrainingError:
        return []
    if before is None or _tables(before.one_pass) != _tables(one_pass):
        return []
    return before.end_to_end


def _tables(scores: dict[str, Scores]) -> list[tuple[str, list[list[int]]]]:
    return [(split, score.confusion) for split, score in scores.items()]


def _calibrate(
    answers: dict[str, Answers], data: FaceSet, served: float | None
) -> Calibration | None:
    """Judge the temperature that is served, or one fitted on the first split, on the last.

    None where there is nothing but the last to fit one on.
    """
    splits = [(answer, data.split(SPLITS.index(split)).labels) for split, answer in answers.items()]
    if served is None and len(splits) == 1:
        return None
    (first, its_labels), (shown, labels) = splits[0], splits[-1]
    temperature = fit_temperature(first.one_pass.fer, its_labels) if served is None else served
    error = reliability(shown.at(temperature).one_pass.fer, labels).error
    return Calibration(temperature, error, fitted=served is None)


def compare_margins(model: Predictor, data: FaceSet) -> list[EndToEnd]:
    """Choose the margin around the detector's box on PublicTest, report it on PrivateTest.

    The last result is that of PrivateTest with the margin that is served.
    """
    detector = HaarDetector()
    every_third = data.split(PUBLIC).take(slice(None, None, 3))
    results = end_to_end(model, every_third, detector, MARGINS)
    best = max(results, key=lambda result: result.accuracy)
    margins = tuple(dict.fromkeys((best.margin, SERVED)))
    return [*results, *end_to_end(model, data.split(PRIVATE), detector, margins)]


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--weights", type=Path, nargs="+", required=True, help=".keras or .tflite")
    parser.add_argument("--data", type=Path, required=True, help="as for training.train")
    parser.add_argument("--votes", type=Path, help="fer2013new.csv, for a CSV or folder")
    parser.add_argument("--out", type=Path, default=Path("reports"), help="folder (%(default)s)")
    parser.add_argument("--ensemble", action="store_true", help="the mean of all --weights too")
    parser.add_argument("--end-to-end", action="store_true", help="with the face detector too")
    parser.add_argument(
        "--no-pictures", action="store_true", help="figures alone, as JSON and text"
    )
    return parser.parse_args(arguments)


@as_command
def main(arguments: list[str] | None = None) -> None:
    """Evaluate what the command line names."""
    options = parse(arguments)
    data = load(options.data, options.votes)
    if options.end_to_end:
        data.expect(PUBLIC, PRIVATE)
    paths = by_name(options.weights)
    trained = {name: apart(load_predictor(path)) for name, path in paths.items()}
    command = as_typed("training.evaluate", arguments)
    answers = {name: ask(model, data) for name, (model, _) in trained.items()}
    if options.ensemble:
        answers["ensemble"] = together(list(answers.values()))
        trained["ensemble"] = (Ensemble([model for model, _ in trained.values()]), None)
    for name, (model, temperature) in trained.items():
        out = options.out / name
        with_detector = compare_margins(model, data) if options.end_to_end else None
        evaluate(
            name,
            command,
            answers[name],
            data,
            out=out,
            with_detector=with_detector,
            temperature=temperature,
            pictures=not options.no_pictures,
        )
        print((out / "report.md").read_text(encoding="utf-8"))
    reports = read_reports(options.out)
    if len(reports) > 1:
        table = to_table(reports)
        write_text(options.out / "models.md", table)
        print(table)

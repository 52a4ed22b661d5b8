"""The report of the speech model: JSON, Markdown and pictures in `reports/speech/`."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from emotion.voice.sidecar import LABELS
from training.common import metrics, plots
from training.common.checkpoint import write_text
from training.common.errors import TrainingError
from training.common.report_writer import render
from training.voice.evaluate import (
    CHOSEN_ON,
    Answers,
    KnownSpeakers,
    Scores,
    calibrated,
    score,
)

ACTORS = "actors never heard, five folds"
CHANCE = "random 80/20 splits, actors known"
KNOWN = "random 80/20 splits of the five classes, a model made for known speakers, not shipped"
LEAK = "random 80/20 splits of clips **and copies**: copies of tested clips are learned from"
TARGETS = (("8 classes", ACTORS, 66.0), ("5 classes", ACTORS, 74.0), ("5 classes", CHANCE, 97.5))
BASELINES = {("8 classes", ACTORS): 50.7, ("5 classes", ACTORS): 57.9, ("5 classes", CHANCE): 81.0}
"""An SVM on MFCC statistics, as given with the task."""


@dataclass(frozen=True)
class Report:
    """All figures of the speech model, as `scores.json` has them."""

    command: str
    protocols: list[Scores]
    known_speakers: KnownSpeakers | None = None
    """None where `training.experiments.known_speakers` has not been run."""

    def write(self, folder: Path) -> str:
        """Write `scores.json` and `report.md`, and return the latter."""
        text = to_markdown(self.protocols, self.known_speakers, self.command)
        content: dict[str, Any] = {
            "command": self.command,
            "labels": LABELS,
            "protocols": [dataclasses.asdict(scores) for scores in self.protocols],
        }
        if self.known_speakers:
            known_speakers = dataclasses.asdict(self.known_speakers)
            content["known_speakers"] = {"protocol": KNOWN, **known_speakers}
        write_text(folder / "scores.json", json.dumps(content, indent=1) + "\n")
        write_text(folder / "report.md", text)
        return text


def read(folder: Path) -> Report:
    """Read what `Report.write` wrote.

    Raises:
        TrainingError: it is missing or damaged.
    """
    path = folder / "scores.json"
    try:
        return TypeAdapter(Report).validate_json(path.read_bytes())
    except OSError as error:
        raise TrainingError(f"speech: evaluate first: {error}") from error
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise TrainingError(
            f"speech: '{path}' is no report: {where}: {problem['msg']}; evaluate anew"
        ) from error


def previous_known_speakers(folder: Path) -> KnownSpeakers | None:
    """Return what an earlier report says of known speakers; None where there is none."""
    return read(folder).known_speakers if (folder / "scores.json").is_file() else None


def add_known_speakers(folder: Path, known_speakers: KnownSpeakers) -> str:
    """Put the figures of known speakers into a report, and return its Markdown."""
    return dataclasses.replace(read(folder), known_speakers=known_speakers).write(folder)


def write(
    folder: Path,
    by_actors: Answers,
    by_chance: Answers,
    known_speakers: KnownSpeakers | None,
    command: str,
) -> str:
    """Score the answers, write everything into `folder` and return the Markdown."""
    both = [score(ACTORS, by_actors), score(CHANCE, by_chance)]
    text = Report(command, both, known_speakers).write(folder)
    for name, answers, scores in zip(
        ("actors", "random"), (by_actors, by_chance), both, strict=True
    ):
        plots.confusion(
            np.array(scores.confusion), LABELS, folder / f"confusion_{name}.png", "clips"
        )
        groups = metrics.reliability(calibrated(answers), answers.labels)
        plots.reliability(groups, folder / f"calibration_{name}.png")
    return text


def to_markdown(both: list[Scores], known_speakers: KnownSpeakers | None, command: str) -> str:
    """Return the report as Markdown."""
    by_name = {scores.protocol: scores for scores in both}
    rows = [
        _row(classes, by_name[protocol], target)
        for classes, protocol, target in (*TARGETS, ("8 classes", CHANCE, None))
    ]
    if known_speakers:
        rows.append(Row("5 classes", KNOWN, known_speakers.each, target_percent=TARGETS[2][2]))
        rows.append(Row("5 classes", LEAK, known_speakers.leaked))
    fold = CHOSEN_ON[1]
    by_actors = by_name[ACTORS]
    return render(
        Path(__file__).with_name("report.md.jinja"),
        command=command,
        rows=rows,
        both=both,
        actors=ACTORS,
        chosen_on=fold,
        others={
            "eight": float(np.mean(np.delete(by_actors.each, fold))),
            "five": float(np.mean(np.delete(by_actors.five_each, fold))),
        },
        known_speakers=known_speakers,
        deviation=float(np.std(known_speakers.each)) if known_speakers else None,
    )


@dataclass(frozen=True)
class Row:
    """A row of the report's table; parts of 1, baseline and target in per cent."""

    classes: str
    protocol: str
    each: list[float]
    """Of every fold or split."""
    baseline_percent: float | None = None
    target_percent: float | None = None

    @property
    def accuracy(self) -> float:
        return float(np.mean(self.each))

    @property
    def baseline(self) -> str:
        return "-" if self.baseline_percent is None else f"{self.baseline_percent:.1f} %"

    @property
    def verdict(self) -> str:
        """The target, and whether it was reached."""
        target = self.target_percent
        if target is None:
            return "-"
        return f"{target:.1f} %, {'reached' if 100 * self.accuracy >= target else 'missed'}"


def _row(classes: str, scores: Scores, target: float | None) -> Row:
    each = scores.each if classes == "8 classes" else scores.five_each
    baseline = BASELINES.get((classes, scores.protocol))
    return Row(classes, scores.protocol, each, baseline_percent=baseline, target_percent=target)

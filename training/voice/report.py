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
            known = dataclasses.asdict(self.known_speakers)
            content["known_speakers"] = {"protocol": KNOWN, **known}
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


def known_before(folder: Path) -> KnownSpeakers | None:
    """Return what an earlier report says of known speakers; None where there is none."""
    return read(folder).known_speakers if (folder / "scores.json").is_file() else None


def add_known_speakers(folder: Path, known: KnownSpeakers) -> str:
    """Put the figures of known speakers into a report, and return its Markdown."""
    return dataclasses.replace(read(folder), known_speakers=known).write(folder)


def write(
    folder: Path, by_actors: Answers, by_chance: Answers, known: KnownSpeakers | None, command: str
) -> str:
    """Score the answers, write everything into `folder` and return the Markdown."""
    both = [score(ACTORS, by_actors), score(CHANCE, by_chance)]
    text = Report(command, both, known).write(folder)
    for name, answers, scores in zip(
        ("actors", "random"), (by_actors, by_chance), both, strict=True
    ):
        plots.confusion(
            np.array(scores.confusion), LABELS, folder / f"confusion_{name}.png", "clips"
        )
        groups = metrics.reliability(calibrated(answers), answers.labels)
        plots.reliability(groups, folder / f"calibration_{name}.png")
    return text


def to_markdown(both: list[Scores], known: KnownSpeakers | None, command: str) -> str:
    """Return the report as Markdown."""
    lines = [
        "# Emotion of a voice, RAVDESS",
        "",
        f"`{command}`",
        "",
        "All 1,440 clips of 24 actors; each figure is of clips that the network had not learned "
        "from. In the first protocol it had never heard the **actor** either. In the second a "
        "random fifth is left out, so that it knows the actor, and often the same sentence said "
        "the same way a second time: **that figure says little about a new voice**, and is here "
        "because others report it.",
        "",
        "| classes | protocol | accuracy | each | SVM on MFCC statistics | target |",
        "|---|---|---|---|---|---|",
    ]
    by_name = {scores.protocol: scores for scores in both}
    rows = [*TARGETS, ("8 classes", CHANCE, None)]
    lines += [_row(classes, by_name[protocol], target) for classes, protocol, target in rows]
    target = TARGETS[2][2]
    of_known = ((KNOWN, known.each, target), (LEAK, known.leaked, None)) if known else ()
    for protocol, each, wanted in of_known:
        lines.append(_line("5 classes", protocol, float(np.mean(each)), each, None, wanted))
    lines += [
        "",
        "5 classes: happy, sad, calm, angry, neutral; the clips of those, the answer being the "
        "likeliest of the five. Chance is 13.3 % of eight (the largest class), 22.2 % of five.",
        "",
        _choice(by_name[ACTORS]),
    ]
    if known:
        lines += ["", *_known(known)]
    for scores in both:
        lines += ["", *_details(scores)]
    return "\n".join(lines) + "\n"


def _choice(scores: Scores) -> str:
    """Say which fold was seen while choosing, and what the others give."""
    seen = CHOSEN_ON[1]
    others = [index for index in range(len(scores.each)) if index != seen]
    eight, five = (
        100 * float(np.mean([each[index] for index in others]))
        for each in (scores.each, scores.five_each)
    )
    return (
        f"Features and recipe were chosen on the actors of fold {seen + 1} (see "
        "training/README.md), so that its figure is a little too good; the other folds average "
        f"{eight:.1f} % of eight and {five:.1f} % of five classes."
    )


def _known(known: KnownSpeakers) -> list[str]:
    """Say what the last two rows of the table are."""
    among = ", ".join(known.labels)
    shown = "; ".join(
        f"{label}: {' '.join(map(str, row))}"
        for label, row in zip(known.labels, known.confusion, strict=True)
    )
    return [
        "The last but one is the most that was made of a random split "
        "(`training/experiments/known_speakers.py`): it learns from the five classes alone, tells "
        "who speaks, measures each voice against that speaker's own, and keeps templates of each "
        "actor's emotions. It knows nothing of a new voice and does not ship. No clip, nor a copy "
        f"of one, is learned from and tested; {len(known.each)} splits, deviation "
        f"{100 * float(np.std(known.each)):.1f} points; the recipe was chosen on other splits of "
        "the same clips. Told by all splits together (rows are the truth, columns "
        f"{among}): {shown}.",
        "",
        "The last row is a mistake, made on purpose: two altered copies of each clip are made "
        "first and the split after that, so that the test asks for clips which it has learned "
        "from at another speed. One discriminant of actors and emotions is enough for it. Figures "
        "of 97 % and more that are published for RAVDESS without saying how copies were kept "
        "apart may be of this kind; it says nothing about emotions.",
    ]


def _row(classes: str, scores: Scores, target: float | None) -> str:
    value, each = (
        (scores.accuracy, scores.each)
        if classes == "8 classes"
        else (scores.five, scores.five_each)
    )
    baseline = BASELINES.get((classes, scores.protocol))
    return _line(classes, scores.protocol, value, each, baseline, target)


def _line(
    classes: str,
    protocol: str,
    value: float,
    each: list[float],
    baseline: float | None,
    target: float | None,
) -> str:
    if target is None:
        verdict = "-"
    else:
        verdict = f"{target:.1f} %, {'reached' if 100 * value >= target else 'missed'}"
    return (
        f"| {classes} | {protocol} | **{100 * value:.1f} %** "
        f"| {', '.join(f'{100 * part:.1f}' for part in each)} "
        f"| {f'{baseline:.1f} %' if baseline else '-'} | {verdict} |"
    )


def _details(scores: Scores) -> list[str]:
    name = "actors" if scores.protocol == ACTORS else "random"
    return [
        f"## {scores.protocol[0].upper()}{scores.protocol[1:]}",
        "",
        f"Macro-F1 {100 * scores.macro_f1:.1f} %; as the project's seven emotions, calm counted as "
        f"neutral, {100 * scores.seven:.1f} %; expected calibration error "
        f"{scores.calibration_error:.3f} (15 bins), with the temperature that the other "
        "folds or splits give.",
        "",
        "| class | precision | recall | F1 | clips |",
        "|---|---|---|---|---|",
        *(
            f"| {report.name} | {100 * report.precision:.1f} % | {100 * report.recall:.1f} % "
            f"| {100 * report.f1:.1f} % | {report.support} |"
            for report in scores.classes
        ),
        "",
        f"![confusion](confusion_{name}.png) ![calibration](calibration_{name}.png)",
    ]

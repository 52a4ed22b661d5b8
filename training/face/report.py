"""The report on one model, and the table of several, as Markdown and JSON."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from training.common.errors import TrainingError
from training.common.report_writer import render
from training.face.end_to_end import EndToEnd
from training.face.scores import Scores

TEMPLATES = Path(__file__).parent
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
    def from_mapping(cls, fields: Any) -> "Evaluation":
        """Rebuild an evaluation from what `to_json` wrote, parsed.

        Raises:
            ValidationError: it is none.
        """
        return TypeAdapter(cls).validate_python(fields)


def read_report(path: Path) -> Evaluation | None:
    """Read a face model's `report.json`; None where it is of another part of Affectune.

    Raises:
        TrainingError: it is missing or damaged.
    """
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return Evaluation.from_mapping(fields) if "one_pass" in fields else None
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise TrainingError(
            f"'{path}' is not a report: {where}: {problem['msg']}; evaluate it anew"
        ) from error
    except (OSError, ValueError, TypeError) as error:
        raise TrainingError(f"'{path}' is not a report: {error}; evaluate it anew") from error


def read_reports(folder: Path) -> list[Evaluation]:
    """Read every face model's `report.json` below a folder, in the order of `PREDECESSORS`.

    Raises:
        TrainingError: a report is damaged.
    """
    reports = (read_report(path) for path in sorted(folder.glob("*/report.json")))
    order = {kind: place for place, kind in enumerate(PREDECESSORS)}
    return sorted(
        filter(None, reports), key=lambda evaluation: order.get(evaluation.kind, len(order))
    )


def last(scores: dict[str, Scores]) -> Scores:
    """Return the scores of PrivateTest, or of PublicTest where it is all there is."""
    return list(scores.values())[-1]


def to_markdown(result: Evaluation, pictures: bool = True) -> str:
    """Return the report on one model as Markdown, with the pictures beside it or without."""
    return render(
        TEMPLATES / "report.md.jinja",
        result=result,
        split=list(result.one_pass)[-1],
        shown=last(result.one_pass),
        pictures=pictures,
    )


def to_table(results: Sequence[Evaluation]) -> str:
    """Return one row a model, on the last split there is, as Markdown."""
    rows = [
        {
            "result": result,
            "predecessors": PREDECESSORS.get(result.kind, "-"),
            "split": list(result.one_pass)[-1],
            "scores": last(result.one_pass),
            "with_mirror": last(result.with_mirror),
        }
        for result in results
    ]
    return render(TEMPLATES / "models.md.jinja", usual=list(results[0].one_pass)[-1], rows=rows)

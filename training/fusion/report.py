"""The report on the fusion of face and voice: JSON, Markdown and a picture in `reports/fusion/`."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.labels import EMOTIONS
from emotion.fusion import CONFIDENT
from emotion.voice.recogniser import CONFIDENT as CONFIDENT_VOICE
from training.common import plots
from training.common.checkpoint import write_text
from training.common.metrics import accuracy, class_reports, confusion, reliability
from training.common.report_writer import render


@dataclass(frozen=True)
class Score:
    """Figures of one method, parts of 1."""

    accuracy: float
    macro_recall: float
    """Mean recall of the seven: FER2013 holds 16 happy faces to one of disgust."""
    calibration_error: float

    @classmethod
    def of(cls, probabilities: np.ndarray, labels: np.ndarray) -> "Score":
        reports = class_reports(confusion(probabilities, labels), EMOTIONS)
        recall = float(np.mean([report.recall for report in reports if report.support]))
        error = reliability(probabilities, labels).error
        return cls(accuracy(probabilities, labels), recall, error)


@dataclass(frozen=True, kw_only=True)
class Report:
    """All figures of one run of `training.fusion`, as `report.json` has them; parts of 1."""

    command: str
    pairs: int
    """Judged on, of all folds."""
    chosen: str
    """The method that is right more often on the pairs held out of PublicTest."""
    scores: Mapping[str, Sequence[Score]]
    """By method, one for each fold."""
    noise: Mapping[str, float]
    """Accuracy where the faces are noise, by method."""
    noise_unsure: float
    """Part of the noise that is called unsure, and so left out."""

    def mean(self, method: str, figure: str = "accuracy") -> float:
        return float(np.mean([getattr(score, figure) for score in self.scores[method]]))

    def spread(self, method: str) -> float:
        """Return the standard deviation of the accuracy over the folds."""
        return float(np.std([score.accuracy for score in self.scores[method]]))

    @property
    def served(self) -> str:
        """What ships, under its name in `scores`."""
        return f"{self.chosen}, as served"

    @property
    def better_alone(self) -> float:
        """Accuracy of the better one of the two modalities."""
        return max(self.mean("face alone"), self.mean("voice alone"))

    @property
    def gain(self) -> float:
        """What the fusion that ships is worth above the better modality."""
        return self.mean(self.served) - self.better_alone


def to_json(report: Report) -> str:
    """Return the report as JSON text."""
    return json.dumps(dataclasses.asdict(report), indent=1) + "\n"


def to_markdown(report: Report) -> str:
    """Return the report as Markdown."""
    rows = [
        {
            "method": method,
            "figures": (
                report.mean(method),
                report.spread(method),
                report.mean(method, "macro_recall"),
                report.mean(method, "calibration_error"),
                report.noise[method],
            ),
        }
        for method in report.scores
    ]
    return render(
        Path(__file__).with_name("report.md.jinja"),
        report=report,
        rows=rows,
        confident=CONFIDENT,
        confident_voice=CONFIDENT_VOICE,
    )


def write(report: Report, table: np.ndarray, folder: Path) -> str:
    """Write `report.json`, `report.md` and `confusion.png`, and return the Markdown.

    Args:
        table: int (7, 7), the confusion of what ships.
    """
    text = to_markdown(report)
    write_text(folder / "report.json", to_json(report))
    write_text(folder / "report.md", text)
    plots.confusion(table, EMOTIONS, folder / "confusion.png", things="pairs")
    return text

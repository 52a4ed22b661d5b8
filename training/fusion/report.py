"""What came of judging the fusion of face and voice, and how it is told."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from core.labels import EMOTIONS
from emotion.fusion import CONFIDENT
from emotion.voice.recogniser import CONFIDENT as CONFIDENT_VOICE
from training.common import plots
from training.common.checkpoint import write_text
from training.common.metrics import accuracy, class_reports, confusion, reliability

Answers = dict[str, np.ndarray]
"""float32 (n, 7) by method."""


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


@dataclass(frozen=True)
class Result:
    """Everything measured."""

    scores: dict[str, list[Score]]
    """By method, one for each fold."""
    noise: dict[str, float]
    """Accuracy where the faces are noise."""
    noise_unsure: float
    """Part of the noise that is called unsure, and so left out."""
    chosen: str
    """The method that is right more often on the pairs held out of PublicTest."""
    labels: np.ndarray
    answers: Answers
    """Of all folds, one behind the other."""

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


def to_markdown(result: Result, command: str) -> str:
    """Return the report."""
    gain = result.mean(result.served) - result.better_alone
    lines = [
        "# Fusion of face and voice",
        "",
        f"`{command}`",
        "",
        "A pair is a face of FER2013 and a clip of RAVDESS with the same emotion: **two different",
        "people**. Given the emotion, such a face and voice know nothing of each other, which one",
        "person's do; so this says how the two are combined, not how well the emotion of a person",
        "is told. Learned on PublicTest faces and the clips of other folds' actors, judged on",
        f"PrivateTest faces and the fifth fold's, {len(result.labels)} pairs in all. Voices'",
        "probabilities are those of models that had not heard the actor.",
        "",
        "| % | right | deviation over folds | mean recall | calibration error | face is noise |",
        "| :-- | --: | --: | --: | --: | --: |",
    ]
    for name in result.scores:
        figures = (
            result.mean(name),
            result.spread(name),
            result.mean(name, "macro_recall"),
            result.mean(name, "calibration_error"),
            result.noise[name],
        )
        lines.append(f"| {name} | " + " | ".join(f"{100 * f:.1f}" for f in figures) + " |")
    lines += [
        "",
        f"Shipped: **{result.chosen}**, chosen on PublicTest faces and actors that were held out:",
        f"{100 * gain:.1f} points above the better one alone. As served, the word is left to the",
        f"one that is sure where the other is not (below {CONFIDENT:.2f} for a face, "
        f"{CONFIDENT_VOICE:.2f} for a voice), and where",
        "the other is missing. In the last column pictures of nothing stand in for the faces;",
        f"{100 * result.noise_unsure:.0f} % of them are unsure and so left out.",
        "",
        "![confusion of what ships](confusion.png)",
    ]
    return "\n".join(lines) + "\n"


def report(result: Result, out: Path, command: str) -> None:
    """Write `report.md`, `report.json` and the confusion of what ships into `out`."""
    figures = {
        "chosen": result.chosen,
        "scores": {n: [asdict(score) for score in scores] for n, scores in result.scores.items()},
        "noise": result.noise,
        "noise_unsure": result.noise_unsure,
    }
    write_text(out / "report.json", json.dumps(figures, indent=1) + "\n")
    write_text(out / "report.md", to_markdown(result, command))
    table = confusion(result.answers[result.served], result.labels)
    plots.confusion(table, EMOTIONS, out / "confusion.png", things="pairs")

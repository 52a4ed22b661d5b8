"""How good it is: what training and evaluation wrote into reports/, as a page."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from flask import Blueprint, Response, render_template, send_from_directory

from config import ROOT
from web.errors import RequestError
from web.services import services

REPORTS = ROOT / "reports"
PICTURES = ("confusion.png", "curves.png", "reliability.png", "confusion_actors.png")

blueprint = Blueprint("model_report", __name__)


@blueprint.get("/how-good")
def model_report() -> str:
    """Show the report of the face model in use, or say that it has none."""
    weights = services().model.file
    name = weights.replace(".", "_")
    report = read_report(REPORTS / name / "report.json")
    pictures = [picture for picture in PICTURES if (REPORTS / name / picture).is_file()]
    return render_template(
        "model_report.html",
        weights=weights,
        name=name,
        report=report,
        pictures=pictures,
        others=list(read_others(REPORTS)),
    )


@blueprint.get("/reports/<name>/<picture>")
def picture(name: str, picture: str) -> Response:
    """Answer one picture of a report."""
    if picture not in PICTURES:
        raise RequestError(f"There is nothing at /reports/{name}/{picture}.", "not_found", 404)
    return send_from_directory(REPORTS, f"{name}/{picture}", max_age=3600)


@dataclass(frozen=True, kw_only=True)
class Score:
    """How one of the models beside the face's does at its task."""

    task: str
    protocol: str
    accuracy: float
    macro_f1: float | None
    calibration_error: float
    picture: str
    """Of its confusion matrix, below `/reports/`."""


def read_report(path: Path) -> dict[str, Any] | None:
    """Return a report's figures in the shape the page shows; None where there is none.

    Returns:
        `command`; `protocols`, name and scores each; `classes` and `confusion` of PrivateTest in
        one pass, the latter's rows as shares of the true class; `end_to_end`, PrivateTest with
        the face detector in the loop as the app has it, None where that was not measured.
    """
    report = _read(path)
    if report is None:
        return None
    private = report["one_pass"]["PrivateTest"]
    rows = [[count / max(1, sum(counts)) for count in counts] for counts in private["confusion"]]
    protocols = [
        (f"{split}, {words}", scores)
        for words, key in (("one pass", "one_pass"), ("with mirror image", "with_mirror"))
        for split, scores in report[key].items()
    ]
    return {
        "command": report["command"],
        "protocols": protocols,
        "classes": private["classes"],
        "confusion": rows,
        "end_to_end": (report.get("end_to_end") or [None])[-1],
    }


def read_others(reports: Path) -> Iterator[Score]:
    """Yield the scores of the voice, of face and voice together, and of songs, where reported.

    Args:
        reports: the folder of reports.
    """
    for entry in (_read(reports / "speech" / "scores.json") or {}).get("protocols", ()):
        yield Score(
            task=f"Voice, {len(entry['classes'])} emotions",
            protocol=f"{entry['clips']:,} clips of RAVDESS, {entry['protocol']}",
            accuracy=entry["accuracy"],
            macro_f1=entry["macro_f1"],
            calibration_error=entry["calibration_error"],
            picture="speech/confusion_actors.png",
        )
    fusion = _read(reports / "fusion" / "report.json")
    if fusion:
        folds = fusion["scores"][f"{fusion['chosen']}, as served"]
        yield Score(
            task="Face and voice together",
            protocol=f"pairs of different people, {len(folds)} folds",
            accuracy=mean(fold["accuracy"] for fold in folds),
            macro_f1=None,
            calibration_error=mean(fold["calibration_error"] for fold in folds),
            picture="fusion/confusion.png",
        )
    songs = _read(reports / "song_mood" / "report.json")
    if songs:
        shipped = songs["calibrated"]
        yield Score(
            task=f"Mood of a song, {len(songs['by_mood'])} moods",
            protocol=f"{songs['songs']:,} songs, 5 folds, {shipped['repeats']} times",
            accuracy=shipped["accuracy"],
            macro_f1=shipped["macro_f1"],
            calibration_error=shipped["calibration_error"],
            picture="song_mood/confusion.png",
        )


def _read(path: Path) -> dict[str, Any] | None:
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return report if isinstance(report, dict) else None

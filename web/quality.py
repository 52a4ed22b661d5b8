"""How good it is: what `training.evaluate` wrote into reports/, as a page."""

import json
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, render_template, send_from_directory

from config import ROOT
from web.errors import RequestError
from web.services import services

REPORTS = ROOT / "reports"
PICTURES = ("confusion.png", "curves.png", "reliability.png")

blueprint = Blueprint("quality", __name__)


@blueprint.get("/how-good")
def how_good() -> str:
    """Show the report of the face model in use, or say that it has none."""
    weights = services().model.file
    name = weights.replace(".", "_")
    report = read_report(REPORTS / name / "report.json")
    pictures = [picture for picture in PICTURES if (REPORTS / name / picture).is_file()]
    return render_template(
        "how_good.html", weights=weights, name=name, report=report, pictures=pictures
    )


@blueprint.get("/reports/<name>/<picture>")
def picture(name: str, picture: str) -> Response:
    """Answer one picture of a report."""
    if picture not in PICTURES:
        raise RequestError(f"There is nothing at /reports/{name}/{picture}.", "not_found", 404)
    return send_from_directory(REPORTS, f"{name}/{picture}", max_age=3600)


def read_report(path: Path) -> dict[str, Any] | None:
    """Return a report's figures in the shape the page shows; None where there is none.

    Returns:
        `command`; `protocols`, name and scores each; `classes` and `confusion` of PrivateTest in
        one pass, the latter's rows as shares of the true class; `end_to_end`, PrivateTest with
        the face detector in the loop, None where that was not measured.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
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

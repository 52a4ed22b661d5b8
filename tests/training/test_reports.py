"""What is told about the face models: texts, tables and sidecar against the reports' figures."""

import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from emotion.face.sidecar import FaceSidecar
from inference.sidecar import load_sidecar
from tests.conftest import ROOT
from training.common.metrics import accuracy
from training.common.report_writer import percent
from training.face import explore
from training.face.datasets import PRIVATE, load
from training.face.datasets.checks import check
from training.face.predictors import load_predictor
from training.face.report import Evaluation, last, read_reports, to_markdown, to_table
from training.fusion import report as fusion_report
from training.songs import mood_report, sound_report
from training.voice import report as voice_report

SHIPPED = ROOT / "weights" / "efficientnetb3.tflite"
SHIPPED_REPORT = ROOT / "reports" / "efficientnetb3_tflite"
"""The one whose pictures the page shows; those of other models are not tracked."""
REPORTS = [
    SHIPPED_REPORT,
    *(path.parent for path in sorted((ROOT / "reports" / "models").glob("*/report.json"))),
]


def evaluation(folder: Path) -> Evaluation:
    return Evaluation.from_mapping(json.loads((folder / "report.json").read_text()))


@pytest.mark.parametrize("folder", REPORTS, ids=lambda folder: folder.name)
def test_a_report_says_what_was_measured(folder: Path) -> None:
    text = (folder / "report.md").read_text()
    shown = folder == SHIPPED_REPORT
    assert text == to_markdown(evaluation(folder), pictures=shown)
    for picture in ("confusion.png", "curves.png", "reliability.png"):
        assert (f"({picture})" in text) == shown
        if shown:
            assert (folder / picture).read_bytes()[1:4] == b"PNG"


def test_the_report_on_voices_says_what_its_figures_say(tmp_path: Path) -> None:
    folder = ROOT / "reports" / "speech"
    voice_report.read(folder).write(tmp_path)
    for name in ("report.md", "scores.json"):
        assert (tmp_path / name).read_text() == (folder / name).read_text()


def test_the_report_on_songs_says_what_its_figures_say() -> None:
    folder = ROOT / "reports" / "song_mood"
    report = TypeAdapter(mood_report.Report).validate_json((folder / "report.json").read_bytes())
    assert mood_report.to_json(report) == (folder / "report.json").read_text()
    assert mood_report.to_markdown(report) == (folder / "report.md").read_text()


def test_the_report_on_fusion_says_what_its_figures_say() -> None:
    folder = ROOT / "reports" / "fusion"
    report = TypeAdapter(fusion_report.Report).validate_json((folder / "report.json").read_bytes())
    assert fusion_report.to_json(report) == (folder / "report.json").read_text()
    assert fusion_report.to_markdown(report) == (folder / "report.md").read_text()


def test_the_report_on_sound_says_what_its_figures_say() -> None:
    folder = ROOT / "reports" / "song_mood"
    content = (folder / "sound.json").read_bytes()
    report = TypeAdapter(sound_report.SoundReport).validate_json(content)
    assert json.loads(sound_report.to_json(report)) == json.loads(content)
    assert sound_report.to_markdown(report) == (folder / "sound.md").read_text()


def test_the_report_on_the_data_says_what_they_are(fer2013: Path) -> None:
    path = fer2013 / "fer2013.npz"
    faces = load(path)
    command = "python -m training.explore --data ../shared/data/fer2013/fer2013.npz"
    text = explore.to_markdown(
        path.name, command, faces, pictures=explore.kinds(path, faces), findings=check(faces)
    )
    assert text == (ROOT / "reports" / "data.md").read_text()


def test_the_reports_beside_those_of_other_parts_can_be_read() -> None:
    assert [report.name for report in read_reports(ROOT / "reports")] == ["efficientnetb3_tflite"]


def test_the_table_lists_every_report() -> None:
    models = ROOT / "reports" / "models"
    assert (models / "models.md").read_text() == to_table(read_reports(models))


@pytest.mark.parametrize("text", ["docs/accuracy.md", "docs/training.md"])
def test_the_pages_give_the_figures_of_what_ships(text: str) -> None:
    one_pass = evaluation(REPORTS[0]).one_pass
    public, private = one_pass["PublicTest"], one_pass["PrivateTest"]
    shown = [line.split("|")[-3:-1] for line in (ROOT / text).read_text().splitlines()]
    rows = [[cell.strip() for cell in cells] for cells in shown if len(cells) == 2]
    for figure in ("accuracy", "without_duplicates", "ferplus", "four_class", "ferplus_four"):
        assert [percent(getattr(split, figure)) for split in (public, private)] in rows
    for figure in ("macro_f1", "calibration_error"):
        assert [f"{getattr(split, figure):.3f}" for split in (public, private)] in rows


def test_the_sidecar_has_the_figures_of_the_report() -> None:
    private = last(evaluation(REPORTS[0]).one_pass)
    metrics = load_sidecar(SHIPPED, FaceSidecar).metrics
    assert metrics["fer2013_private"] == pytest.approx(private.accuracy, abs=5e-5)
    assert metrics["ferplus_private"] == pytest.approx(private.ferplus, abs=5e-5)
    assert metrics["ece_private"] == pytest.approx(private.calibration_error, abs=5e-5)


def test_what_ships_scores_what_is_told(fer2013: Path) -> None:
    private = load(fer2013 / "fer2013.npz").split(PRIVATE)
    answer = load_predictor(SHIPPED).predict(list(private.images))
    reported = last(evaluation(REPORTS[0]).one_pass).accuracy
    # Another processor's arithmetic may decide a few close calls otherwise.
    assert accuracy(answer.fer, private.labels) == pytest.approx(reported, abs=0.002)

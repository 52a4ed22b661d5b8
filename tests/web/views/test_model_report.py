"""The page that says how good it is: figures that agree with the reports, or none."""

import json

import pytest

from tests.conftest import ROOT
from tests.web.conftest import make_services
from web.app import create_app
from web.views import model_report as quality

REPORTS = ROOT / "reports"


@pytest.fixture
def client():
    return create_app(make_services()).test_client()


def test_the_other_models_are_told_as_reported(client):
    speech = json.loads((REPORTS / "speech" / "scores.json").read_text(encoding="utf-8"))
    songs = json.loads((REPORTS / "song_mood" / "report.json").read_text(encoding="utf-8"))
    text = client.get("/how-good").text.replace("&nbsp;", " ")
    for share in (speech["protocols"][0]["accuracy"], songs["calibrated"]["accuracy"]):
        assert f"{100 * share:.1f} %" in text
    assert "actors never heard" in text


def test_their_matrices_can_be_looked_at(client):
    for score in quality.read_others(REPORTS):
        with client.get(f"/reports/{score.picture}") as response:
            assert response.mimetype == "image/png"


def test_what_has_no_report_is_left_out(client, monkeypatch, tmp_path):
    monkeypatch.setattr(quality, "REPORTS", tmp_path)
    text = client.get("/how-good").text
    assert "There is no report for the model in use" in text
    assert "The other models" not in text


@pytest.mark.parametrize("path", ["speech/report.md", "../main.py", "speech/..%2f..%2fmain.py"])
def test_nothing_else_of_the_folder_is_served(client, path):
    with client.get(f"/reports/{path}") as response:
        assert response.status_code == 404


def test_a_figure_that_could_not_be_measured_is_left_empty(monkeypatch, tmp_path):
    services = make_services()
    name = services.model.file.replace(".", "_")
    report = json.loads((REPORTS / "efficientnetb3_tflite" / "report.json").read_text("utf-8"))
    for scores in (*report["one_pass"].values(), *report["with_mirror"].values()):
        scores.update(without_duplicates=None, ferplus=None, four_class=None)
    (tmp_path / name).mkdir()
    (tmp_path / name / "report.json").write_text(json.dumps(report), "utf-8")
    monkeypatch.setattr(quality, "REPORTS", tmp_path)
    answer = create_app(services).test_client().get("/how-good")
    assert answer.status_code == 200
    assert "71.1 %" in answer.text.replace("&nbsp;", " ")

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from emotion.face.recogniser import LiteRTRecogniser
from emotion.face.sidecar import FaceSidecar
from inference.sidecar import load_sidecar
from tests.conftest import ROOT
from tests.training.conftest import QUICK, make_faces
from training.common.metrics import log_loss, reliability
from training.face import evaluate, export, teach
from training.face.datasets import PRIVATE, TRAINING, FaceSet
from training.face.models import build, deployable
from training.face.predictors import Ensemble, KerasPredictor, LiteRTPredictor
from training.face.targets import make_targets
from training.face.teach import Teachers
from training.face.trainer import Batches, FaceTrainer, compile_trainer, make_optimizer

# Keras 3.15 reads its variables in a way that NumPy 2 deprecates, when it saves a model.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SIZE = 32


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network that has learned the drawn faces."""
    keras.utils.set_random_seed(1)
    training = make_faces().split(TRAINING)
    trainer = FaceTrainer(build(QUICK), training.images, QUICK)
    trainer.size = SIZE
    compile_trainer(trainer, make_optimizer(QUICK))
    targets = make_targets(training.labels, training.votes, 0.0, 0.0)
    for epoch in range(60):  # the moving averages of normalisation need their time
        for rows, answers, weights in Batches(targets, 14, seed=1, epoch=epoch):
            trainer.train_on_batch(rows, answers, sample_weight=weights)
    path = tmp_path_factory.mktemp("trained") / "best.keras"
    deployable(trainer.network, QUICK, SIZE).save(path)
    return path


@pytest.fixture
def trained(tmp_path: Path, trained_once: Path) -> Path:
    """The trained network, in a folder by whose name it is reported."""
    return shutil.copy(trained_once, tmp_path / "best.keras")


def test_the_report_has_a_row_for_each_format() -> None:
    one = export.Parity("float16", 21.54, 0.7101, 0.00028, 0.01046, 2.63)
    other = export.Parity("int8", 12.5, 0.656, -0.0538, 0.751, 0.84)
    text = export.to_markdown("python -m training.export --ship int8", [one, other])
    assert text.startswith("# The exported files\n\n`python -m training.export --ship int8`\n\n")
    assert text.endswith(
        "| median |\n|---|---|---|---|---|---|\n"
        "| float16 | 21.5 | 71.0 % | +0.03 points | 0.0105 | 2.6 ms |\n"
        "| int8 | 12.5 | 65.6 % | -5.38 points | 0.7510 | 0.8 ms |\n"
    )


def test_exports_agree_with_keras_serve_and_can_be_evaluated(
    tmp_path: Path, npz: Path, trained: Path, faces: FaceSet
) -> None:
    out, weights, reports = (tmp_path / name for name in ("out", "weights", "reports"))
    source = ["--model", str(trained), "--data", str(npz), "--out", str(out)]
    source += ["--learned-from", "drawn faces", "--licence", "as you like"]
    target = ["--reports", str(reports), "--weights", str(weights), "--ship", "float16"]
    assert export.main([*source, *target]) == 0
    table = (reports / "export.md").read_text()
    assert [kind in table for kind in export.FORMATS] == [True] * 3

    shipped = weights / "cnn.tflite"
    sidecar = load_sidecar(shipped, FaceSidecar)
    assert (sidecar.input_size, sidecar.output, sidecar.architecture) == (SIZE, "fer", "cnn")
    assert (sidecar.data, sidecar.licence) == ("drawn faces", "as you like")
    public = faces.take(faces.splits == 1)
    answers = LiteRTRecogniser(shipped).predict(list(public.images))
    assert (answers.argmax(axis=1) == public.labels).mean() > 0.5

    models = [str(shipped), str(trained)]
    arguments = ["--weights", *models, "--ensemble", "--data", str(npz), "--out", str(reports)]
    assert evaluate.main([*arguments, "--end-to-end"]) == 0
    report = json.loads((reports / "cnn_tflite" / "report.json").read_text())
    scores = report["one_pass"]["PublicTest"]
    assert scores["accuracy"] == pytest.approx((answers.argmax(axis=1) == public.labels).mean())
    assert np.sum(scores["confusion"]) == len(public)
    table = (reports / "models.md").read_text()
    assert "| [cnn_tflite](cnn_tflite/report.md) | 66-67 % |" in table
    assert "| [ensemble](ensemble/report.md) | - |" in table
    text = (reports / "cnn_tflite" / "report.md").read_text()
    assert "ECE is with the temperature that it is served with" in text
    served = reliability(answers, public.labels).error
    assert scores["calibration_error"] == pytest.approx(served, abs=1e-3)
    both = [KerasPredictor(trained), LiteRTPredictor(shipped)]  # neither with a temperature
    mean = Ensemble(both).predict(list(public.images))
    ensemble = json.loads((reports / "ensemble" / "report.json").read_text())
    loss = ensemble["one_pass"]["PublicTest"]["loss"]
    assert loss == pytest.approx(log_loss(mean.fer, public.labels), abs=1e-3)
    assert abs(loss - scores["loss"]) > 0.01  # what the temperature makes of it

    taught = tmp_path / "teachers.npz"
    assert teach.main(["--weights", str(shipped), "--data", str(npz), "--out", str(taught)]) == 0
    expected = Teachers.ask(LiteRTPredictor(shipped), faces.split(TRAINING))
    np.testing.assert_allclose(Teachers.read(taught).fer, expected.fer, atol=1e-3)

    trained_text = next(reports.glob("test_exports*/report.md")).read_text()
    assert "With a temperature of " in trained_text
    assert "the four classes by the labels of ten taggers" in text
    assert "## With the face detector in the loop" in text
    rows = report["end_to_end"]
    assert [row["margin"] for row in rows[: len(evaluate.MARGINS)]] == [*evaluate.MARGINS]
    assert (rows[-1]["margin"], rows[-1]["faces"]) == (0.0, len(faces.split(PRIVATE)))
    pictures = {path.name for path in (reports / "cnn_tflite").glob("*.png")}
    assert pictures == {"confusion.png", "curves.png", "reliability.png"}


def test_what_loses_too_much_is_not_shipped(
    tmp_path: Path,
    npz: Path,
    trained: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export, "MAX_LOST", -1.0)
    weights = tmp_path / "weights"
    arguments = ["--model", str(trained), "--data", str(npz), "--out", str(tmp_path / "out")]
    arguments += ["--reports", str(tmp_path / "reports"), "--weights", str(weights)]
    assert export.main([*arguments, "--ship", "int8"]) == 7
    assert "int8 loses" in capsys.readouterr().err
    assert not weights.exists()
    assert "| int8 |" in (tmp_path / "reports" / "export.md").read_text()
    assert export.main([*arguments, "--size", "48"]) == 7
    assert "takes faces of 32 pixels, not 48" in capsys.readouterr().err


def test_data_without_private_test_ships_without_its_figures(
    tmp_path: Path, npz: Path, trained: Path, faces: FaceSet
) -> None:
    rest = faces.take(faces.splits != PRIVATE)
    data = {"images": rest.images, "labels": rest.labels, "usage": rest.splits}
    np.savez(npz, ferplus_votes=rest.votes, **data)
    weights = tmp_path / "weights"
    arguments = ["--model", str(trained), "--data", str(npz), "--out", str(tmp_path / "out")]
    arguments += ["--reports", str(tmp_path / "reports"), "--weights", str(weights)]
    assert export.main([*arguments, "--ship", "float16"]) == 0
    sidecar = load_sidecar(weights / "cnn.tflite", FaceSidecar)
    assert list(sidecar.metrics) == ["fer2013_public"]
    assert (sidecar.data, sidecar.licence) == (
        f"Training of {npz.name}",
        "that of its training data",
    )
    LiteRTRecogniser(weights / "cnn.tflite")


def test_the_best_of_runs_are_told_apart_by_their_folders(
    tmp_path: Path, npz: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [tmp_path / name / "best.keras" for name in ("one", "two")]
    for path in runs:
        path.parent.mkdir()
        shutil.copy(trained, path)
    reports = tmp_path / "reports"
    arguments = ["--data", str(npz), "--out", str(reports), "--weights"]
    for path in runs:
        assert evaluate.main([*arguments, str(path)]) == 0
    table = (reports / "models.md").read_text()
    assert "[one](one/report.md)" in table
    assert "[two](two/report.md)" in table
    assert evaluate.main([*arguments, str(runs[0]), str(runs[0])]) == 7
    assert "two models are called 'one'" in capsys.readouterr().err
    (reports / "two" / "report.json").write_text('{"one_pass": 1}')
    assert evaluate.main([*arguments, str(runs[0])]) == 7
    assert "two/report.json' is not a report" in capsys.readouterr().err
    assert (reports / "models.md").read_text() == table


def test_what_is_no_face_model_is_named(
    tmp_path: Path, npz: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said_of(path: Path) -> str:
        assert evaluate.main(["--weights", str(path), "--data", str(npz)]) in (4, 7)
        message = capsys.readouterr().err
        assert message.count("\n") == 1
        return message

    for name, message in (("no.tflite", "not a LiteRT model"), ("no.keras", "not a Keras model")):
        (tmp_path / name).write_bytes(b"no model")
        assert message in said_of(tmp_path / name)
    shutil.copy(ROOT / "weights" / "speech.tflite", tmp_path)
    assert "is no face model: expected the output 'fer' of 7" in said_of(tmp_path / "speech.tflite")
    inputs = keras.Input((48, 48, 3))
    other = keras.Model(inputs, keras.layers.Flatten(name="flat")(inputs))
    other.save(tmp_path / "other.keras")
    assert "'fer' of 7 columns; it has flat [6912]" in said_of(tmp_path / "other.keras")

"""What a report says of a model's answers."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

from core.labels import EMOTIONS
from inference.calibration import calibrate
from tests.training.conftest import COLUMN
from training.face.datasets import PRIVATE, PUBLIC, SPLITS, TRAINING, FaceSet
from training.face.end_to_end import EndToEnd
from training.face.evaluate import Answers, evaluate, together
from training.face.predictors import Calibrated, Ensemble, Probabilities, apart
from training.face.report import Evaluation

WITH_DETECTOR = [EndToEnd(faces=28, margin=0.0, found=0.5, accuracy_of_found=0.8, accuracy=0.4)]


def answer(faces: FaceSet, sure: float, wrong: int = 4) -> Probabilities:
    """Name the label of each face but of every `wrong`-th, all with the probability `sure`."""
    named = faces.labels.astype(int)
    named[::wrong] = (named[::wrong] + 1) % len(EMOTIONS)
    fer = np.full((len(faces), 7), (1 - sure) / 6, np.float32)
    ferplus = np.full((len(faces), 8), (1 - sure) / 7, np.float32)
    rows = np.arange(len(faces))
    fer[rows, named] = sure
    ferplus[rows, np.array(COLUMN)[named]] = sure
    return Probabilities(fer, ferplus)


def answers(data: FaceSet, sure: float = 0.6, wrong: int = 4) -> dict[str, Answers]:
    given = {}
    for split in (PUBLIC, PRIVATE):
        faces = data.split(split)
        given[SPLITS[split]] = Answers(answer(faces, sure, wrong), answer(faces, sure, wrong))
    return given


def reported(out: Path) -> Evaluation:
    text = (out / "report.json").read_text()
    assert "NaN" not in text
    return Evaluation.from_mapping(json.loads(text))


def test_what_is_read_back_is_what_was_measured(tmp_path: Path, faces: FaceSet) -> None:
    result = evaluate(
        "cnn", "command", answers(faces), faces, out=tmp_path, with_detector=WITH_DETECTOR
    )
    assert reported(tmp_path) == result
    private = result.one_pass["PrivateTest"]
    assert private.accuracy == pytest.approx(0.75)
    ((confidence, accuracy, count),) = private.reliability
    assert (confidence, accuracy, count) == (pytest.approx(0.6), pytest.approx(0.75), 28)
    happy = private.classes[EMOTIONS.index("happy")]
    row = f"| happy | {happy.precision:.2f} | {happy.recall:.2f} | {happy.f1:.2f} |"
    row += f" {happy.roc_area:.2f} | {happy.average_precision:.2f} | 4 |"
    assert row in (tmp_path / "report.md").read_text()


def test_the_temperature_that_is_served_is_not_fitted_again(tmp_path: Path, faces: FaceSet) -> None:
    own = evaluate(
        "cnn", "", answers(faces), faces, out=tmp_path, with_detector=WITH_DETECTOR, temperature=2.0
    )
    served = calibrate(answer(faces.split(PRIVATE), 0.6).fer, 2.0).max()
    error = own.one_pass["PrivateTest"].calibration_error
    assert error == pytest.approx(0.75 - served)
    assert own.calibration is not None
    assert (own.calibration.temperature, own.calibration.error) == (2.0, error)
    assert "served with, 2.00." in (tmp_path / "report.md").read_text()

    fitted = evaluate("cnn", "", answers(faces), faces, out=tmp_path, with_detector=WITH_DETECTOR)
    assert fitted.one_pass["PrivateTest"].calibration_error == pytest.approx(0.15)
    assert fitted.calibration is not None
    assert fitted.calibration.error < 0.01
    assert "fitted on PublicTest, it is 0.0" in (tmp_path / "report.md").read_text()


def test_the_part_with_the_detector_outlives_an_evaluation_without_it(
    tmp_path: Path, faces: FaceSet
) -> None:
    evaluate("cnn", "", answers(faces), faces, out=tmp_path, with_detector=WITH_DETECTOR)
    assert evaluate("cnn", "", answers(faces), faces, out=tmp_path).end_to_end == WITH_DETECTOR
    assert "## With the face detector" in (tmp_path / "report.md").read_text()
    assert evaluate("cnn", "", answers(faces, wrong=3), faces, out=tmp_path).end_to_end == []


def test_an_emotion_without_faces_has_no_curve_and_no_area(tmp_path: Path, faces: FaceSet) -> None:
    disgust = EMOTIONS.index("disgust")
    data = faces.take((faces.splits == TRAINING) | (faces.labels != disgust))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = evaluate("cnn", "", answers(data), data, out=tmp_path, with_detector=WITH_DETECTOR)
    missing = result.one_pass["PrivateTest"].classes[disgust]
    assert (missing.support, missing.roc_area, missing.average_precision) == (0, None, None)
    assert "| disgust | 0.00 | 0.00 | 0.00 | - | - | 0 |" in (tmp_path / "report.md").read_text()
    assert reported(tmp_path) == result


def test_a_test_that_repeats_training_has_no_score_without_duplicates(
    tmp_path: Path, faces: FaceSet
) -> None:
    images = np.broadcast_to(faces.images[:1], faces.images.shape).copy()
    data = FaceSet(images, faces.labels, faces.splits, faces.votes)
    result = evaluate("cnn", "", answers(data), data, out=tmp_path, with_detector=WITH_DETECTOR)
    assert result.one_pass["PrivateTest"].without_duplicates is None
    assert "| - (28 left out) |" in (tmp_path / "report.md").read_text()
    assert reported(tmp_path) == result


def test_an_ensemble_is_the_mean_of_its_members_as_they_were_trained(faces: FaceSet) -> None:
    class Says:
        def __init__(self, sure: float) -> None:
            self.sure = sure

        def predict(self, images: object) -> Probabilities:
            return answer(faces.split(PUBLIC), self.sure)

    members = [apart(Calibrated(Says(0.4), 0.5)), apart(Says(0.8))]
    assert [temperature for _, temperature in members] == [0.5, None]
    mean = Ensemble([model for model, _ in members]).predict([])
    assert mean.fer.max() == pytest.approx(0.6)
    both = together([answers(faces, 0.4), answers(faces, 0.8)])
    np.testing.assert_allclose(both["PublicTest"].with_mirror.fer, mean.fer, atol=1e-6)

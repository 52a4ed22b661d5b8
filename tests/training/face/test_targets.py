import numpy as np
import pytest

from training.common.errors import TrainingError
from training.face.datasets import TRAINING, FaceSet
from training.face.datasets.faceset import no_votes
from training.face.predictors import Probabilities
from training.face.targets import labels_from_votes, make_targets, vote_fractions
from training.face.teach import Teachers


def test_class_weights_balance_by_their_power(faces: FaceSet) -> None:
    labels = np.array([0, 0, 0, 0, 1, 2, 3, 4, 5, 6])
    weight = make_targets(labels, no_votes(10), class_weight=1.0, vote_mix=0).fer_weight
    assert weight.mean() == pytest.approx(1)
    assert weight[4] == pytest.approx(4 * weight[0])


def test_faces_without_votes_keep_their_label_and_teach_no_ferplus() -> None:
    targets = make_targets(np.arange(7), no_votes(7), class_weight=0, vote_mix=0.5)
    np.testing.assert_array_equal(targets.fer, np.eye(7))
    assert not targets.ferplus_weight.any()


def test_vote_fractions_leave_out_unknown_and_not_a_face() -> None:
    votes = np.array([[3, 1, 0, 0, 0, 0, 0, 0, 4, 2]], np.int8)
    assert vote_fractions(votes)[0].tolist() == [0.75, 0.25, 0, 0, 0, 0, 0, 0]


def test_votes_say_what_the_label_was(faces: FaceSet) -> None:
    training = faces.split(TRAINING)
    likely = labels_from_votes(training.labels, training.votes)
    np.testing.assert_allclose(likely.sum(axis=1), 1, rtol=1e-5)
    assert (likely.argmax(axis=1) == training.labels).all()
    mixed = make_targets(training.labels, training.votes, class_weight=0, vote_mix=0.3).fer
    np.testing.assert_allclose(mixed, 0.7 * np.eye(7)[training.labels] + 0.3 * likely, rtol=1e-5)


class Sure:
    """A model that is sure of class 0, and of class 1 where the left half is brighter."""

    def predict(self, faces: list[np.ndarray]) -> Probabilities:
        left = np.array([face[:, :24].mean() > face[:, 24:].mean() for face in faces], int)
        return Probabilities(np.eye(7, dtype=np.float32)[left], np.eye(8, dtype=np.float32)[left])


def test_teachers_see_the_mirror_image_and_are_mixed_in(faces: FaceSet, tmp_path) -> None:
    training = faces.split(TRAINING)
    path = tmp_path / "teachers.npz"
    Teachers.ask(Sure(), training).write(path)
    teachers = Teachers.read(path)
    np.testing.assert_allclose(teachers.fer[:, :2], 0.5)
    plain = make_targets(training.labels, training.votes, 0, 0)
    mixed = teachers.mix(plain, training, part=0.4)
    np.testing.assert_allclose(mixed.fer, 0.6 * plain.fer + 0.4 * teachers.fer, rtol=1e-6)
    with pytest.raises(TrainingError, match="other training faces"):
        teachers.mix(plain, training.take(np.arange(5)), part=0.4)

"""Blending pairs of faces (mixup), from the epoch's batches to what the network sees."""

import dataclasses

import keras
import numpy as np
import pytest

from tests.training.conftest import QUICK
from training.face.datasets import TRAINING, FaceSet
from training.face.recipe import Augmentation, Stage
from training.face.targets import Targets, make_targets
from training.face.trainer import Batches, FaceTrainer

UNCHANGED = Augmentation(flip=False, rotate=0, zoom=0, shift=0, brightness=0, contrast=0, erase=0)


@pytest.fixture
def targets(faces: FaceSet) -> Targets:
    training = faces.split(TRAINING)
    return make_targets(training.labels, training.votes, class_weight=0.5, vote_mix=0.5)


def test_every_face_once_and_as_a_partner_once(targets: Targets) -> None:
    batches = Batches(targets, 8, seed=1, epoch=0, mixup=0.3)
    (rows, partners, share), *_ = batches.part(slice(None))
    everyone = list(range(len(targets.fer)))
    assert sorted(rows) == sorted(partners) == everyone
    assert 0.5 <= share.min() < 0.9 < share.max() <= 1
    again, other = (
        Batches(targets, 8, seed=1, epoch=epoch, mixup=0.3).part(slice(None)) for epoch in (0, 1)
    )
    np.testing.assert_array_equal(again[0][2], share)
    assert not np.array_equal(other[0][2], share)


def cross_entropy(target: np.ndarray, answer: np.ndarray) -> float:
    return -float((target * np.log(answer)).sum())


def test_the_loss_is_that_of_both_faces_each_by_its_share_and_weight(targets: Targets) -> None:
    unvoted = dataclasses.replace(
        targets,
        ferplus=np.where(np.arange(len(targets.fer))[:, None] % 3, targets.ferplus, 0),
        ferplus_weight=np.float32(np.arange(len(targets.fer)) % 3 > 0),
    )
    batches = Batches(unvoted, 8, seed=1, epoch=0, mixup=0.3)
    (rows, partners, share), answers, weights = batches[1]
    for head, of_all, their_weights in (
        ("fer", unvoted.fer, unvoted.fer_weight),
        ("ferplus", unvoted.ferplus, unvoted.ferplus_weight),
    ):
        answer = np.random.default_rng(0).dirichlet(np.ones(of_all.shape[1]))
        for place, (row, partner, kept) in enumerate(zip(rows, partners, share, strict=True)):
            expected = sum(
                part * their_weights[one] * cross_entropy(of_all[one], answer)
                for one, part in ((row, kept), (partner, 1 - kept))
            )
            target, weight = answers[head][place], weights[head][place]
            assert weight * cross_entropy(target, answer) == pytest.approx(expected, rel=1e-4)
            assert target.sum() == pytest.approx(1 if weight else 0, abs=1e-5)


def test_the_network_sees_one_face_over_the_other(faces: FaceSet) -> None:
    training = faces.split(TRAINING)
    recipe = dataclasses.replace(QUICK, stages=(Stage(0.0, 48),), augmentation=UNCHANGED)
    inputs = keras.Input((48, 48, 3))
    trainer = FaceTrainer(keras.Model(inputs, inputs), training.images, recipe)
    rows, partners = np.array([0, 9], "int32"), np.array([5, 9], "int32")
    mixed = trainer((rows, partners, np.array([0.75, 0.6], "float32")), training=True)
    first = 0.75 * training.images[0] + 0.25 * training.images[5]
    np.testing.assert_allclose(np.asarray(mixed)[0, :, :, 1], first, atol=1e-3)
    np.testing.assert_allclose(np.asarray(mixed)[1, :, :, 1], training.images[9], atol=1e-3)

"""Fusing a face and a voice: both counted, the weak one left out, and files that fit or not."""

import json

import numpy as np
import pytest

from core.errors import WeightsError
from core.labels import EMOTIONS
from emotion.fusion import (
    ForestFusion,
    Opinion,
    WeightedFusion,
    fuse,
    load_fusion,
    save_fusion,
)
from inference.forest import Forest
from inference.sidecar import sidecar_path
from tests.conftest import ROOT
from tests.fakes import certain, product_fusion

SAD, HAPPY, FEAR = (EMOTIONS.index(name) for name in ("sad", "happy", "fear"))


def opinion(emotion, probability=0.7, sure=True):
    return Opinion(certain(emotion, probability), sure)


def stump_forest():
    """Two trees that look at the face's and the voice's probability of sadness."""
    leaves = np.zeros((6, 7), np.uint16)
    leaves[[1, 4], HAPPY] = 1
    leaves[[2, 5], SAD] = 1
    return Forest(
        roots=np.array([0, 3], np.int32),
        feature=np.array([SAD, -1, -1, 7 + SAD, -1, -1], np.int8),
        threshold=np.array([0.5, 0, 0, 0.5, 0, 0], np.float32),
        jump=np.array([2, 0, 0, 2, 0, 0], np.uint16),
        counts=leaves,
    )


class TestPolicy:
    def test_two_that_agree_are_surer_than_one(self):
        fused = fuse(product_fusion(), opinion("sad"), opinion("sad"))
        assert (fused.status, fused.emotion, fused.sources) == ("ok", "sad", ("photo", "voice"))
        assert fused.confidence > 0.9
        assert fused.probabilities.sum() == pytest.approx(1, abs=1e-5)

    def test_the_surer_of_two_that_differ_wins(self):
        fused = fuse(product_fusion(), opinion("sad", 0.9), opinion("happy", 0.5))
        assert fused.emotion == "sad"

    @pytest.mark.parametrize("other", [None, opinion("happy", 0.3, sure=False)])
    def test_one_missing_or_unsure_leaves_the_word_to_the_other(self, other):
        face = fuse(product_fusion(), opinion("sad", 0.6), other)
        voice = fuse(product_fusion(), other, opinion("sad", 0.6))
        for fused, source in ((face, "photo"), (voice, "voice")):
            assert (fused.emotion, fused.sources) == ("sad", (source,))
            np.testing.assert_array_equal(fused.probabilities, certain("sad", 0.6))

    def test_two_unsure_ones_may_be_sure_together(self):
        weak = opinion("sad", 0.38, sure=False)
        assert fuse(product_fusion(), weak, weak).emotion == "sad"

    def test_one_unsure_one_alone_stays_unsure(self):
        fused = fuse(product_fusion(), None, opinion("sad", 0.3, sure=False))
        assert (fused.status, fused.emotion, fused.sources) == ("unsure", None, ("voice",))
        assert fused.confidence == pytest.approx(0.3)

    def test_two_that_contradict_each_other_are_unsure(self):
        fused = fuse(product_fusion(), opinion("sad", 0.45), opinion("happy", 0.45))
        assert (fused.status, fused.emotion) == ("unsure", None)

    def test_nothing_gives_nothing(self):
        fused = fuse(product_fusion(), None, None)
        assert (fused.status, fused.emotion, fused.probabilities) == ("nothing", None, None)


class TestWeighted:
    def weighted(self, face, voice):
        same = np.full(7, 1 / 7, np.float32)
        return WeightedFusion(same, same, np.float32(face), same, np.float32(voice))

    def test_the_reliable_one_wins_where_both_are_as_sure(self):
        reliable, poor = np.ones(7), np.full(7, 0.2)
        rows = certain("sad")[np.newaxis], certain("happy")[np.newaxis]
        assert self.weighted(reliable, poor).fuse(*rows)[0].argmax() == SAD
        assert self.weighted(poor, reliable).fuse(*rows)[0].argmax() == HAPPY

    def test_one_that_never_sees_an_emotion_has_no_veto_on_it(self):
        face = np.ones(7)
        face[FEAR] = 0
        blind = certain("happy", 0.5)
        blind[FEAR] = 0
        rows = (blind / blind.sum())[np.newaxis], certain("fear", 0.95)[np.newaxis]
        assert self.weighted(face, np.ones(7)).fuse(*rows)[0].argmax() == FEAR

    def test_certainty_stays_finite(self):
        rows = np.eye(7, dtype=np.float32)[[0]], np.eye(7, dtype=np.float32)[[1]]
        assert np.isfinite(product_fusion().fuse(*rows)).all()


class TestForest:
    def test_each_tree_has_a_say(self):
        fusion = ForestFusion(stump_forest(), 1.0)
        sad, happy = certain("sad")[np.newaxis], certain("happy")[np.newaxis]
        assert fusion.fuse(sad, sad)[0, SAD] == pytest.approx(1, abs=1e-3)
        assert fusion.fuse(happy, happy)[0, HAPPY] == pytest.approx(1, abs=1e-3)
        assert fusion.fuse(sad, happy)[0, [SAD, HAPPY]] == pytest.approx([0.5, 0.5], abs=1e-3)


class TestFile:
    @pytest.mark.parametrize("fusion", [product_fusion(), ForestFusion(stump_forest(), 0.7)])
    def test_what_was_saved_is_read(self, tmp_path, fusion):
        path = tmp_path / "fusion.npz"
        save_fusion(path, fusion, data="made up", metrics={"pairs_private": 0.9})
        rows = certain("sad")[np.newaxis], certain("fear", 0.5)[np.newaxis]
        np.testing.assert_allclose(load_fusion(path).fuse(*rows), fusion.fuse(*rows), atol=1e-6)

    def test_a_missing_file(self, tmp_path):
        with pytest.raises(WeightsError, match=r"fusion: expected a model file at .*none.npz"):
            load_fusion(tmp_path / "none.npz")

    @pytest.mark.parametrize(
        ("spoil", "message"),
        [
            (lambda path: path.write_bytes(b"hello"), "damaged or belongs to another sidecar"),
            (lambda path: sidecar_path(path).write_text("{"), "is not readable JSON"),
            (
                lambda path: sidecar_path(path).write_text('{"colour": 1}'),
                "is not a fusion sidecar",
            ),
        ],
    )
    def test_a_damaged_file(self, tmp_path, spoil, message):
        path = tmp_path / "fusion.npz"
        save_fusion(path, product_fusion())
        spoil(path)
        with pytest.raises(WeightsError, match=message):
            load_fusion(path)

    def test_trees_that_lead_out_of_the_arrays(self, tmp_path):
        path = tmp_path / "fusion.npz"
        forest = stump_forest()
        forest.jump[0] = 99
        save_fusion(path, ForestFusion(forest, 1.0))
        with pytest.raises(WeightsError, match="do not hold together"):
            load_fusion(path)


class TestShipped:
    PATH = ROOT / "weights" / "fusion.npz"

    def test_it_beats_the_better_one_alone_by_five_points(self):
        metrics = json.loads(sidecar_path(self.PATH).read_text())["metrics"]
        assert metrics["pairs_private"] >= metrics["better_alone"] + 0.05

    def test_it_follows_two_that_agree(self):
        fusion = load_fusion(self.PATH)
        for emotion in EMOTIONS:
            assert fuse(fusion, opinion(emotion), opinion(emotion)).emotion == emotion

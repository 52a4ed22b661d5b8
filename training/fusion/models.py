"""Fusions learned from pairs of a face and a voice: weights by reliability, and a forest."""

from typing import Any

import numpy as np

from core.labels import EMOTIONS
from emotion.forest import Forest
from emotion.fusion import ForestFusion, WeightedFusion
from inference.calibration import calibrate
from training.common.metrics import accuracy, class_reports, confusion, log_loss
from training.fusion.data import Pairs

TREES, LEAF = 100, 100
"""Of the forest; a leaf holds at least so many pairs."""
STRENGTHS = (0.0, 0.5, 1.0)
"""Exponents of the reliabilities that are tried; 0 ignores them."""
TEMPERATURES = np.round(np.arange(0.3, 1.55, 0.05), 2)


def learn_weighted(pairs: Pairs, held_out: Pairs) -> WeightedFusion:
    """Measure how reliable faces and voices are, and choose how much that is to count.

    A reliability is a modality's F1 score for an emotion, in parts of the better one's, to the
    power that does best on the pairs held out.
    """
    scores = [_f1(rows, pairs.labels) for rows in (pairs.faces, pairs.voices)]
    best = np.maximum(*scores).clip(1e-3)
    prior = np.bincount(pairs.labels, minlength=len(EMOTIONS)) / len(pairs.labels)

    def fusion(strength: float) -> WeightedFusion:
        face, voice = (((score / best) ** strength).astype(np.float32) for score in scores)
        usual = (rows.mean(axis=0).astype(np.float32) for rows in (pairs.faces, pairs.voices))
        face_usual, voice_usual = usual
        return WeightedFusion(prior.astype(np.float32), face_usual, face, voice_usual, voice)

    tried = [fusion(strength) for strength in STRENGTHS]
    rights = [accuracy(one.fuse(held_out.faces, held_out.voices), held_out.labels) for one in tried]
    return tried[int(np.argmax(rights))]


def _f1(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    table = confusion(probabilities, labels)
    return np.array([report.f1 for report in class_reports(table, EMOTIONS)])


def learn_forest(pairs: Pairs, held_out: Pairs, seed: int = 0) -> ForestFusion:
    """Grow a random forest on both vectors, and fit its temperature on the pairs held out."""
    from sklearn.ensemble import RandomForestClassifier

    model = RandomForestClassifier(
        TREES, min_samples_leaf=LEAF, max_features=3, max_samples=0.5, random_state=seed
    )
    model.fit(np.concatenate((pairs.faces, pairs.voices), axis=1), pairs.labels)
    forest = to_forest(model)
    answers = ForestFusion(forest, 1.0).fuse(held_out.faces, held_out.voices)
    losses = [log_loss(calibrate(answers, float(t)), held_out.labels) for t in TEMPERATURES]
    return ForestFusion(forest, float(TEMPERATURES[int(np.argmin(losses))]))


def to_forest(model: Any) -> Forest:
    """Return a fitted `sklearn.ensemble.RandomForestClassifier` as arrays."""
    trees = [estimator.tree_ for estimator in model.estimators_]
    starts = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(tree, name) for tree in trees])

    shift = np.repeat(starts, [tree.node_count for tree in trees])
    itself = np.arange(len(shift))
    leaf = joined("children_left") < 0
    shares = joined("value")[:, 0, :]
    values = np.zeros((len(shift), len(EMOTIONS)), np.float16)
    values[:, model.classes_] = shares / shares.sum(axis=1, keepdims=True)
    values[~leaf] = 0  # never asked, and so smaller in the file
    return Forest(
        roots=starts.astype(np.int32),
        feature=np.where(leaf, 0, joined("feature")).astype(np.int8),
        threshold=joined("threshold").astype(np.float32),
        left=np.where(leaf, itself, joined("children_left") + shift).astype(np.int32),
        right=np.where(leaf, itself, joined("children_right") + shift).astype(np.int32),
        values=values,
        depth=max(tree.max_depth for tree in trees),
    )

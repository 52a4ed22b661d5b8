"""Fusions learned from pairs of a face and a voice: weights by reliability, and a forest."""

import numpy as np

from core.labels import EMOTIONS
from emotion.fusion import ForestFusion, WeightedFusion
from training.common.forest import to_forest
from training.common.metrics import accuracy, class_reports, confusion, fit_temperature
from training.fusion.data import Pairs

TREES, LEAF = 100, 100
"""Of the forest; a leaf holds at least so many pairs."""
STRENGTHS = (0.0, 0.5, 1.0)
"""Exponents of the reliabilities that are tried; 0 ignores them."""


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
        return WeightedFusion(
            prior=prior.astype(np.float32),
            face_usual=face_usual,
            face_reliability=face,
            voice_usual=voice_usual,
            voice_reliability=voice,
        )

    fusions = [fusion(strength) for strength in STRENGTHS]
    rights = [
        accuracy(one.fuse(held_out.faces, held_out.voices), held_out.labels) for one in fusions
    ]
    return fusions[int(np.argmax(rights))]


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
    forest = to_forest(model, len(EMOTIONS))
    answers = ForestFusion(forest, 1.0).fuse(held_out.faces, held_out.voices)
    return ForestFusion(forest, fit_temperature(answers, held_out.labels))

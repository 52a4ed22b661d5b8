"""Scikit-learn's forests as the arrays that serve."""

from typing import Any

import numpy as np

from inference.forest import Forest
from training.common.errors import TrainingError

MAX_COUNT = np.iinfo(np.uint16).max


def to_forest(model: Any, classes: int) -> Forest:
    """Return a fitted `ExtraTreesClassifier` or `RandomForestClassifier` as arrays.

    scikit-learn compares a float32 value with a float64 threshold. The largest float32 at or
    below that threshold splits all float32 values alike, so nothing is lost.

    Args:
        model: fitted on labels from 0 to below `classes`; not all need have occurred.
        classes: columns of the answer.

    Raises:
        TrainingError: a tree is too large for the arrays.
    """
    trees = [tree.tree_ for tree in model.estimators_]
    roots = np.cumsum([0, *(tree.node_count for tree in trees)])
    left, right = (
        np.concatenate(
            [getattr(tree, f"children_{side}") - np.arange(tree.node_count) for tree in trees]
        )
        for side in ("left", "right")
    )
    feature = np.concatenate([tree.feature for tree in trees])
    leaf = feature < 0
    if (left[~leaf] != 1).any():
        raise AssertionError("scikit-learn no longer writes trees depth first, left before right")
    counts = np.zeros((len(leaf), classes))
    counts[:, model.classes_] = np.concatenate(
        [np.rint(t.value[:, 0] * t.weighted_n_node_samples[:, None]) for t in trees]
    )
    counts[~leaf], right[leaf] = 0, 0
    largest = int(max(right.max(), counts.max()))
    if largest > MAX_COUNT:
        raise TrainingError(
            f"a forest's trees must have at most {MAX_COUNT} nodes and rows a leaf, got {largest}"
        )
    threshold = _round_down(np.concatenate([tree.threshold for tree in trees]))
    return Forest(
        roots=roots[:-1].astype(np.int32),
        feature=np.where(leaf, -1, feature).astype(np.int8),
        threshold=np.where(leaf, 0, threshold).astype(np.float32),
        jump=right.astype(np.uint16),
        counts=counts.astype(np.uint16),
    )


def _round_down(values: np.ndarray) -> np.ndarray:
    rounded = values.astype(np.float32)
    above = rounded > values
    rounded[above] = np.nextafter(rounded[above], np.float32(-np.inf))
    return rounded

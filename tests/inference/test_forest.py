"""Forests as arrays: what they answer, and which are refused."""

import dataclasses

import numpy as np
import pytest

from inference.forest import Forest


def stump() -> Forest:
    """Two trees: column 0 up to 0.5 is class 0; and a leaf that has seen one of class 0 in four."""
    return Forest(
        roots=np.array([0, 3], np.int32),
        feature=np.array([0, -1, -1, -1], np.int8),
        threshold=np.array([0.5, 0, 0, 0], np.float32),
        jump=np.array([2, 0, 0, 0], np.uint16),
        counts=np.array([[0, 0], [9, 0], [0, 3], [1, 3]], np.uint16),
    )


def test_a_forest_is_the_mean_of_its_trees():
    rows = np.array([[0.5], [0.50001]], np.float32)
    np.testing.assert_allclose(stump().predict(rows), [[0.625, 0.375], [0.125, 0.875]])


def test_what_was_kept_is_taken():
    rows = np.array([[0.5], [0.50001]], np.float32)
    taken = Forest.from_arrays(stump().to_arrays("full"), "full", columns=1, classes=2)
    np.testing.assert_array_equal(taken.predict(rows), stump().predict(rows))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ({"jump": np.array([0, 0, 0, 0], np.uint16)}, "no right child"),
        ({"jump": np.array([9, 0, 0, 0], np.uint16)}, "no right child"),
        ({"roots": np.array([0, 4], np.int32)}, "begins beyond"),
        ({"roots": np.array([], np.int32)}, "begins beyond"),
        ({"counts": np.zeros((4, 2), np.uint16)}, "a leaf is empty"),
        ({"threshold": np.zeros(3, np.float32)}, "different lengths"),
        ({"feature": np.zeros((4, 1), np.int8)}, "different lengths"),
        ({"counts": np.ones((4, 3), np.uint16)}, r"4 nodes and 2 classes, got .*\(4, 3\)"),
        ({"feature": np.array([1, -1, -1, -1], np.int8)}, "column 1 of 1"),
    ],
)
def test_a_forest_that_leads_nowhere_is_refused(damage, reason):
    arrays = dataclasses.replace(stump(), **damage).to_arrays("full")
    with pytest.raises(ValueError, match=reason):
        Forest.from_arrays(arrays, "full", columns=1, classes=2)


def test_a_forest_without_an_array_is_refused():
    arrays = stump().to_arrays("full")
    del arrays["full_jump"]
    with pytest.raises(ValueError, match="full_jump"):
        Forest.from_arrays(arrays, "full", columns=1, classes=2)

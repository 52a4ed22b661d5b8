"""A forest of decision trees on NumPy alone: no scikit-learn to import, no pickle to trust."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import numpy.typing as npt

BATCH_SIZE: Final = 500
"""Rows walked down together: 300 trees' places of 500 rows are 1 MB, which the cache holds."""


@dataclass(frozen=True, eq=False)
class Forest:
    """Trees whose nodes stand one behind the other, each tree depth first, left before right.

    So a split's left child is the next node, and only the way to the right one is kept.
    """

    roots: npt.NDArray[np.int32]
    """(trees,), the first node of each tree."""
    feature: npt.NDArray[np.int8]
    """(nodes,), the column that a split compares; -1 at a leaf."""
    threshold: npt.NDArray[np.float32]
    """(nodes,), a row goes left where its value is at most this."""
    jump: npt.NDArray[np.uint16]
    """(nodes,), how many nodes further the right child stands; 0 at a leaf."""
    counts: npt.NDArray[np.uint16]
    """(nodes, classes), rows of each class that a leaf held in training; 0 at a split."""

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, npt.NDArray[Any]], name: str, *, columns: int, classes: int
    ) -> "Forest":
        """Take the arrays `<name>_<field>`.

        Args:
            arrays: whatever an `.npz` file holds.
            name: of the forest, for a file may hold more than one.
            columns: of the rows that it will be asked about.
            classes: that it tells apart.

        Raises:
            ValueError: one is missing, they make no trees, or trees for other rows or classes.
        """
        try:
            forest = cls(**{field.name: arrays[f"{name}_{field.name}"] for field in fields(cls)})
        except KeyError as error:
            raise ValueError(f"no array {error}") from error
        forest._check(columns, classes)
        return forest

    def to_arrays(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays that `from_arrays` takes."""
        return {f"{name}_{field.name}": getattr(self, field.name) for field in fields(self)}

    def _check(self, columns: int, classes: int) -> None:
        """Refuse what would walk beyond the arrays, or in a circle.

        Raises:
            ValueError: says what is wrong.
        """
        nodes = self.feature.size
        if any(array.shape != (nodes,) for array in (self.feature, self.threshold, self.jump)):
            raise ValueError("its arrays are of different lengths")
        if self.counts.shape != (nodes, classes):
            raise ValueError(
                f"its counts must be of {nodes} nodes and {classes} classes, "
                f"got an array of {self.counts.shape}"
            )
        if (self.feature >= columns).any():
            raise ValueError(f"a split compares column {self.feature.max()} of {columns}")
        if not self.roots.size or self.roots.min() < 0 or self.roots.max() >= nodes:
            raise ValueError("a tree begins beyond the nodes")
        splits = np.flatnonzero(self.feature >= 0)
        right = splits + self.jump[splits]
        if (right <= splits + 1).any() or (right >= nodes).any():
            raise ValueError("a split has no right child behind its left one")
        if not self.counts[self.feature < 0].any(axis=1).all():
            raise ValueError("a leaf is empty")

    def predict(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Return probabilities (n, classes): the mean over the trees.

        Args:
            rows: (n, columns), no NaN.
        """
        batches = [
            self._walk(rows[start : start + BATCH_SIZE])
            for start in range(0, len(rows), BATCH_SIZE)
        ]
        return np.concatenate(batches) if batches else np.empty((0, self.counts.shape[1]))

    def _walk(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        at = np.tile(self.roots, (len(rows), 1))
        # Places still on a split, as flat indices: most rows reach their leaf early.
        moving = np.arange(at.size)
        flat = at.reshape(-1)
        while len(moving):
            node = flat[moving]
            split = self.feature[node] >= 0
            moving, node = moving[split], node[split]
            value = rows[moving // len(self.roots), self.feature[node]]
            flat[moving] = node + np.where(value <= self.threshold[node], 1, self.jump[node])
        leaves = self.counts[at].astype(np.float64)
        leaves /= leaves.sum(axis=2, keepdims=True)
        return leaves.mean(axis=1)

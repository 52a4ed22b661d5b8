"""A random forest grown by scikit-learn, asked without it: its trees as plain arrays."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.vision import Probabilities


@dataclass(frozen=True, eq=False)
class Forest:
    """Binary trees, one node after the other; a leaf points to itself."""

    roots: npt.NDArray[np.int32]
    """(trees,), the node that each tree starts at."""
    feature: npt.NDArray[np.int8]
    """(nodes,), the column that a node compares."""
    threshold: npt.NDArray[np.float32]
    """(nodes,), values up to it go left."""
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    values: npt.NDArray[np.float16]
    """(nodes, classes), the shares of the classes that a leaf saw in training."""
    depth: int
    """Steps from a root after which every row is at a leaf."""

    def predict(self, rows: npt.NDArray[np.float32]) -> Probabilities:
        """Return float32 (n, classes), the mean of the trees' leaves.

        Args:
            rows: float32 (n, columns).
        """
        trees = np.tile(self.roots, (len(rows), 1))
        index = np.arange(len(rows))[:, np.newaxis]
        for _ in range(self.depth):
            goes_left = rows[index, self.feature[trees]] <= self.threshold[trees]
            trees = np.where(goes_left, self.left[trees], self.right[trees])
        return self.values[trees].astype(np.float32).mean(axis=1)

    def valid(self, columns: int, classes: int) -> bool:
        """Return whether the arrays fit together, so that no row can leave them."""
        nodes = len(self.feature)
        links = (self.roots, self.left, self.right)
        return (
            len(self.roots) > 0
            and self.values.shape == (nodes, classes)
            and all(len(array) == nodes for array in (self.threshold, self.left, self.right))
            and all(array.min() >= 0 and array.max() < nodes for array in links)
            and self.feature.min() >= 0
            and self.feature.max() < columns
            and 0 <= self.depth <= 64
        )

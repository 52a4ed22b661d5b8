"""Probabilities from scores, and how confident they are."""

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Floats = TypeVar("Floats", bound=npt.NDArray[np.floating[Any]])

FLOOR = 1e-9
"""Least probability that is told from 0, whose logarithm is none."""


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """Turn scores into probabilities.

    Args:
        logits: float (n, classes).
        temperature: divides the logits; above 1 lowers the confidence, below 1 raises it, the
            order stays.

    Returns:
        Of the same shape and type, rows summing to 1.
    """
    scaled = logits / float(temperature)
    exponentials = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def calibrate(probabilities: Floats, temperature: float) -> Floats:
    """Scale the confidence of softmax outputs by a temperature (Guo 2017, arXiv 1706.04599).

    Dividing log-probabilities by T equals dividing the logits: they differ by a constant a
    row, which the softmax removes.

    Args:
        probabilities: float (n, classes), rows summing to 1.
        temperature: as for `softmax`.

    Returns:
        Of the same shape and type, rows summing to 1.
    """
    return softmax(np.log(np.maximum(probabilities, FLOOR)), temperature)

"""What a narrow network learned, laid into a wider one (Net2Net; Chen 2016, arXiv 1511.05641).

A narrow network takes a fraction of the time an epoch; the wide one begins where it ended. The
narrow one's channels come first and do not read the new ones, which start at random and read all:
the answers are the same at first, and training takes up the new channels from there.
"""

from typing import Any

import numpy as np


def widen(network: Any, narrow: Any) -> None:
    """Give `network` the weights of one of the same layers that is no wider.

    Raises:
        ValueError: the layers are not the same, or some of theirs are wider.
    """
    own, learned = network.get_weights(), narrow.get_weights()
    if len(own) != len(learned):
        raise ValueError(f"expected {len(own)} arrays of weights, found {len(learned)}")
    network.set_weights([laid_into(*pair) for pair in zip(own, learned, strict=True)])


def laid_into(own: np.ndarray, learned: np.ndarray, per_channel: bool = False) -> np.ndarray:
    """Return `own` with `learned` in its first channels, which read no others.

    Args:
        own: weights of the wide layer; a kernel is (..., inputs, outputs).
        learned: of the narrow layer.
        per_channel: the kernel is a depthwise convolution's, whose channels read no others anyway.

    Raises:
        ValueError: `learned` does not fit.
    """
    corner = tuple(slice(length) for length in learned.shape)
    if own.ndim != learned.ndim or own[corner].shape != learned.shape:
        raise ValueError(f"{learned.shape} does not fit into {own.shape}")
    wide = np.copy(own)
    if learned.ndim > 1 and not per_channel:
        inputs, outputs = learned.shape[-2:]
        wide[..., inputs:, :outputs] = 0
    wide[corner] = learned
    return wide

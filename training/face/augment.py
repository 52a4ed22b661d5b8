"""Augmentation as tensor operations, so that it runs where the model runs, on every backend."""

import math
from typing import Any

from keras import ops, random

from training.face.recipe import Augmentation

Tensor = Any


def augment(faces: Tensor, ranges: Augmentation, strength: Tensor, seed: Any) -> Tensor:
    """Return each face changed at random within `ranges`.

    Args:
        faces: float (batch, size, size, 1), 0 to 255.
        ranges: how far each change may go.
        strength: scalar 0 to 1 that all ranges are multiplied by; the flip stays.
        seed: a `keras.random.SeedGenerator`.

    Returns:
        float (batch, size, size, 1), 0 to 255.
    """
    faces = _move(faces, ranges, strength, seed)
    faces = _light(faces, ranges, strength, seed)
    return _erase(faces, ranges.erase * strength, seed)


def _move(faces: Tensor, ranges: Augmentation, strength: Tensor, seed: Any) -> Tensor:
    count, size = ops.shape(faces)[0], faces.shape[1]
    angle = _around_zero(count, math.radians(ranges.rotate) * strength, seed)
    scale = 1 + _around_zero(count, ranges.zoom * strength, seed)
    right = _around_zero(count, ranges.shift * size * strength, seed)
    down = _around_zero(count, ranges.shift * size * strength, seed)
    mirror = ops.ones((count,))
    if ranges.flip:
        mirror = ops.sign(random.uniform((count,), -1, 1, seed=seed))
    cos, sin = ops.cos(angle) * scale, ops.sin(angle) * scale
    middle = (size - 1) / 2
    # Output pixel to input pixel, about the middle: the eight numbers of `affine_transform`.
    rows = [
        (cos * mirror, -sin, middle + right - middle * (cos * mirror - sin)),
        (sin * mirror, cos, middle + down - middle * (sin * mirror + cos)),
    ]
    nothing = ops.zeros((count,))
    matrix = ops.stack([*rows[0], *rows[1], nothing, nothing], axis=1)
    return ops.image.affine_transform(
        faces, matrix, interpolation="bilinear", fill_mode="nearest", data_format="channels_last"
    )


def _light(faces: Tensor, ranges: Augmentation, strength: Tensor, seed: Any) -> Tensor:
    count = ops.shape(faces)[0]
    shape = (count, 1, 1, 1)
    contrast = 1 + ops.reshape(_around_zero(count, ranges.contrast * strength, seed), shape)
    added = ops.reshape(_around_zero(count, 255 * ranges.brightness * strength, seed), shape)
    mean = ops.mean(faces, axis=(1, 2, 3), keepdims=True)
    return ops.clip((faces - mean) * contrast + mean + added, 0, 255)


def _erase(faces: Tensor, probability: Tensor, seed: Any) -> Tensor:
    """Replace a rectangle of 2 % to 20 % of the face by one grey value."""
    count, size = ops.shape(faces)[0], faces.shape[1]
    area = random.uniform((count,), 0.02, 0.2, seed=seed) * size * size
    aspect = ops.exp(random.uniform((count,), -1, 1, seed=seed))
    pixels = ops.arange(size, dtype="float32")

    def inside(edge: Tensor) -> Tensor:
        start = random.uniform((count,), seed=seed) * (size - edge)
        away = pixels[None, :] - start[:, None]
        return ops.logical_and(away >= 0, away < edge[:, None])

    rows, columns = inside(ops.sqrt(area * aspect)), inside(ops.sqrt(area / aspect))
    chosen = random.uniform((count,), seed=seed) < probability
    mask = rows[:, :, None] & columns[:, None, :] & chosen[:, None, None]
    grey = random.uniform((count, 1, 1, 1), 0, 255, seed=seed)
    return ops.where(mask[..., None], ops.cast(grey, faces.dtype), faces)


def _around_zero(count: int, reach: Tensor, seed: Any) -> Tensor:
    return random.uniform((count,), -1, 1, seed=seed) * reach

"""What the face is drawn with: face units, smooth curves, soft masks, and paint.

Coordinates are face units: x to the right, y downwards, the origin between the eyes; a face
is about 1.4 wide and, from the hairline to the chin, 1.7 high.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.vision import Image

Float = npt.NDArray[np.floating[Any]]
"""float32 in all that is large."""
Points = Sequence[tuple[float, float]]
Colour = tuple[float, float, float]
"""BGR, 0 to 255."""

UNIT = 150
"""Pixels of one face unit in a drawn head."""
LEFT, TOP, RIGHT, BOTTOM = -0.96, -1.36, 0.96, 1.34
"""Borders of a drawn head in face units."""
SIDES = (-1, 1)
WIDTH, HEIGHT = round((RIGHT - LEFT) * UNIT), round((BOTTOM - TOP) * UNIT)

X: Float = ((np.arange(WIDTH)[None, :] + 0.5) / UNIT + LEFT).astype(np.float32)
Y: Float = ((np.arange(HEIGHT)[:, None] + 0.5) / UNIT + TOP).astype(np.float32)


def curve(points: Points, closed: bool = False, steps: int = 8) -> Float:
    """Catmull-Rom spline through `points`: float32 (n, 2)."""
    p = np.asarray(points, np.float32)
    p = np.concatenate([p[-1:], p, p[:2]] if closed else [p[:1], p, p[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False, dtype=np.float32)[None, :, None]
    a, b, c, d = (p[i : len(p) - 3 + i, None] for i in range(4))
    smooth = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    smooth = smooth.reshape(-1, 2)
    return smooth if closed else np.concatenate([smooth, p[-1:]])


def mirrored(points: Points, side: int) -> Points:
    """The same points on the right (1) or the left (-1) half of the picture."""
    return [(side * x, y) for x, y in points]


def blank() -> Image:
    return np.zeros((HEIGHT, WIDTH), np.uint8)


def soften(mask: Image, blur: float) -> Image:
    """Blur by a Gaussian whose standard deviation is `blur` face units."""
    deviation = blur * UNIT
    margin = round(3 * deviation) + 1
    x, y, width, height = cv2.boundingRect(mask)  # a blur of all would take most of the time
    left, top = max(0, x - margin), max(0, y - margin)
    part = np.s_[top : y + height + margin, left : x + width + margin]
    blurred = blank()
    blurred[part] = cv2.GaussianBlur(mask[part], (0, 0), deviation)
    return blurred


def fill(mask: Image, outline: Float, grey: int = 255) -> None:
    """Fill a polygon, antialiased; cv2's fixed-point pixels have 4 fractional bits here."""
    pixels = np.rint((outline - np.array((LEFT, TOP), np.float32)) * (UNIT * 16) - 8).astype(
        np.int32
    )
    cv2.fillPoly(mask, [pixels], grey, cv2.LINE_AA, shift=4)


def area(outline: Float, blur: float = 0.0) -> Image:
    """Mask of a polygon: uint8 (HEIGHT, WIDTH), its edge softened by `blur` face units."""
    mask = blank()
    fill(mask, outline)
    return soften(mask, blur) if blur else mask


def band(x: Float, y_from: Float, y_to: Float) -> Float:
    """Outline of what lies between two curves over the same `x`."""
    return np.concatenate([np.stack([x, y_from], 1), np.stack([x, y_to], 1)[::-1]])


def stroke(mask: Image, points: Points, width: float, strength: float) -> None:
    """Draw a smooth line, thickest (`width` face units) in its middle; `strength` 0 to 1."""
    if strength < 0.02:
        return
    path = curve(points)
    along = np.gradient(path, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], 1) / np.hypot(*along.T)[:, None]
    taper = np.sin(np.linspace(0.12, np.pi - 0.12, len(path), dtype=np.float32)) ** 0.7
    offset = normal * (taper * width / 2)[:, None]
    outline = np.concatenate([path + offset, (path - offset)[::-1]])
    fill(mask, outline, round(255 * min(1, strength)))


def hill(x: float, y: float, across: float, along: float) -> Float:
    """A Gaussian of height 1 with standard deviations `across` and `along`."""
    return _bell(1, y, along) * _bell(0, x, across)


def hills(x: float, y: float, across: float, along: float) -> Float:
    """Two hills, one on each side of the face."""
    return _bell(1, y, along) * (_bell(0, x, across) + _bell(0, -x, across))


def _bell(axis: int, centre: float, deviation: float) -> Float:
    bell: Float = np.exp(-0.5 * (((Y if axis else X) - centre) / deviation) ** 2)
    return bell


def spot(x: float, y: float, across: float, along: float) -> Image:
    """A hill as a mask: uint8, 0 to 255."""
    return (hill(x, y, across, along) * 255).astype(np.uint8)


def within(mask: Image, limit: Image) -> Image:
    """What of a mask lies inside another."""
    inside: Image = cv2.multiply(mask, limit, scale=1 / 255)
    return inside


def paint(picture: Float, mask: Image, colour: Colour, opacity: float = 1) -> None:
    """Mix a BGR `colour` into `picture` where `mask` is."""
    x, y, width, height = cv2.boundingRect(mask)
    part = np.s_[y : y + height, x : x + width]
    weight = mask[part][..., None] * np.float32(opacity / 255)
    picture[part] += (np.asarray(colour, np.float32) - picture[part]) * weight


def cover(picture: Float, layer: Float, mask: Image) -> None:
    """Put `layer` over `picture` where `mask` is."""
    weight = (mask * np.float32(1 / 255))[..., None]
    picture += (layer - picture) * weight


@cache
def combed() -> Float:
    """Texture of hair, about -1 to 1: noise smeared along curves that leave the forehead."""
    noise = np.random.default_rng(3).normal(0, 1, (96, 512)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), sigmaX=0.9, sigmaY=14)
    dx, dy = X - 0.12, Y + 0.15
    radius = np.hypot(dx, dy)
    angle = np.arctan2(dy, dx) + 0.55 * radius
    columns = (angle / (2 * np.pi) % 1 * 512).astype(np.float32)
    texture = cv2.remap(noise / noise.std(), columns, (radius * 48).astype(np.float32),
                        cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP)  # fmt: skip
    clipped: Float = np.clip(texture / 2, -1, 1)
    return clipped

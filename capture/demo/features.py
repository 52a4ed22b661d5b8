"""Eyes, brows, nose and mouth: what is painted on the relief of the face."""

import numpy as np

from capture.demo.actions import Action
from capture.demo.canvas import (
    SIDES,
    Float,
    area,
    band,
    blank,
    curve,
    fill,
    mirrored,
    paint,
    soften,
    spot,
    stroke,
    within,
)
from core.vision import Image

SHADE = (58, 75, 120)
"""Skin in its folds."""
HAIR = (33, 40, 55)

_IRIS = ((0.083, (44, 52, 60)), (0.071, (70, 98, 116)), (0.037, (20, 18, 18)))
"""Radius and colour of its rim, its middle and the pupil."""


def paint_eye(skin: Float, action: Action, side: int) -> None:
    """Paint one eye: ball, iris, lashes and the fold above. t runs from the nose outwards."""
    lid = 1 - action.eyes_close
    frown = action.brow_lower * (1 - action.inner_brow_raise)
    sad = action.inner_brow_raise * (1 - action.outer_brow_raise)
    upper = (0.083 + 0.045 * action.upper_lid_raise - 0.016 * action.lid_tighten
             - 0.016 * action.cheek_raise - 0.018 * action.eyes_down - 0.012 * frown)  # fmt: skip
    upper = upper * lid - 0.016 * (1 - lid)
    lower = 0.048 - 0.016 * action.lid_tighten - 0.024 * action.cheek_raise
    lower = lower * lid + 0.012 * (1 - lid)
    t = np.linspace(-1, 1, 25, dtype=np.float32)
    x = side * (0.330 + 0.172 * t)
    dome = (1 - t**2) ** np.float32(0.75)
    skew = 1 - (0.20 + 0.25 * sad - 0.45 * frown) * t
    level = (0.014 * sad - 0.012) * t
    top = level - upper * dome * skew
    bottom = np.maximum(level + lower * dome * (1 + 0.2 * t), top)
    lid_y, middle = float(level[12] - upper), side * 0.330
    opening = area(band(x, top, bottom))

    if lid > 0.1:
        iris = (side * 0.328, -0.016 + 0.03 * action.eyes_down)
        paint(skin, opening, (206, 213, 220))
        for corner in (0.18, 0.48):
            dim = within(spot(side * corner, 0.0, 0.03, 0.06), opening)
            paint(skin, dim, (120, 138, 176), 0.4)
        for radius, colour in _IRIS:
            turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
            ring = np.stack([np.cos(turn), np.sin(turn)], 1) * radius + iris
            paint(skin, within(area(ring.astype(np.float32), 0.006), opening), colour)
        paint(skin, within(spot(middle, lid_y, 0.16, 0.028), opening), (40, 44, 60), 0.6)
        glint = spot(iris[0] - 0.024, iris[1] - 0.026, 0.012, 0.012)
        paint(skin, within(glint, opening), (250, 250, 250), 0.95)

    paint(skin, area(band(x, bottom - 0.002, bottom + 0.010), 0.006), SHADE, 0.5)
    thick = (1 - np.abs(t) ** 6) * (0.013 + 0.008 * (1 + t))
    lashes = band(x, top - thick, top + 0.007 * (1 - np.abs(t) ** 6))
    paint(skin, area(lashes, 0.005), (28, 30, 40), 0.9)
    gap = 0.040 - 0.020 * frown + 0.012 * action.upper_lid_raise
    fold = level - (max(upper, 0.02) * 0.85 + gap) * dome**0.8 * skew
    paint(skin, area(band(x, fold - 0.007 * dome, fold + 0.007 * dome), 0.008), SHADE, 0.65)


def paint_brow(skin: Float, action: Action, side: int) -> None:
    inner, outer, low = action.inner_brow_raise, action.outer_brow_raise, action.brow_lower
    # Together, AU 1 and 4 draw the brows up and in; only AU 4 alone pulls the inner ends down.
    down = low * (1 - 0.85 * inner)
    middle = np.array(
        [(0.120 - 0.038 * low, -0.210 - 0.100 * inner + 0.105 * down),
         (0.220 - 0.033 * low, -0.238 - 0.075 * inner - 0.030 * outer + 0.082 * down),
         (0.340 - 0.015 * low, -0.258 - 0.020 * inner - 0.085 * outer + 0.044 * low),
         (0.460, -0.240 + 0.015 * inner - 0.095 * outer + 0.020 * low),
         (0.555, -0.190 + 0.020 * inner - 0.060 * outer + 0.010 * low)]
    )  # fmt: skip
    half = np.array([(0, 0.034), (0, 0.038), (0, 0.032), (0, 0.023), (0, 0.007)])
    ring = np.concatenate([middle - half, (middle + 0.8 * half)[::-1]]) * (side, 1)
    frown = low * (1 - inner)
    paint(skin, spot(side * 0.22, -0.09, 0.10, 0.035), SHADE, 0.45 * frown)
    paint(skin, area(curve(ring.tolist(), closed=True), 0.011), HAIR, 0.88)


def paint_nose(skin: Float, action: Action) -> None:
    """Paint what the relief is too coarse for: nostrils, wings, the shadow underneath."""
    sneer = max(action.nose_wrinkle, action.upper_lip_raise)
    up, wide = 0.02 * sneer, 0.012 * max(sneer, action.lip_corner_pull)
    paint(skin, spot(0.03, 0.475 - up, 0.11, 0.022), (66, 84, 130), 0.42)
    for side in SIDES:
        x, y = 0.067 + wide, 0.432 - up
        nostril = [(x - 0.033, y), (x, y - 0.014), (x + 0.036, y + 0.004), (x, y + 0.014)]
        mask = area(curve(mirrored(nostril, side), closed=True), 0.008)
        paint(skin, mask, (38, 44, 76), 0.8)
        wing = blank()
        points = [(x + 0.085, y - 0.10), (x + 0.105, y - 0.04), (x + 0.078, y + 0.01)]
        stroke(wing, mirrored(points, side), 0.022, 1)
        paint(skin, soften(wing, 0.010), SHADE, 0.6)


def mouth_corner(action: Action) -> tuple[float, float]:
    """Where the right corner of the mouth is."""
    smile = action.lip_corner_pull
    x = (0.270 + 0.115 * smile + 0.06 * action.lip_stretch - 0.07 * action.jaw_drop * (1 - smile)
         - 0.01 * action.chin_raise + 0.01 * action.lip_corner_depress)  # fmt: skip
    y = (0.70 - 0.115 * smile + 0.07 * action.lip_corner_depress + 0.11 * action.jaw_drop
         + 0.02 * action.lip_stretch - 0.015 * action.chin_raise)  # fmt: skip
    return x, y


def paint_mouth(skin: Float, action: Action) -> None:
    """Paint the mouth; t runs from its left corner to the right one."""
    half, corner = mouth_corner(action)
    smile, jaw = action.lip_corner_pull, action.jaw_drop
    seam = 0.70 - 0.03 * action.chin_raise
    top = seam - 0.05 * action.upper_lip_raise - 0.012 * action.lips_part - 0.008 * smile
    low = (seam + (0.035 + 0.075 * smile) * action.lips_part + 0.29 * jaw
           + 0.055 * action.lower_lip_depress)  # fmt: skip
    full = 1 - 0.5 * action.lip_tighten
    t = np.linspace(-1, 1, 33, dtype=np.float32)
    x = half * t
    arch = np.clip(1 - t**2, 0, 1) ** np.float32(0.8 - 0.3 * jaw)
    bow = np.exp(-0.5 * (t / 0.13) ** 2)
    peaks = np.exp(-0.5 * ((np.abs(t) - 0.22) / 0.2) ** 2)
    upper = corner + (top - corner) * arch + 0.006 * bow
    lower = np.maximum(corner + (low - corner) * arch + 0.004 * bow, upper)
    above = upper - (0.042 * arch + 0.030 * peaks - 0.016 * bow) * full * (1 - 0.5 * smile)
    below = lower + 0.092 * arch**1.2 * full * (1 + 0.2 * action.chin_raise - 0.3 * smile)

    paint(skin, area(band(x, below, below + 0.05 * arch), 0.022), SHADE, 0.45)
    paint(skin, area(band(x, above, upper), 0.008), (84, 88, 152), 0.8)
    paint(skin, area(band(x, lower, below), 0.009), (102, 108, 178), 0.8)
    paint(skin, spot(-0.05, float(lower[16]) + 0.036 * full, 0.08, 0.014), (190, 196, 238), 0.4)
    if low - top > 0.02:
        _inside(skin, action, area(band(x, upper, lower), 0.004), x, float(lower[16]))
    paint(skin, area(band(x, upper - 0.006, upper + 0.006), 0.005), (44, 40, 84), 0.85)
    for side in SIDES:
        paint(skin, spot(side * (half + 0.005), corner, 0.018, 0.014), (60, 70, 120), 0.55)


def _inside(skin: Float, action: Action, opening: Image, x: Float, bottom: float) -> None:
    """Paint what an open mouth shows: tongue and teeth, which lips hide and jaws move."""
    paint(skin, opening, (34, 26, 56))
    tongue = spot(0, bottom + 0.01, 0.13, 0.06)
    paint(skin, within(tongue, opening), (86, 82, 150), 0.8)
    smile = action.lip_corner_pull
    edge = 0.730 + 0.035 * smile - 0.07 * smile * (x / 0.38) ** 2
    teeth = within(area(band(x * 0.95, np.full_like(x, 0.58), edge), 0.007), opening)
    paint(skin, teeth, (208, 221, 229))
    if action.lower_lip_depress > 0:
        low = np.full_like(x, 0.745 + 0.25 * action.jaw_drop)
        lower = within(area(band(x * 0.8, low, low + 0.12), 0.006), opening)
        paint(skin, lower, (178, 192, 202), min(0.95, 3 * action.lower_lip_depress))
        teeth = np.maximum(teeth, lower)
    gaps = blank()
    for middle in (0.0, 0.075, 0.145, 0.20):
        for side in SIDES:
            gap = np.array((side * middle - 0.003, side * middle + 0.003), np.float32)
            fill(gaps, band(gap, np.full_like(gap, 0.58), np.full_like(gap, 1.0)))
    paint(skin, within(gaps, teeth), (120, 132, 146), 0.24)
    for side in SIDES:
        corner = within(spot(side * (x[-1] + 0.01), 0.66, 0.07, 0.2), opening)
        paint(skin, corner, (34, 26, 56), 0.7)

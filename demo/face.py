"""A human face drawn by code: facial actions in, a softly lit head out.

The face is a relief (a height for every pixel) lit from one side, with eyes, brows and mouth
painted on it. What moves it are facial actions as Ekman & Friesen number them in the Facial
Action Coding System (FACS, 1978; Ekman, Friesen & Hager 2002). The shapes are set by eye.
"""

from functools import cache, lru_cache
from typing import NamedTuple

import cv2
import numpy as np

from demo.canvas import (
    HEIGHT,
    UNIT,
    WIDTH,
    Colour,
    Float,
    X,
    Y,
    area,
    band,
    blank,
    combed,
    cover,
    curve,
    fill,
    hill,
    hills,
    mirrored,
    paint,
    soften,
    spot,
    stroke,
    within,
)
from emotion.types import Image

LIGHT = (-0.46, -0.42, 0.78)
"""Where the light comes from: the left, above, before the face."""
SKIN = (146, 178, 222)
SHADE = (72, 92, 142)
"""Skin in its folds."""
HAIR = (38, 46, 62)
SIDES = (-1, 1)


def _bgr(colour: Colour) -> Float:
    return np.array(colour, np.float32)


class Action(NamedTuple):
    """Strength of each facial action, 0 (relaxed) to 1 (as strong as a face can)."""

    inner_brow_raise: float = 0.0  # AU 1
    outer_brow_raise: float = 0.0  # AU 2
    brow_lower: float = 0.0  # AU 4
    upper_lid_raise: float = 0.0  # AU 5
    cheek_raise: float = 0.0  # AU 6
    lid_tighten: float = 0.0  # AU 7
    nose_wrinkle: float = 0.0  # AU 9
    upper_lip_raise: float = 0.0  # AU 10
    lip_corner_pull: float = 0.0  # AU 12
    lip_corner_depress: float = 0.0  # AU 15
    lower_lip_depress: float = 0.0  # AU 16
    chin_raise: float = 0.0  # AU 17
    lip_stretch: float = 0.0  # AU 20
    lip_tighten: float = 0.0  # AU 23, 24
    lips_part: float = 0.0  # AU 25
    jaw_drop: float = 0.0  # AU 26, 27
    eyes_close: float = 0.0  # AU 43, 45
    eyes_down: float = 0.0  # AU 64


# --- the relief -----------------------------------------------------------------------------

_CONTOUR = np.array(
    [(-1.08, 0), (-1.0, 0.34), (-0.85, 0.55), (-0.6, 0.68), (-0.3, 0.71), (0, 0.705),
     (0.25, 0.69), (0.45, 0.65), (0.62, 0.59), (0.76, 0.515), (0.88, 0.43), (0.98, 0.325),
     (1.05, 0.205), (1.08, 0)],
    np.float32,
)  # fmt: skip
"""Rows of (y, half the width of the face)."""


def _lower(y: float, jaw_drop: float) -> float:
    """Where a point of the relaxed face lies when the jaw drops."""
    return y + max(0.0, y - 0.45) * 0.24 * jaw_drop


def _outline(action: Action) -> Float:
    right = [(x, _lower(y, action.jaw_drop)) for y, x in _CONTOUR.tolist()]
    left = [(-x, y) for x, y in right[-2:0:-1]]
    return curve(right + left, closed=True)


@lru_cache(maxsize=64)
def _skull(jaw_drop: float) -> Float:
    """Height of what only the jaw moves: skull, eye sockets, nose."""
    rows = [_lower(y, jaw_drop) for y in _CONTOUR[:, 0].tolist()]
    width = np.interp(Y[:, 0], rows, np.maximum(_CONTOUR[:, 1] + 0.05, 0.44))
    width = cv2.GaussianBlur(width.astype(np.float32)[:, None], (0, 0), 0.08 * UNIT)
    across = np.clip(1 - np.abs(X / width) ** 2.4, 0.02, 1) ** 0.55
    along = np.clip(1 - np.abs(Y / (rows[-1] + 0.16)) ** 3.5, 0.02, 1) ** 0.6
    relief: Float = 0.60 * across * along
    relief += 0.035 * hills(0.30, -0.19, 0.20, 0.065) - 0.075 * hills(0.32, -0.01, 0.15, 0.10)
    relief -= 0.05 * hills(0.13, -0.03, 0.05, 0.08)
    ridge = np.clip((Y + 0.16) / 0.52, 0, 1) ** 1.2 / (1 + np.exp((Y - 0.435) / 0.018))
    relief += 0.17 * ridge * np.exp(-0.5 * (X / (0.06 + 0.035 * np.clip(Y / 0.4, 0, 1))) ** 2)
    relief += 0.05 * hill(0, 0.36, 0.075, 0.06) + 0.055 * hills(0.115, 0.395, 0.045, 0.045)
    return relief


def _relief(action: Action) -> Float:
    """Height of the face in face units."""
    smile, jaw, furrow = action.lip_corner_pull, action.jaw_drop, action.brow_lower
    lift = max(action.cheek_raise, 0.7 * smile)
    cheek = (0.40 + 0.02 * smile, 0.30 - 0.06 * lift)
    relief = _skull(jaw) + (0.04 + 0.07 * lift) * hills(*cheek, 0.14, 0.11)
    relief += 0.05 * hill(0, 0.64, 0.25, 0.16)
    relief -= 0.018 * hill(0, _lower(0.85, jaw), 0.16, 0.045)
    relief += (0.025 + 0.02 * action.chin_raise) * hill(0, _lower(0.96, jaw), 0.17, 0.085)
    relief += 0.02 * action.lower_lip_depress * hills(0.24, _lower(0.83, jaw), 0.06, 0.06)
    relief -= 0.05 * jaw * hills(0.47, 0.62, 0.08, 0.16)
    relief += 0.035 * furrow * hills(0.12, -0.19, 0.05, 0.05)
    relief -= 0.025 * furrow * hill(0, -0.17, 0.035, 0.07)
    return relief


def _folds(action: Action) -> Image:
    """Folds and wrinkles that actions cut into the skin, 0 to 255."""
    smile, raised = action.lip_corner_pull, action.upper_lip_raise
    sneer = max(action.nose_wrinkle, raised)
    squeeze = max(action.cheek_raise, action.lid_tighten)
    x, y = _mouth_corner(action)
    out = x + 0.10
    cheek = (
        0.14 + 0.45 * smile + 0.5 * sneer + 0.2 * max(action.lip_stretch, action.lip_corner_depress)
    )
    mask = blank()
    for side in SIDES:
        for points, width, strength in (
            ([(0.165, 0.39 - 0.03 * sneer), (0.25, 0.45), (out - 0.03, 0.56), (out, y + 0.02)],
             0.045, cheek),
            ([(x + 0.01, y + 0.02), (x + 0.045, y + 0.08), (x + 0.05, y + 0.14)],
             0.035, 0.6 * action.lip_corner_depress),
            ([(0.19, 0.10), (0.29, 0.135), (0.42, 0.115)], 0.03, 0.14 + 0.4 * squeeze),
            ([(0.53, 0.00), (0.61, -0.05)], 0.018, 0.4 * action.cheek_raise),
            ([(0.53, 0.025), (0.62, 0.03)], 0.018, 0.4 * action.cheek_raise),
            ([(0.04, -0.27), (0.05, -0.18), (0.03, -0.08)], 0.038, 0.75 * action.brow_lower),
            ([(0.02, 0.02), (0.09, 0.05)], 0.02, 0.6 * action.nose_wrinkle),
            ([(0.02, 0.08), (0.10, 0.10)], 0.02, 0.6 * action.nose_wrinkle),
        ):  # fmt: skip
            stroke(mask, mirrored(points, side), width, strength)
    inner, outer = action.inner_brow_raise, action.outer_brow_raise
    for middle, strength in ((-0.33, outer), (0.0, inner), (0.33, outer)):
        for row, y in enumerate((-0.40, -0.475, -0.55)):
            half = 0.25 - 0.02 * row
            points = [(middle - half, y + 0.012), (middle, y), (middle + half, y + 0.012)]
            stroke(mask, points, 0.024, 0.34 * strength)
    return mask


# --- eyes, brows, nose, mouth ---------------------------------------------------------------


_IRIS = ((0.075, (44, 52, 60)), (0.064, (70, 98, 116)), (0.033, (20, 18, 18)))
"""Radius and colour of its rim, its middle and the pupil."""


def _eye(skin: Float, action: Action, side: int) -> None:
    """Paint one eye: ball, iris, lashes and the fold above. t runs from the nose outwards."""
    lid = 1 - action.eyes_close
    frown = action.brow_lower * (1 - action.inner_brow_raise)
    sad = action.inner_brow_raise * (1 - action.outer_brow_raise)
    upper = (0.070 + 0.045 * action.upper_lid_raise - 0.016 * action.lid_tighten
             - 0.016 * action.cheek_raise - 0.018 * action.eyes_down - 0.012 * frown)  # fmt: skip
    upper = upper * lid - 0.016 * (1 - lid)
    lower = 0.043 - 0.016 * action.lid_tighten - 0.022 * action.cheek_raise
    lower = lower * lid + 0.012 * (1 - lid)
    t = np.linspace(-1, 1, 25, dtype=np.float32)
    x = side * (0.325 + 0.148 * t)
    dome = (1 - t**2) ** np.float32(0.75)
    skew = 1 - (0.20 + 0.25 * sad - 0.45 * frown) * t
    level = (0.014 * sad - 0.012) * t
    top = level - upper * dome * skew
    bottom = np.maximum(level + lower * dome * (1 + 0.2 * t), top)
    brow_y, middle = level[12] - upper, side * 0.325
    opening = area(band(x, top, bottom))

    if lid > 0.1:
        iris = (side * 0.322, -0.014 + 0.03 * action.eyes_down)
        paint(skin, opening, (206, 213, 220))
        for corner in (0.19, 0.46):
            dim = within(spot(side * corner, 0.0, 0.03, 0.06), opening)
            paint(skin, dim, (120, 138, 176), 0.4)
        for radius, colour in _IRIS:
            turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
            ring = np.stack([np.cos(turn), np.sin(turn)], 1) * radius + iris
            paint(skin, within(area(ring.astype(np.float32), 0.006), opening), colour)
        paint(skin, within(spot(middle, brow_y, 0.16, 0.028), opening), (40, 44, 60), 0.6)
        glint = spot(iris[0] - 0.024, iris[1] - 0.026, 0.012, 0.012)
        paint(skin, within(glint, opening), (250, 250, 250), 0.95)

    paint(skin, area(band(x, bottom - 0.002, bottom + 0.010), 0.006), SHADE, 0.5)
    lashes = band(x, top - 0.013 - 0.008 * (1 + t), top + 0.007)
    paint(skin, area(lashes, 0.005), (28, 30, 40), 0.9)
    gap = 0.040 - 0.020 * frown + 0.012 * action.upper_lid_raise
    fold = level - (max(upper, 0.02) * 0.85 + gap) * dome**0.8 * skew
    paint(skin, area(band(x, fold - 0.007 * dome, fold + 0.007 * dome), 0.008), SHADE, 0.65)


def _brow(skin: Float, action: Action, side: int) -> None:
    inner, outer, low = action.inner_brow_raise, action.outer_brow_raise, action.brow_lower
    middle = np.array(
        [(0.125 - 0.035 * low, -0.195 - 0.10 * inner + 0.095 * low),
         (0.220 - 0.030 * low, -0.222 - 0.075 * inner - 0.03 * outer + 0.075 * low),
         (0.340 - 0.015 * low, -0.240 - 0.02 * inner - 0.085 * outer + 0.04 * low),
         (0.450, -0.225 - 0.095 * outer + 0.01 * low + 0.015 * inner),
         (0.535, -0.180 - 0.06 * outer + 0.02 * inner)]
    )  # fmt: skip
    half = np.array([(0, 0.030), (0, 0.033), (0, 0.028), (0, 0.020), (0, 0.006)])
    ring = np.concatenate([middle - half, (middle + 0.8 * half)[::-1]]) * (side, 1)
    frown = low * (1 - inner)
    paint(skin, spot(side * 0.22, -0.09, 0.10, 0.035), SHADE, 0.45 * frown)
    paint(skin, area(curve(ring.tolist(), closed=True), 0.011), HAIR, 0.82)


def _nose(skin: Float, action: Action) -> None:
    """Paint what the relief is too coarse for: nostrils, wings, the shadow underneath."""
    sneer = max(action.nose_wrinkle, action.upper_lip_raise)
    up, wide = 0.02 * sneer, 0.012 * max(sneer, action.lip_corner_pull)
    paint(skin, spot(0.03, 0.475 - up, 0.11, 0.022), (66, 84, 130), 0.5)
    for side in SIDES:
        x, y = 0.067 + wide, 0.432 - up
        nostril = [(x - 0.033, y), (x, y - 0.014), (x + 0.036, y + 0.004), (x, y + 0.014)]
        mask = area(curve(mirrored(nostril, side), closed=True), 0.008)
        paint(skin, mask, (38, 44, 76), 0.8)
        wing = blank()
        points = [(x + 0.085, y - 0.10), (x + 0.105, y - 0.04), (x + 0.078, y + 0.01)]
        stroke(wing, mirrored(points, side), 0.022, 1)
        paint(skin, soften(wing, 0.010), SHADE, 0.6)


def _mouth_corner(action: Action) -> tuple[float, float]:
    """Where the right corner of the mouth is."""
    smile = action.lip_corner_pull
    x = (0.245 + 0.10 * smile + 0.06 * action.lip_stretch - 0.07 * action.jaw_drop * (1 - smile)
         - 0.01 * action.chin_raise + 0.01 * action.lip_corner_depress)  # fmt: skip
    y = (0.70 - 0.09 * smile + 0.07 * action.lip_corner_depress + 0.11 * action.jaw_drop
         + 0.02 * action.lip_stretch - 0.015 * action.chin_raise)  # fmt: skip
    return x, y


def _mouth(skin: Float, action: Action) -> None:
    """Paint the mouth; t runs from its left corner to the right one."""
    half, corner = _mouth_corner(action)
    smile, jaw = action.lip_corner_pull, action.jaw_drop
    seam = 0.70 - 0.03 * action.chin_raise
    top = seam - 0.05 * action.upper_lip_raise - 0.012 * action.lips_part - 0.012 * smile
    low = (seam + (0.035 + 0.025 * smile) * action.lips_part + 0.29 * jaw
           + 0.055 * action.lower_lip_depress)  # fmt: skip
    full = (1 - 0.5 * action.lip_tighten) * (1 - 0.22 * smile)
    t = np.linspace(-1, 1, 33, dtype=np.float32)
    x = half * t
    arch = np.clip(1 - t**2, 0, 1) ** np.float32(0.8 - 0.3 * jaw)
    bow = np.exp(-0.5 * (t / 0.13) ** 2)
    peaks = np.exp(-0.5 * ((np.abs(t) - 0.22) / 0.2) ** 2)
    upper = corner + (top - corner) * arch + 0.006 * bow
    lower = np.maximum(corner + (low - corner) * arch + 0.004 * bow, upper)
    above = upper - (0.034 * arch + 0.028 * peaks - 0.016 * bow) * full
    below = lower + 0.080 * arch**1.2 * full * (1 + 0.2 * action.chin_raise)

    paint(skin, area(band(x, below, below + 0.05 * arch), 0.022), SHADE, 0.45)
    paint(skin, area(band(x, above, upper), 0.008), (98, 98, 164), 0.78)
    paint(skin, area(band(x, lower, below), 0.009), (112, 114, 186), 0.78)
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
    edge = 0.730 + 0.012 * smile - 0.07 * smile * (x / 0.34) ** 2
    teeth = within(area(band(x * 0.95, np.full_like(x, 0.58), edge), 0.007), opening)
    paint(skin, teeth, (208, 221, 229))
    low = np.full_like(x, 0.745 + 0.25 * action.jaw_drop)
    lower = within(area(band(x * 0.8, low, low + 0.12), 0.006), opening)
    paint(skin, lower, (178, 192, 202), 0.95 * min(1.0, 3 * action.lower_lip_depress))
    gaps = blank()
    for middle in (0.0, 0.065, 0.125, 0.175):
        for side in SIDES:
            gap = np.array((side * middle - 0.003, side * middle + 0.003), np.float32)
            fill(gaps, band(gap, np.full_like(gap, 0.58), np.full_like(gap, 1.0)))
    paint(skin, within(gaps, np.maximum(teeth, lower)), (120, 132, 146), 0.35)
    for side in SIDES:
        corner = within(spot(side * (x[-1] + 0.01), 0.66, 0.07, 0.2), opening)
        paint(skin, corner, (34, 26, 56), 0.7)


# --- the head -------------------------------------------------------------------------------


@cache
def _tint() -> Float:
    """Colour of unlit skin: rosy on cheeks and nose, cooler around the eyes, with fine grain."""
    rosy = 0.9 * hills(0.42, 0.30, 0.16, 0.12) + 0.8 * hill(0, 0.37, 0.10, 0.07)
    dark = hills(0.33, 0.06, 0.15, 0.07) + 0.6 * hills(0.18, -0.03, 0.06, 0.08)
    grain = np.random.default_rng(7).normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    grain = cv2.GaussianBlur(grain, (0, 0), 1.2) * np.float32(3)
    tint: Float = _bgr(SKIN) + rosy[..., None] * _bgr((-14, -20, 0))
    tint += dark[..., None] * _bgr((-12, -22, -26)) + grain[..., None]
    return tint


def _light(relief: Float, folds: Image) -> Float:
    """Light that the relief reflects, about 0.3 to 1.15, as Lambert's law has it."""
    depth = soften(folds, 0.018).astype(np.float32) / 255
    relief = cv2.GaussianBlur(relief - 0.022 * depth, (0, 0), 0.012 * UNIT)
    dx = cv2.Sobel(relief, cv2.CV_32F, 1, 0, scale=UNIT / 8)
    dy = cv2.Sobel(relief, cv2.CV_32F, 0, 1, scale=UNIT / 8)
    steep = np.sqrt(1 + dx * dx + dy * dy)
    x, y, z = np.array(LIGHT, np.float32) / np.linalg.norm(LIGHT)
    facing = np.clip((z - x * dx - y * dy) / steep, -0.25, 1)
    light: Float = (0.42 + 0.66 * facing + 0.10 / steep) * (1 - 0.4 * depth)
    return light


_HAIR_OUTSIDE = [(0.735, 0.12), (0.79, -0.20), (0.81, -0.62), (0.66, -1.02), (0.34, -1.24),
                 (-0.08, -1.28), (-0.48, -1.18), (-0.74, -0.92), (-0.82, -0.55), (-0.79, -0.20),
                 (-0.735, 0.12)]  # fmt: skip
_HAIRLINE = [(-0.69, 0.06), (-0.675, -0.18), (-0.665, -0.34), (-0.61, -0.50), (-0.50, -0.64),
             (-0.34, -0.72), (-0.10, -0.70), (0.18, -0.71), (0.44, -0.66), (0.60, -0.53),
             (0.665, -0.36), (0.675, -0.18), (0.69, 0.06)]  # fmt: skip
_EAR = [(0.66, -0.12), (0.76, -0.17), (0.83, -0.10), (0.83, 0.06), (0.79, 0.22), (0.73, 0.32),
        (0.66, 0.27)]  # fmt: skip
_CONCHA = [(0.72, -0.06), (0.77, -0.09), (0.78, 0.02), (0.74, 0.14), (0.72, 0.20)]


@cache
def _behind() -> tuple[Float, Image]:
    """Ears and the hair behind the head: colour and coverage."""
    picture = np.empty((HEIGHT, WIDTH, 3), np.float32)
    picture[:] = _bgr(SKIN) * 0.5
    coverage = area(curve([*_HAIR_OUTSIDE, (-0.6, 0.15), (0.6, 0.15)], closed=True), 0.006)
    paint(picture, coverage, HAIR)
    for side in SIDES:
        lit = np.float32(0.68 - 0.15 * side)
        ear = area(curve(mirrored(_EAR, side), closed=True), 0.006)
        concha = area(curve(mirrored(_CONCHA, side), closed=True), 0.018)
        paint(picture, ear, (lit * _bgr((132, 160, 214))).tolist())
        paint(picture, concha, (lit * _bgr((86, 98, 144))).tolist(), 0.8)
        coverage = np.maximum(coverage, ear)
    return picture, coverage


@cache
def _hair() -> tuple[Float, Image]:
    """Hair before the head: colour and coverage, with single strands along the forehead."""
    texture = combed()
    mask = area(curve(_HAIR_OUTSIDE + _HAIRLINE, closed=True), 0.02) / np.float32(255)
    mask = np.clip((mask + 0.22 * texture * (mask > 0.02) - 0.3) / 0.4, 0, 1)
    tone = 0.85 + 0.38 * texture + 0.8 * hill(-0.26, -0.98, 0.34, 0.13)
    tone *= 1.05 - 0.35 * np.clip(X + 0.2, 0, 1)
    return _bgr(HAIR) * tone[..., None], (mask * 255).astype(np.uint8)


@lru_cache(maxsize=96)
def draw_head(action: Action) -> Image:
    """Draw the head with an expression: uint8 (HEIGHT, WIDTH, 4), BGR and coverage.

    The picture is kept and shared between callers: copy it before changing it.
    """
    behind, coverage = _behind()
    picture = behind.copy()
    hair, strands = _hair()
    folds = _folds(action)
    skin = _tint() * _light(_relief(action), folds)[..., None]
    paint(skin, soften(np.roll(strands, UNIT // 25, 0), 0.04), SHADE, 0.5)
    paint(skin, soften(folds, 0.010), SHADE, 0.4)
    _nose(skin, action)
    for side in SIDES:
        _eye(skin, action, side)
        _brow(skin, action, side)
    _mouth(skin, action)
    face = area(_outline(action), 0.005)
    cover(picture, skin, face)
    cover(picture, hair, strands)
    coverage = np.maximum(np.maximum(coverage, face), strands)
    return np.dstack([np.clip(picture, 0, 255).astype(np.uint8), coverage])


def draw_bust(x: Float, y: Float) -> tuple[Float, Float]:
    """Draw neck and shoulders: BGR and coverage (0 to 1) at the points `x` (a row of face
    units) and `y` (a column)."""
    pixel = 1.5 * float(x[0, 1] - x[0, 0])
    aside = np.abs(x)
    half = 0.385 + 0.14 * np.clip((y - 1.1) / 0.35, 0, 1) ** 2
    throat = np.clip((half - aside) / pixel, 0, 1) * (y > 0.3)
    lit = 0.52 + 0.36 * np.sqrt(np.clip(1 - (x / 0.52) ** 2, 0, 1)) - 0.34 * x
    lit = lit * (1 - 0.45 * np.exp(-(((y - 1.06) / 0.16) ** 2)))
    skin = _bgr(SKIN) * np.clip(lit, 0.2, 1.1)[..., None]
    collar = 1.34 + 0.16 * np.sqrt(np.clip(1 - (x / 0.5) ** 2, 0, 1))
    shoulder = 1.34 + 0.24 * np.clip(aside - 0.5, 0, None) ** 1.1
    shoulder += 1.5 * np.clip(aside - 1.5, 0, None) ** 2
    edge = np.where(aside < 0.5, collar, shoulder)
    cloth = np.clip((y - edge) / pixel, 0, 1)
    tone = 0.95 - 0.18 * x - 0.3 * np.clip(y - 1.3, 0, 1)
    seam = np.exp(-(((y - edge - 0.085) / 0.012) ** 2)) * (aside < 0.56)
    wool = _bgr((104, 96, 74)) * (tone - 0.18 * seam)[..., None]
    return skin + (wool - skin) * cloth[..., None], np.maximum(throat, cloth)

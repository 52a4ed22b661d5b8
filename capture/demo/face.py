"""A human head drawn by code: facial actions in, a softly lit portrait out.

The face is a relief (a height for every pixel) lit from one side, with the features painted on
it. All shapes, colours and distances here and in `features` are set by eye.
"""

from functools import cache, lru_cache

import cv2
import numpy as np

from capture.demo.actions import Action
from capture.demo.canvas import (
    HEIGHT,
    SIDES,
    UNIT,
    WIDTH,
    Colour,
    Float,
    X,
    Y,
    area,
    blank,
    combed,
    cover,
    curve,
    hill,
    hills,
    mirrored,
    paint,
    soften,
    stroke,
)
from capture.demo.features import (
    HAIR,
    SHADE,
    mouth_corner,
    paint_brow,
    paint_eye,
    paint_mouth,
    paint_nose,
)
from core.vision import Image

LIGHT = (-0.32, -0.10, 0.90)
"""Where the light comes from: the left, above, before the face."""
SKIN = (146, 178, 222)


def _bgr(colour: Colour) -> Float:
    return np.array(colour, np.float32)


_CONTOUR = np.array(
    [(-1.04, 0.00), (-0.96, 0.32), (-0.82, 0.52), (-0.58, 0.64), (-0.29, 0.68), (0.00, 0.68),
     (0.24, 0.67), (0.44, 0.64), (0.61, 0.59), (0.74, 0.52), (0.86, 0.44), (0.95, 0.33),
     (1.01, 0.22), (1.04, 0.00)],
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
    width = np.interp(Y[:, 0], rows, np.maximum(_CONTOUR[:, 1] + 0.05, 0.42))
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
    x, y = mouth_corner(action)
    out = x + 0.10
    cheek = (
        0.14
        + 0.36 * smile
        + 0.4 * sneer
        + 0.15 * max(action.lip_stretch, action.lip_corner_depress)
    )
    mask = blank()
    for side in SIDES:
        for points, width, strength in (
            ([(0.165, 0.39 - 0.03 * sneer), (0.25, 0.45), (out - 0.03, 0.56), (out, y + 0.02)],
             0.045, cheek),
            ([(x + 0.01, y + 0.02), (x + 0.045, y + 0.08), (x + 0.05, y + 0.14)],
             0.035, 0.6 * action.lip_corner_depress),
            ([(0.19, 0.10), (0.29, 0.135), (0.42, 0.115)], 0.03, 0.12 + 0.26 * squeeze),
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


_HAIR_OUTSIDE = [(0.69, 0.12), (0.75, -0.19), (0.77, -0.59), (0.62, -0.98), (0.32, -1.19),
                 (-0.08, -1.23), (-0.45, -1.13), (-0.70, -0.88), (-0.78, -0.53), (-0.75, -0.19),
                 (-0.69, 0.12)]  # fmt: skip
_HAIRLINE = [(-0.65, 0.06), (-0.64, -0.17), (-0.63, -0.33), (-0.58, -0.48), (-0.47, -0.61),
             (-0.32, -0.69), (-0.10, -0.67), (0.17, -0.68), (0.42, -0.63), (0.57, -0.51),
             (0.63, -0.35), (0.64, -0.17), (0.65, 0.06)]  # fmt: skip
_EAR = [(0.62, -0.12), (0.72, -0.17), (0.78, -0.10), (0.78, 0.06), (0.75, 0.22), (0.69, 0.32),
        (0.62, 0.27)]  # fmt: skip
_CONCHA = [(0.68, -0.06), (0.73, -0.09), (0.74, 0.02), (0.70, 0.14), (0.68, 0.20)]


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
    """Draw the head with an expression: uint8 (HEIGHT, WIDTH, 4), BGR and coverage; read-only."""
    behind, coverage = _behind()
    picture = behind.copy()
    hair, strands = _hair()
    folds = _folds(action)
    skin = _tint() * _light(_relief(action), folds)[..., None]
    paint(skin, soften(np.roll(strands, UNIT // 25, 0), 0.04), SHADE, 0.5)
    paint(skin, soften(folds, 0.014), SHADE, 0.32)
    paint_nose(skin, action)
    for side in SIDES:
        paint_eye(skin, action, side)
        paint_brow(skin, action, side)
    paint_mouth(skin, action)
    face = area(_outline(action), 0.005)
    cover(picture, skin, face)
    cover(picture, hair, strands)
    coverage = np.maximum(np.maximum(coverage, face), strands)
    head = np.dstack([np.clip(picture, 0, 255).astype(np.uint8), coverage])
    head.setflags(write=False)  # it is kept, and shared between callers
    return head


def draw_bust(x: Float, y: Float) -> tuple[Float, Float]:
    """Draw neck and shoulders: BGR and coverage (0 to 1) at the points `x` (a row of face
    units) and `y` (a column)."""
    pixel = 1.5 * float(x[0, 1] - x[0, 0])
    aside = np.abs(x)
    half = 0.375 + 0.14 * np.clip((y - 1.1) / 0.35, 0, 1) ** 2
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

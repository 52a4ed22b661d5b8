"""A face drawn by code that moves through expressions: the source for machines without a camera."""

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from capture.demo.actions import ACTIONS, Action
from capture.demo.canvas import HEIGHT, LEFT, TOP, UNIT, WIDTH
from capture.demo.face import draw_bust, draw_head
from core.vision import Image

HOLD_SECONDS = 4.0
"""How long one expression lasts, the transition into it included."""

TRANSITION_SECONDS = 0.4
"""How long one expression takes to become the next."""

EXPRESSIONS: tuple[str, ...] = tuple(ACTIONS)
"""The emotions it shows, in order, over and over."""

_STEPS = 8
"""Pictures of a transition; each is drawn once and kept."""

_BLINK_AT = 3.0
"""When it blinks, in seconds of an expression."""

_EYES_AT = 0.49
"""How far down the frame the eyes are, as a part of its height."""

_NECK = (0.0, 1.25)
"""What the head tilts about: face units."""

_BREATH_SECONDS = 4.5

_WALL = (164, 158, 148)


def expression_at(seconds: float) -> str:
    """Return the emotion that is meant at this time."""
    return EXPRESSIONS[int(seconds // HOLD_SECONDS) % len(EXPRESSIONS)]


def _action_at(seconds: float) -> Action:
    index, since = divmod(seconds, HOLD_SECONDS)
    current = ACTIONS[expression_at(seconds)]
    before = ACTIONS[EXPRESSIONS[(int(index) - 1) % len(EXPRESSIONS)]]
    part = min(1.0, since / TRANSITION_SECONDS)
    part = round(part * part * (3 - 2 * part) * _STEPS) / _STEPS
    closed = max(0.0, 1 - abs(since - _BLINK_AT) / 0.12)
    mixed = Action(*(a + (b - a) * part for a, b in zip(before, current, strict=True)))
    return mixed._replace(eyes_close=max(mixed.eyes_close, round(closed * 3) / 3))


def _motion(seconds: float) -> tuple[float, float, float, float]:
    """Drift right and down (face units), tilt (degrees) and scale of the head."""
    turn = 2 * np.pi * seconds
    x = 0.035 * np.sin(turn / 7.3) + 0.015 * np.sin(turn / 3.1 + 1)
    y = 0.010 * np.sin(turn / _BREATH_SECONDS) + 0.010 * np.sin(turn / 5.7 + 2)
    tilt = 1.6 * np.sin(turn / 9.1 + 0.5) + 0.6 * np.sin(turn / 4.3)
    return x, y, tilt, 1 + 0.008 * np.sin(turn / 11)


def _unit(width: int, height: int) -> float:
    """Pixels of one face unit in the frame."""
    return min(0.325 * height, 0.42 * width)


@lru_cache(maxsize=4)
def _backdrop(width: int, height: int) -> Image:
    """Wall, neck and shoulders: what the head is put on."""
    unit = _unit(width, height)
    x = ((np.arange(width)[None, :] + 0.5 - width / 2) / unit).astype(np.float32)
    y = ((np.arange(height)[:, None] + 0.5 - _EYES_AT * height) / unit).astype(np.float32)
    glow = 0.74 + 0.34 * np.exp(-((x + 0.9) ** 2) / 5 - ((y + 0.4) ** 2) / 3)
    wall = np.array(_WALL, np.float32) * glow[..., None]
    bust, coverage = draw_bust(x, y)
    return (wall + (bust - wall) * coverage[..., None]).astype(np.uint8)


@lru_cache(maxsize=4)
def _grain(width: int, height: int) -> Image:
    """A camera's noise around 128, 16 pixels larger than the frame each way."""
    noise = np.random.default_rng(1).normal(128, 1.3, (height + 16, width + 16, 1))
    return np.repeat(noise.round().astype(np.uint8), 3, axis=2)


def _put_head(frame: Image, head: Image, matrix: npt.NDArray[np.float64]) -> None:
    """Put the head where `matrix` (2, 3) moves it; only there, as a whole frame takes longer."""
    border = np.array(((0, 0, 1), (WIDTH, 0, 1), (WIDTH, HEIGHT, 1), (0, HEIGHT, 1)))
    corners = border @ matrix.T
    size = (frame.shape[1], frame.shape[0])
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, size).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)), 0, size).astype(int)
    moved = matrix - ((0, 0, left), (0, 0, top))
    warped = cv2.warpAffine(head, moved, (right - left, bottom - top))
    weight = warped[..., 3] * np.float32(1 / 255)
    part = frame[top:bottom, left:right]
    part[:] = cv2.blendLinear(cv2.cvtColor(warped, cv2.COLOR_BGRA2BGR), part, weight, 1 - weight)


def render(seconds: float, width: int = 640, height: int = 480) -> Image:
    """Draw the frame at a time: the same for the same arguments, in about a millisecond.

    A head that was not drawn before takes some 30 ms more; a cycle needs about 60 of them, and
    they are kept.

    Args:
        seconds: since the start; the expressions repeat, the motion of the head does not.
        width: of the frame in pixels.
        height: of the frame in pixels.

    Returns:
        uint8 (height, width, 3), BGR.
    """
    unit = _unit(width, height)
    frame = _backdrop(width, height).copy()
    chest = round(_EYES_AT * height + 0.9 * unit)
    breath = 0.010 * unit * np.sin(2 * np.pi * seconds / _BREATH_SECONDS)
    lower = frame[chest:]
    if len(lower):
        shift = np.array(((1, 0, 0), (0, 1, breath)))
        lower[:] = cv2.warpAffine(lower, shift, lower.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)

    right, down, tilt, scale = _motion(seconds)
    zoom = scale * unit / UNIT
    cos, sin = zoom * np.cos(np.deg2rad(tilt)), zoom * np.sin(np.deg2rad(tilt))
    rotation = np.array(((cos, -sin), (sin, cos)))
    neck = ((_NECK[0] - LEFT) * UNIT, (_NECK[1] - TOP) * UNIT)
    target = (width / 2 + (_NECK[0] + right) * unit, _EYES_AT * height + (_NECK[1] + down) * unit)
    matrix = np.column_stack([rotation, target - rotation @ neck])
    _put_head(frame, draw_head(_action_at(seconds)), matrix)

    row, column = int(seconds * 997) % 16, int(seconds * 613) % 16
    grain = _grain(width, height)[row : row + height, column : column + width]
    cv2.addWeighted(frame, 1, grain, 1, -128, dst=frame)
    return frame

"""A face drawn by code that moves through expressions: the source for machines without a camera."""

from functools import lru_cache

import cv2
import numpy as np

from demo.canvas import HEIGHT, LEFT, TOP, UNIT, WIDTH
from demo.face import Action, draw_bust, draw_head
from emotion.types import Image

HOLD_SECONDS = 4.0
"""How long one expression lasts, the transition into it included."""

TRANSITION_SECONDS = 0.4

# fmt: off
_ACTIONS = {
    "neutral": Action(),
    "happy": Action(cheek_raise=0.7, lip_corner_pull=0.9, lips_part=0.9, upper_lip_raise=0.35),
    "surprise": Action(
        inner_brow_raise=0.9, outer_brow_raise=0.9, upper_lid_raise=0.9, jaw_drop=0.6, lips_part=0.5
    ),
    "sad": Action(
        inner_brow_raise=1, cheek_raise=0.28, lid_tighten=0.2, nose_wrinkle=0.2,
        lip_corner_depress=1, chin_raise=0.45, lip_stretch=0.09, eyes_close=0.4, eyes_down=0.64,
    ),
    "angry": Action(
        outer_brow_raise=0.22, brow_lower=1.2, upper_lid_raise=0.8, cheek_raise=0.12,
        lid_tighten=0.79, nose_wrinkle=0.59, upper_lip_raise=1.0, lip_corner_depress=0.54,
        lower_lip_depress=1.0, chin_raise=0.41, lips_part=0.93, jaw_drop=0.1,
    ),
    "fear": Action(
        inner_brow_raise=1.0, brow_lower=0.3, upper_lid_raise=0.77, cheek_raise=0.2,
        upper_lip_raise=0.6, lip_corner_depress=0.43, lower_lip_depress=0.64, lip_stretch=1.0,
        lips_part=1.0, jaw_drop=0.35, eyes_down=0.2,
    ),
}
# fmt: on

EXPRESSIONS: tuple[str, ...] = tuple(_ACTIONS)
"""The emotions it shows, in order, over and over."""

_STEPS = 8
"""Pictures of a transition; each is drawn once and kept."""

_BLINKS = (1.3, 2.9)
"""When it blinks, in seconds of an expression."""

_FACE_HEIGHT = 0.31
"""One face unit as a part of the frame's height."""

_EYES_AT = 1.58
"""From the upper edge of the frame to the eyes: face units."""

_PIVOT = (0.0, 1.25)
"""The head tilts about the neck: face units."""

_GREY = (176, 170, 160)


def expression_at(seconds: float) -> str:
    """Return the emotion that is meant at this time."""
    return EXPRESSIONS[int(seconds // HOLD_SECONDS) % len(EXPRESSIONS)]


def _action_at(seconds: float) -> Action:
    index, since = divmod(seconds, HOLD_SECONDS)
    current = _ACTIONS[expression_at(seconds)]
    before = _ACTIONS[EXPRESSIONS[(int(index) - 1) % len(EXPRESSIONS)]]
    part = min(1.0, since / TRANSITION_SECONDS)
    part = round(part * part * (3 - 2 * part) * _STEPS) / _STEPS
    closed = max(0.0, 1 - min(abs(since - blink) for blink in _BLINKS) / 0.1)
    mixed = Action(*(a + (b - a) * part for a, b in zip(before, current, strict=True)))
    return mixed._replace(eyes_close=max(mixed.eyes_close, round(closed * 3) / 3))


def _motion(seconds: float) -> tuple[float, float, float, float]:
    """Drift right and down (face units), tilt (degrees) and scale of the head."""
    turn = 2 * np.pi * seconds
    x = 0.035 * np.sin(turn / 7.3) + 0.015 * np.sin(turn / 3.1 + 1)
    y = 0.012 * np.sin(turn / 4.0) + 0.010 * np.sin(turn / 5.7 + 2)
    tilt = 1.6 * np.sin(turn / 9.1 + 0.5) + 0.6 * np.sin(turn / 4.3)
    return x, y, tilt, 1 + 0.008 * np.sin(turn / 11)


@lru_cache(maxsize=4)
def _backdrop(width: int, height: int) -> Image:
    """Wall, shoulders and neck: all that holds still."""
    unit = _FACE_HEIGHT * height
    x = ((np.arange(width, dtype=np.float32) + 0.5 - width / 2) / unit)[None, :]
    y = ((np.arange(height, dtype=np.float32) + 0.5) / unit - _EYES_AT)[:, None]
    glow = np.exp(-((x + 0.9) ** 2) / 5 - ((y + 0.4) ** 2) / 3)
    picture = np.array(_GREY, np.float32) * (0.72 + 0.36 * glow)[..., None]
    bust, cover = draw_bust(x, y)
    picture += (bust - picture) * cover[..., None]
    return np.clip(picture, 0, 255).astype(np.uint8)


@lru_cache(maxsize=4)
def _noise(width: int, height: int) -> Image:
    rng = np.random.default_rng(1)
    grain = rng.normal(128, 1.6, (height + 16, width + 16, 1)).round()
    return np.repeat(grain, 3, axis=2).astype(np.uint8)


def render(seconds: float, width: int = 640, height: int = 480) -> Image:
    """Draw the frame at a time: uint8 (height, width, 3) BGR, the same for the same arguments."""
    unit = _FACE_HEIGHT * height
    x, y, tilt, scale = _motion(seconds)
    turn = np.deg2rad(tilt)
    zoom = scale * unit / UNIT
    rotate = np.array(((np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn)))) * zoom
    pivot = (np.array(_PIVOT) - (LEFT, TOP)) * UNIT
    target = ((_PIVOT[0] + x) * unit + width / 2, (_PIVOT[1] + y + _EYES_AT) * unit)
    matrix = np.column_stack([rotate, target - rotate @ pivot])
    head = draw_head(_action_at(seconds))
    # Only where the head is: warping the whole frame would take twice the time.
    corners = np.array(((0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT))) @ rotate.T + matrix[:, 2]
    left, top = np.clip(np.floor(corners.min(0)), 0, (width, height)).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(0)), 0, (width, height)).astype(int)
    matrix[:, 2] -= left, top
    warped = cv2.warpAffine(head, matrix, (right - left, bottom - top))
    weight = warped[..., 3] * np.float32(1 / 255)
    frame = _backdrop(width, height).copy()
    part = frame[top:bottom, left:right]
    part[:] = cv2.blendLinear(cv2.cvtColor(warped, cv2.COLOR_BGRA2BGR), part, weight, 1 - weight)
    row, column = int(seconds * 997) % 16, int(seconds * 613) % 16
    grain = _noise(width, height)[row : row + height, column : column + width]
    cv2.addWeighted(frame, 1, grain, 1, -128, dst=frame)
    return frame

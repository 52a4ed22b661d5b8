"""Training voices as other speakers, rooms and microphones would give them.

Speed, and pitch with it, is changed in the samples (see `data`); everything else here, on what
`emotion.voice.model_input.describe` returns, where it costs a twentieth.
"""

from dataclasses import dataclass

import numpy as np

from emotion.voice.features import FLOOR_DB, MELS
from emotion.voice.statistics import statistics
from training.voice.data import Clips

DECIBELS = np.float32(np.log(10) / 10)
"""Turns dB into the natural logarithm of a power."""


@dataclass(frozen=True)
class Augmentation:
    """Ranges that each clip is changed within, uniformly, independently."""

    variants: int = 25
    """Changed copies of each clip, beside one unchanged at each speed."""
    stretch: float = 0.12
    """Of the tempo, either way, the pitch kept."""
    shift: int = 6
    """Frames that the start is moved, either way; what lies before it is silence."""
    tilt: float = 4.0
    """dB at both ends of the spectrum, and as a slow wave over it: another microphone."""
    warp: float = 1.5
    """Mels that the spectrum is moved, either way: another vocal tract."""
    octaves: float = 0.08
    """Of pitch, either way."""
    noisy: float = 0.3
    """Part of the copies that get a background."""
    noise: tuple[float, float] = (-65.0, -35.0)
    """Its level, dB against the loudest value."""


def views(clips: Clips, how: Augmentation, seed: int) -> np.ndarray:
    """Return float32 (speeds + variants, clips, 1271): statistics of each clip, and of copies.

    The first is the clip as it is; the next are it at the other speeds.
    """
    rng = np.random.default_rng(seed)
    plain = [np.stack([statistics(rows.astype(np.float32)) for rows in at]) for at in clips.rows]
    changed = []
    for number in range(how.variants):
        at = clips.rows[number % len(clips.rows)]
        changed.append(np.stack([statistics(augment(rows, how, rng)) for rows in at]))
        print(f"copy {number + 1} of {how.variants}", flush=True)
    return np.stack(plain + changed)


def augment(rows: np.ndarray, how: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """Return a changed copy of what `describe` gave, float32 (m, 67)."""
    changed = _stretch(rows.astype(np.float32), how, rng)
    _colour(changed[:, :MELS], how, rng)
    if rng.random() < how.noisy:
        _add_noise(changed, rng.uniform(*how.noise), rng)
    voiced = changed[:, MELS + 1] != 0
    changed[voiced, MELS + 1] += rng.uniform(-how.octaves, how.octaves)
    return changed


def _stretch(rows: np.ndarray, how: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """Read the rows at another tempo, from a little earlier or later."""
    tempo = np.exp(rng.uniform(-how.stretch, how.stretch))
    start = rng.integers(-how.shift, how.shift + 1)
    places = np.arange(start, len(rows), tempo)
    lower = np.clip(np.floor(places).astype(int), 0, len(rows) - 1)
    upper = np.minimum(lower + 1, len(rows) - 1)
    part = np.clip(places - lower, 0, 1)[:, np.newaxis].astype(np.float32)
    read = rows[lower] * (1 - part) + rows[upper] * part
    # Between a voiced and an unvoiced frame lies no pitch in between.
    read[:, MELS + 1] = rows[np.where(part[:, 0] < 0.5, lower, upper), MELS + 1]
    read[places < 0] = 0
    read[places < 0, : MELS + 1] = FLOOR_DB
    return read


def _colour(mels: np.ndarray, how: Augmentation, rng: np.random.Generator) -> None:
    """Move the spectrum and tilt it, in place."""
    places = np.clip(np.arange(MELS) + rng.uniform(-how.warp, how.warp), 0, MELS - 1)
    lower = places.astype(int)
    upper = np.minimum(lower + 1, MELS - 1)
    part = (places - lower).astype(np.float32)
    mels[:] = mels[:, lower] * (1 - part) + mels[:, upper] * part
    axis = np.linspace(-1, 1, MELS)
    wave = np.cos(np.pi * (rng.uniform(0.5, 2.0) * axis + rng.uniform(0, 2)))
    mels += rng.uniform(-how.tilt, how.tilt) * axis + rng.uniform(0, how.tilt / 2) * wave
    np.maximum(mels, FLOOR_DB, out=mels)


def _add_noise(rows: np.ndarray, level: float, rng: np.random.Generator) -> None:
    """Add the power of a steady background to the mels and the loudness, in place."""
    spectrum = level + rng.uniform(-10, 5) * np.linspace(0, 1, MELS + 1)
    flicker = rng.normal(0, 1.3, (len(rows), 1))
    both = np.logaddexp(rows[:, : MELS + 1] * DECIBELS, (spectrum + flicker) * DECIBELS)
    rows[:, : MELS + 1] = both / DECIBELS

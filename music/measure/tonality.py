"""The key of music by the pitch classes it is made of, on NumPy alone."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from audio.frames import Samples
from audio.music_file import SAMPLE_RATE
from music.measure.dsp import Floats, frames_of

FRAME: Final = 8192
"""Samples of a spectrum for keys: 0.37 s, 2.7 Hz a bin."""
HOP: Final = 4096
BAND: Final = (60.0, 1000.0)
"""Hz in which tones are looked for: above, overtones outnumber them."""
MAJOR: Final = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR: Final = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
"""How well each pitch class fits a key, from its tonic up: Krumhansl and Kessler 1982."""


@dataclass(frozen=True)
class Key:
    """A key, and how clear its mode is."""

    tonic: int
    """0 C, 1 C sharp ... 11 B."""
    majorness: float
    """Correlation with the best major key less that with the best minor one, -2 to 2."""


def key(samples: Samples) -> Key:
    """Return the key whose profile the tones of a song fit best (Krumhansl 1990)."""
    classes = chroma(samples)
    fits = np.array([[_fit(classes, profile, t) for t in range(12)] for profile in (MAJOR, MINOR)])
    tonic = int(fits.max(axis=0).argmax())
    best = fits.max(axis=1)
    return Key(tonic, float(best[0] - best[1]))


def _fit(classes: Floats, profile: tuple[float, ...], tonic: int) -> float:
    if not classes.any():
        return 0.0
    return float(np.corrcoef(classes, np.roll(profile, tonic))[0, 1])


def chroma(samples: Samples) -> Floats:
    """Return how much of each pitch class there is, (12,) from C up, summing to 1.

    Peaks of the spectrum count by the square root of their magnitude, each moment alike; the
    tuning is found first.
    """
    window = np.hanning(FRAME).astype(np.float32)
    low, high = (round(edge * FRAME / SAMPLE_RATE) for edge in BAND)
    pitches, weights = [], []
    for frames in frames_of(samples, FRAME, HOP):
        magnitude = np.abs(np.fft.rfft(frames * window)[:, low - 1 : high + 1])
        pitch, weight = _peaks(magnitude, low)
        pitches.append(pitch)
        weights.append(weight)
    pitch, weight = np.concatenate(pitches), np.concatenate(weights)
    if not weight.any():
        return np.zeros(12)
    # The mean direction of the deviations from A = 440 Hz, a semitone being the full circle.
    tuning = np.angle(np.sum(weight * np.exp(2j * np.pi * pitch))) / (2 * np.pi)
    classes = np.round(pitch - tuning).astype(int) % 12
    return np.bincount(classes, weight, 12) / weight.sum()


def _peaks(magnitude: Floats, low: int) -> tuple[Floats, Floats]:
    """Return pitches in semitones above C and weights of the peaks of spectra.

    Args:
        magnitude: (frames, bins).
        low: the bin of its second column.
    """
    left, middle, right = magnitude[:, :-2], magnitude[:, 1:-1], magnitude[:, 2:]
    loudest = middle.max(axis=1, keepdims=True)
    frame, place = np.nonzero((middle > left) & (middle >= right) & (middle > 0.02 * loudest))
    before, at, behind = (np.log(m[frame, place] + 1e-12) for m in (left, middle, right))
    bent = 0.5 * (before - behind) / np.minimum(before - 2 * at + behind, -1e-12)
    frequency = (place + low + bent) * SAMPLE_RATE / FRAME
    weight = np.sqrt(middle / np.maximum(loudest, 1e-12))[frame, place]
    return 12 * np.log2(frequency / 440) + 9, weight

"""A stretch of voice as numbers that do not depend on when things happen. NumPy only.

First order: functionals over frames, as eGeMAPS and ComParE take them (Eyben 2016, IEEE TAFFC
7/2), of the cepstrum and its slope, of pitch, periodicity and loudness, of the spectrum's
shape, and of how fast each band of it rises and falls. Second order: how all of these move
together, as correlations, which no microphone's colour changes.
"""

import itertools

import numpy as np

from audio.clip import SAMPLE_RATE
from emotion.voice.features import HOP, MELS, Floats

CEPSTRA = 20
CORRELATED = 16
"""Cepstra whose correlations are taken."""
BANDS = 16
RATES_HZ = (0.5, 2.0, 4.0, 6.0, 8.0, 12.0, 20.0)
"""Edges of the modulation rates; syllables come 3 to 6 times a second."""
LEVELS = (5, 25, 50, 75, 95)
"""Percentiles of each value."""
SIZE = 568 + 703
"""Values of `statistics`: first and second order."""


def _cosines() -> Floats:
    """Return float32 (64, 20): the orthonormal DCT-II (Ahmed 1974)."""
    places = np.pi * (np.arange(MELS)[:, np.newaxis] + 0.5) * np.arange(CEPSTRA) / MELS
    scale = np.where(np.arange(CEPSTRA) == 0, 1.0, 2.0) / MELS
    return np.asarray(np.cos(places) * np.sqrt(scale), np.float32)


COSINES = _cosines()
"""From log-mel rows to cepstra, by a matrix product."""
_PAIRS = np.triu_indices(2 * (CORRELATED + 3), 1)


def statistics(rows: Floats) -> Floats:
    """Return float32 (1271,) for a stretch of voice.

    Args:
        rows: float32 (n, 67), n at least 3: 64 mels and the loudness in dB, the pitch in octaves
            (0 where there is none), the periodicity.
    """
    mels, loudness, octaves, periodicity = np.split(rows, (MELS, MELS + 1, MELS + 2), axis=1)
    mels = mels - mels.mean()
    voiced = octaves[:, 0] != 0
    if voiced.sum() < 6:
        voiced = np.ones(len(rows), bool)
    cepstra = mels @ COSINES
    slopes = np.gradient(cepstra, axis=0)
    shape = _shape(mels)
    # What has as many rows is summed up together: a call of NumPy costs more than its work.
    whole = _summary(np.concatenate([cepstra, slopes, shape, loudness - loudness.mean()], axis=1))
    spoken = _summary(np.concatenate([shape, octaves, periodicity], axis=1)[voiced])
    flux = np.abs(np.diff(mels, axis=0)).mean(axis=1, keepdims=True)
    moving = _summary(np.concatenate([np.diff(loudness, axis=0), flux], axis=1))
    pitch = octaves[voiced]
    parts = [
        whole[:, :CEPSTRA],
        whole[:, CEPSTRA : 2 * CEPSTRA],
        np.gradient(slopes, axis=0).std(axis=0),
        spoken[:, -2],
        _summary(_glides(pitch)),
        spoken[:, -1],
        whole[:, -1],
        moving[:, 0],
        np.array(
            [
                voiced.mean(),
                len(loudness) * HOP / SAMPLE_RATE,
                _trend(pitch),
                _trend(loudness[voiced]),
            ]
        ),
        _of_bands(mels.reshape(len(mels), BANDS, -1).mean(axis=2), voiced),
        whole[:, 2 * CEPSTRA : -1],
        spoken[:, :-2],
        moving[:, 1],
        _correlations(cepstra[:, :CORRELATED], loudness, octaves, periodicity, voiced),
    ]
    return np.concatenate([part.ravel() for part in parts], dtype=np.float32)


def _summary(values: Floats) -> Floats:
    """Return (8, columns): mean, deviation, five percentiles and their range of each column."""
    # Of the ranks, the nearest: np.percentile takes ten times as long.
    ranks = np.rint(np.array(LEVELS) / 100 * (len(values) - 1)).astype(int)
    levels = np.sort(values, axis=0)[ranks]
    mean = values.mean(axis=0, keepdims=True)
    deviation = values.std(axis=0, keepdims=True, mean=mean)
    return np.concatenate([mean, deviation, levels, levels[-1:] - levels[:1]])


def _glides(pitch: Floats) -> Floats:
    """Return how the pitch moves between frames, in octaves; farther is an octave error."""
    glides = np.diff(pitch, axis=0)
    glides = glides[np.abs(glides[:, 0]) < 0.3]
    return glides if len(glides) else np.zeros((1, 1), np.float32)


def _trend(values: Floats) -> float:
    """Return by how much a straight line through the values rises over all of them."""
    time = np.linspace(-0.5, 0.5, len(values))
    return float((time @ values[:, 0]) / (time @ time))


def _of_bands(bands: Floats, voiced: Floats) -> Floats:
    """Return the bands' means and deviations, and how much each moves at each of `RATES_HZ`."""
    window = np.hanning(len(bands))[:, np.newaxis]
    spectrum = np.abs(np.fft.rfft((bands - bands.mean(axis=0)) * window, 256, axis=0))
    rates = np.fft.rfftfreq(256, HOP / SAMPLE_RATE)
    moving = [
        spectrum[(rates >= low) & (rates < high)].mean(axis=0)
        for low, high in itertools.pairwise(RATES_HZ)
    ]
    modulation = np.log1p(np.concatenate(moving) / np.sqrt(len(bands)))
    return np.concatenate([bands[voiced].mean(axis=0), bands[voiced].std(axis=0), modulation])


def _shape(mels: Floats) -> Floats:
    """Return (frames, 3): centre and 85 % roll-off in mels, low over high in dB."""
    power = 10 ** (mels / 10)
    summed = np.cumsum(power, axis=1)
    total = power.sum(axis=1)
    centre = (power @ np.arange(MELS)) / total
    roll_off = (summed > 0.85 * total[:, np.newaxis]).argmax(axis=1)
    low, high = power[:, : MELS // 3].sum(axis=1), power[:, MELS // 3 :].sum(axis=1)
    return np.stack([centre, roll_off, 10 * np.log10(low / high)], axis=1)


def _correlations(
    cepstra: Floats, loudness: Floats, octaves: Floats, periodicity: Floats, voiced: Floats
) -> Floats:
    """Return float (703,): the correlations of 19 values and their slopes with each other."""
    usual = np.median(octaves[voiced])
    pitch = np.where(voiced[:, np.newaxis], octaves, usual)
    values = np.concatenate([cepstra, loudness, 10 * periodicity, 10 * pitch], axis=1)
    moving = np.concatenate([values, np.gradient(values, axis=0)], axis=1)
    moving -= moving.mean(axis=0)
    moving /= moving.std(axis=0) + 1e-4
    together = moving.T @ moving
    return np.asarray(together[_PAIRS] / len(moving))

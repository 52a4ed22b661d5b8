"""A stretch of voice as numbers that do not depend on when things happen. NumPy only.

First order: functionals over frames, as eGeMAPS and ComParE take them (Eyben 2016, IEEE TAFFC
7/2), of the cepstrum and its slope, of pitch, periodicity and loudness, of the spectrum's
shape, and of how fast each band of it rises and falls. Second order: how all of these move
together, as correlations, which no microphone's colour changes.
"""

import itertools

import numpy as np

from emotion.voice import HOP, MELS, SAMPLE_RATE, Floats

CEPSTRA = 20
CORRELATED = 16
"""Cepstra whose correlations are taken."""
BANDS = 16
RATES_HZ = (0.5, 2.0, 4.0, 6.0, 8.0, 12.0, 20.0)
"""Edges of the modulation rates; syllables come 3 to 6 times a second."""
LEVELS = (5, 25, 50, 75, 95)
"""Percentiles of each value."""
SIZE = 568 + 703


def _cosines() -> Floats:
    """Return float32 (64, 20): the orthonormal DCT-II (Ahmed 1974)."""
    places = np.pi * (np.arange(MELS)[:, np.newaxis] + 0.5) * np.arange(CEPSTRA) / MELS
    scale = np.where(np.arange(CEPSTRA) == 0, 1.0, 2.0) / MELS
    return np.asarray(np.cos(places) * np.sqrt(scale), np.float32)


_COSINES = _cosines()
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
    cepstra = mels @ _COSINES
    parts = [
        _of_cepstra(cepstra),
        _of_prosody(loudness, octaves, periodicity, voiced),
        _of_bands(mels.reshape(len(mels), BANDS, -1).mean(axis=2), voiced),
        _of_shape(mels, voiced),
        _correlations(cepstra[:, :CORRELATED], loudness, octaves, periodicity, voiced),
    ]
    return np.concatenate(parts, dtype=np.float32)


def _summary(values: Floats) -> Floats:
    """Return mean, deviation, five percentiles and their range of each column."""
    # Of the ranks, the nearest: np.percentile takes ten times as long.
    ranks = np.rint(np.array(LEVELS) / 100 * (len(values) - 1)).astype(int)
    levels = np.sort(values, axis=0)[ranks]
    range_ = levels[-1] - levels[0]
    return np.concatenate([values.mean(axis=0), values.std(axis=0), *levels, range_])


def _of_cepstra(cepstra: Floats) -> Floats:
    slopes = np.gradient(cepstra, axis=0)
    curvature = np.gradient(slopes, axis=0).std(axis=0)
    return np.concatenate([_summary(cepstra), _summary(slopes), curvature])


def _of_prosody(loudness: Floats, octaves: Floats, periodicity: Floats, voiced: Floats) -> Floats:
    pitch = octaves[voiced]
    glides = np.diff(pitch, axis=0)
    glides = glides[np.abs(glides[:, 0]) < 0.3]  # farther is an octave error
    groups = (
        pitch,
        glides if len(glides) else np.zeros((1, 1), np.float32),
        periodicity[voiced],
        loudness - loudness.mean(),
        np.diff(loudness, axis=0),
    )
    single = (
        voiced.mean(),
        len(loudness) * HOP / SAMPLE_RATE,
        _trend(pitch),
        _trend(loudness[voiced]),
    )
    return np.concatenate([*map(_summary, groups), np.array(single)])


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


def _of_shape(mels: Floats, voiced: Floats) -> Floats:
    """Summarise centre and 85 % roll-off in mels, low over high in dB, and the flux."""
    power = 10 ** (mels / 10)
    total = power.sum(axis=1)
    centre = (power @ np.arange(MELS)) / total
    roll_off = (np.cumsum(power, axis=1) > 0.85 * total[:, np.newaxis]).argmax(axis=1)
    low, high = power[:, : MELS // 3].sum(axis=1), power[:, MELS // 3 :].sum(axis=1)
    shape = np.stack([centre, roll_off, 10 * np.log10(low / high)], axis=1)
    flux = np.abs(np.diff(mels, axis=0)).mean(axis=1, keepdims=True)
    return np.concatenate([_summary(shape), _summary(shape[voiced]), _summary(flux)])


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

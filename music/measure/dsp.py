"""What music measurably is: loudness, brightness, onsets and tempo, on NumPy alone.

All take float32 mono at `audio.music_file.SAMPLE_RATE`. Spectra are computed some seconds at a
time, so that a song takes little more memory than its samples. There is no matrix product in here:
a BLAS would spread it over all cores, where the processes that measure other files already are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from audio.frames import Samples
from audio.music_file import SAMPLE_RATE

Floats = npt.NDArray[np.floating]

FRAME: Final = 1024
"""Samples of a spectrum for loudness, brightness and onsets: 46 ms."""
HOP: Final = 256
RATE: Final = SAMPLE_RATE / HOP
"""Frames a second: 86."""
BLOCK: Final = 2**19
"""Samples in the frames looked at together: 2 MB, and as many again in each step."""

BANDS: Final = 40
COMPRESSION: Final = 0.3
"""Of a song's mean power in a band: rises far below it do not count as onsets."""
MIN_RISE: Final = 0.001
"""Mean rise of the bands, in powers of ten, below which nothing sets in: a drone must not."""
ONSET_HEIGHT: Final = 0.2
"""Of the envelope's standard deviation, above its mean around: what is lower is no onset."""
ONSET_REST: Final = round(0.05 * RATE)
"""Frames after an onset in which there is no other: 50 ms."""

TEMPI: Final = np.arange(50.0, 220.25, 0.25)
"""Beats a minute that are considered."""
TEMPO_MIDDLE, TEMPO_WIDTH = 115.0, 0.85
"""Log-normal weight of tempi, in beats a minute and octaves, as Ellis 2007 has it ("Beat tracking
by dynamic programming"). This, COMPRESSION and ONSET_HEIGHT were chosen on made music."""
FINE: Final = 16_384
"""Points of the envelope's spectrum: 0.3 beats a minute apart."""
MULTIPLES: Final = (1, 2, 3, 4)
"""Beats over which a tempo must repeat itself."""


@dataclass(frozen=True)
class Spectral:
    """What the short spectra of a song tell."""

    power: Floats
    """(frames,), K-weighted mean square, full-scale square wave 1 (ITU-R BS.1770-5)."""
    brightness: float
    """Hz, the centroid of the mean magnitude spectrum."""
    onsets: Floats
    """(frames,), how much louder a frame's bands are than those before: an onset envelope."""


def spectral(samples: Samples) -> Spectral:
    """Look at a song in frames of 46 ms."""
    frequencies = np.fft.rfftfreq(FRAME, 1 / SAMPLE_RATE)
    window = np.hanning(FRAME + 1)[:-1].astype(np.float32)
    # Parseval, both halves of the spectrum: sums of |X|^2 become mean squares.
    scale = 2 / (FRAME * float((window**2).sum()))
    weights = (scale * _k_weighting(frequencies)).astype(np.float32)
    bands = MelBands(frequencies)
    silence = COMPRESSION * float(np.mean(samples**2)) / scale / BANDS + 1e-12
    power, levels = [], []
    magnitude = np.zeros(len(frequencies))
    for frames in frames_of(samples, FRAME, HOP):
        squared = np.abs(np.fft.rfft(frames * window)) ** 2
        power.append((squared * weights).sum(axis=1))
        magnitude += np.sqrt(squared).sum(axis=0)
        levels.append(np.log10(bands.of(squared) + silence))
    brightness = float((magnitude * frequencies).sum() / max(magnitude.sum(), 1e-12))
    return Spectral(np.concatenate(power), brightness, _novelty(np.concatenate(levels)))


def frames_of(samples: Samples, length: int, hop: int) -> Iterator[Samples]:
    """Yield windows on the samples, (some, length) at a time."""
    windows = np.lib.stride_tricks.sliding_window_view(samples, length)[::hop]
    some = BLOCK // length
    for start in range(0, len(windows), some):
        yield windows[start : start + some]


def _k_weighting(frequencies: Floats) -> Floats:
    """Return the squared gain of BS.1770's two filters, as their analogue prototypes have it.

    The digital filters are given for 48 kHz only; these are the frequencies and gains they
    were derived from (Mansbridge et al., AES 2012).
    """
    s = 1j * np.maximum(frequencies, 1e-3)
    f, q, gain = 1681.974, 0.7071752, 10 ** (3.999844 / 20)
    lift = gain**0.4996667741545416
    shelf = (gain * s**2 + lift / q * f * s + f**2) / (s**2 + f / q * s + f**2)
    f, q = 38.13547, 0.5003270
    highpass = s**2 / (s**2 + f / q * s + f**2)
    return np.abs(shelf * highpass) ** 2


class MelBands:
    """Overlapping triangles on the mel scale from 30 Hz to 10 kHz.

    Args:
        frequencies: Hz, of the bins.
    """

    def __init__(self, frequencies: Floats) -> None:
        lowest, highest = 2595 * np.log10(1 + np.array([30, 10_000]) / 700)
        edges = 700 * (10 ** (np.linspace(lowest, highest, BANDS + 2) / 2595) - 1)
        self._starts = np.searchsorted(frequencies, edges)
        between = np.searchsorted(edges, frequencies, side="right").clip(1, BANDS + 1)
        low, high = edges[between - 1], edges[between]
        self._rising = ((frequencies - low) / (high - low)).astype(np.float32)

    def of(self, squared: Floats) -> Floats:
        """Return power (frames, BANDS) of spectra (frames, bins).

        Between two edges one triangle rises and the one before it falls, together they are 1.
        """
        whole = np.add.reduceat(squared, self._starts, axis=1)[:, :-1]
        rising = np.add.reduceat(squared * self._rising, self._starts, axis=1)[:, :-1]
        return rising[:, :-1] + (whole - rising)[:, 1:]


def _novelty(levels: Floats) -> Floats:
    """Return how much louder the bands are than two frames before, vibrato left out.

    A band is compared with the loudest of itself and its neighbours then (SuperFlux, Boeck and
    Widmer 2013).
    """
    around = np.pad(levels, ((0, 0), (1, 1)), mode="edge")
    before = np.maximum(np.maximum(around[:, :-2], around[:, 2:]), levels)
    rise = np.maximum(levels[2:] - before[:-2], 0).mean(axis=1)
    rise[rise < MIN_RISE] = 0
    return np.concatenate([np.zeros(2, rise.dtype), rise])


def loudness(power: Floats) -> float:
    """Return the integrated loudness in LUFS (BS.1770-5), a mono song as if on two speakers.

    Blocks of 0.4 s below -70 LUFS, and 10 LU below the mean of the others, do not count.

    Raises:
        ValueError: no block is louder than -70 LUFS.
    """
    length, step = round(0.4 * RATE), round(0.1 * RATE)
    sums = np.concatenate([[0.0], np.cumsum(power, dtype=np.float64)])
    blocks = 2 * (sums[length::step] - sums[:-length:step]) / length
    loud = blocks[blocks > 10 ** ((-70 + 0.691) / 10)]
    if not len(loud):
        raise ValueError("silence")
    gated = loud[loud > loud.mean() / 10]
    return float(-0.691 + 10 * np.log10(gated.mean()))


def onset_times(novelty: Floats) -> Floats:
    """Return when tones and beats set in, s: peaks of an onset envelope.

    A peak is the largest within 50 ms and stands out from the mean of the half second around.
    """
    height = _sliding_mean(novelty, round(0.25 * RATE)) + ONSET_HEIGHT * novelty.std()
    padded = np.pad(novelty, ONSET_REST // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * (ONSET_REST // 2) + 1)
    peaks = np.flatnonzero((novelty == windows.max(axis=1)) & (novelty > height))
    onsets: list[int] = []
    for peak in peaks:
        if not onsets or peak - onsets[-1] >= ONSET_REST:
            onsets.append(int(peak))
    return np.array(onsets) / RATE


def _sliding_mean(values: Floats, reach: int) -> Floats:
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    places = np.arange(len(values))
    first, last = np.maximum(places - reach, 0), np.minimum(places + reach + 1, len(values))
    return (sums[last] - sums[first]) / (last - first)


def tempo(novelty: Floats) -> float:
    """Return the tempo in beats a minute, 50 to 220: how an onset envelope repeats itself.

    The autocorrelation is high at a tempo and its parts, the spectrum at a tempo and its
    multiples; where both are high is the beat (Peeters 2007, "Template-based estimation of
    time-varying tempo"). Half and double are told apart by `TEMPO_MIDDLE` mostly, which is also the
    answer where nothing ever sets in.
    """
    period = 60 * RATE / TEMPI
    length = min(len(novelty), 2 * (int(period.max()) * max(MULTIPLES) + 1))
    lags = np.arange(length)
    window = np.hanning(length)
    repeats, spectrum = np.zeros(length), np.zeros(FINE // 2 + 1)
    for start in range(0, len(novelty) - length + 1, max(length // 2, 1)):
        part = novelty[start : start + length] - novelty[start : start + length].mean()
        repeats += np.fft.irfft(np.abs(np.fft.rfft(part, 2 * length)) ** 2)[:length]
        spectrum += np.abs(np.fft.rfft(part * window, FINE)) ** 2
    repeats /= length - lags  # as many products make up each lag
    comb = sum(np.interp(period * k, lags, repeats) / k for k in MULTIPLES)
    pulse = np.interp(FINE / period, np.arange(len(spectrum)), spectrum)
    weight = np.exp(-0.5 * (np.log2(TEMPI / TEMPO_MIDDLE) / TEMPO_WIDTH) ** 2)
    score = np.maximum(comb, 0) * pulse**0.25 * weight
    return float(TEMPI[score.argmax()]) if score.any() else TEMPO_MIDDLE

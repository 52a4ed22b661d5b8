"""What a voice does in a clip: log-mel spectrum, pitch, and where it speaks. NumPy only.

The one feature function that training, evaluation and serving share.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from audio.clip import SAMPLE_RATE

Floats = npt.NDArray[np.float32]

HOP = 256
"""Samples between frames: 16 ms."""
WINDOW = 512
"""Samples of a spectrum's Hann window: 32 ms."""
PITCH_RATE = 8_000
"""Half the sample rate: enough for pitches up to 600 Hz, at less than half the work."""
PITCH_WINDOW = 512
"""64 ms at `PITCH_RATE`: four periods of the lowest pitch."""
MELS = 64
MIN_HZ = 60.0
MAX_HZ = 7_600.0
MIN_BIN = 2
"""Of the spectrum, in the loudness: what lies below 62 Hz is hum and steps."""
BLOCK = 192
"""Frames that are worked on at a time, some 3 s: none of their spectra takes a megabyte, from which
on (`web.serving.memory.LARGE_BLOCK`) memory comes from the system anew, at thrice the cost."""
PITCH_HZ = (65.0, 600.0)
FLOOR_DB = -70.0
"""Quietest mel energy that is told from silence, against the clip's loudest."""


@dataclass(frozen=True, eq=False)
class VoiceFeatures:
    """What `extract_features` hears in a clip, by frames of 16 ms."""

    peak: float
    """Largest magnitude of a sample, 0 to 1; everything else is relative to the clip itself."""
    log_mel: Floats
    """float32 (frames, 64), dB against the clip's loudest value, `FLOOR_DB` to 0."""
    loudness: Floats
    """float32 (frames,), dB against the clip's loudest frame, `FLOOR_DB` to 0."""
    pitch: Floats
    """float32 (frames,), Hz; means something only where `periodicity` is high."""
    periodicity: Floats
    """float32 (frames,), 0 noise to 1 a perfect repetition at `pitch`."""

    @property
    def voiced(self) -> npt.NDArray[np.bool_]:
        """bool (frames,), where there is a pitch, inside its range and not in the background."""
        inside = (self.pitch > PITCH_HZ[0] + 1) & (self.pitch < PITCH_HZ[1] - 10)
        return (self.periodicity > 0.5) & (self.loudness > -35.0) & inside


def extract_features(samples: Floats) -> VoiceFeatures:
    """Describe a clip; its level does not matter, as the loudest moment is the reference.

    Args:
        samples: float32 (n,), mono, 16 kHz.

    Returns:
        `VoiceFeatures` of max(1, ceil(n / 256)) frames, centred at every 256th sample.
    """
    if len(samples):
        samples = samples - samples.mean()  # cheap microphones have an offset
    peak = float(np.abs(samples).max(initial=0.0))
    scaled = samples / np.float32(peak) if peak > 0 else samples
    frames = max(1, -(-len(samples) // HOP))
    # The mean of two neighbours is filter enough: what it folds back lies above 4 kHz.
    even = len(scaled) // 2 * 2
    halved = np.asarray((scaled[:even:2] + scaled[1:even:2]) / 2, np.float32)
    wide = _frames(scaled, frames, WINDOW, HOP)
    narrow = _frames(halved, frames, PITCH_WINDOW, HOP // 2)
    mels, loud = np.empty((frames, MELS), np.float32), np.empty(frames, np.float32)
    pitch, periodicity = np.empty(frames, np.float32), np.empty(frames, np.float32)
    for start in range(0, frames, BLOCK):
        block = slice(start, start + BLOCK)
        power = _power(wide[block])
        mels[block] = power @ _MEL  # by one core: see `main`
        loud[block] = power[:, MIN_BIN:].sum(axis=1)
        pitch[block], periodicity[block] = _pitch(narrow[block])
    return VoiceFeatures(
        peak=peak,
        log_mel=_decibels(mels),
        loudness=_decibels(loud),
        pitch=pitch,
        periodicity=periodicity,
    )


def _frames(samples: Floats, count: int, width: int, hop: int) -> Floats:
    """Return (count, width): windows centred at every `hop`th sample, zeros beyond the ends."""
    padded = np.zeros((count - 1) * hop + width, np.float32)
    padded[width // 2 :][: len(samples)] = samples[: len(padded) - width // 2]
    return np.lib.stride_tricks.sliding_window_view(padded, width)[::hop]


def _hann(width: int) -> Floats:
    return np.asarray(np.hanning(width + 1)[:-1], np.float32)


def _power(frames: Floats) -> Floats:
    return np.asarray(np.abs(np.fft.rfft(frames * _hann(WINDOW), axis=1)) ** 2, np.float32)


def _decibels(power: Floats) -> Floats:
    loudest = max(float(power.max()), 1e-12)
    floor = 10.0 ** (FLOOR_DB / 10)
    return np.asarray(10 * np.log10(np.maximum(power / loudest, floor)), np.float32)


def mel_filters() -> Floats:
    """Return float32 (257, 64): triangles evenly spaced in mel, 2595 log10(1 + f / 700).

    (O'Shaughnessy 1987.) Each has the height 1, and at least one bin of the spectrum.
    """

    def mel(hertz: float) -> float:
        return 2595 * float(np.log10(1 + hertz / 700))

    edges = 700 * (10 ** (np.linspace(mel(MIN_HZ), mel(MAX_HZ), MELS + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)[:, np.newaxis]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    filters = np.maximum(0, np.minimum(rising, falling))
    # At 31 Hz a bin, the lowest triangles may fall between two: they take the nearest.
    empty = np.flatnonzero(filters.sum(axis=0) < 0.5)
    nearest = np.abs(bins - edges[1:-1]).argmin(axis=0)
    filters[nearest[empty], empty] = 1.0
    return np.asarray(filters, np.float32)


_MEL = mel_filters()


def _pitch(frames: Floats) -> tuple[Floats, Floats]:
    """Return pitch in Hz and periodicity of windows (Boersma 1993).

    The autocorrelation of the windowed signal is divided by the window's own, so that a
    periodic signal gives 1 at its period whatever the lag; a cost of 0.02 an octave prefers
    the shorter of equal periods.
    """
    size = 640  # the window, and room for the longest lag: what wraps around is beyond it
    window = _hann(PITCH_WINDOW)
    centred = (frames - frames.mean(axis=1, keepdims=True)) * window
    shortest = int(PITCH_RATE / PITCH_HZ[1])
    longest = int(PITCH_RATE / PITCH_HZ[0]) + 1
    lags = np.arange(shortest - 1, longest + 2)
    own = np.fft.irfft(np.abs(np.fft.rfft(window, size)) ** 2)
    raw = np.fft.irfft(np.abs(np.fft.rfft(centred, size, axis=1)) ** 2, axis=1)
    energy = np.maximum(raw[:, :1], 1e-9)
    correlation = raw[:, lags] / energy * (own[0] / own[lags])
    inner = correlation[:, 1:-1]
    cost = 0.02 * np.log2(lags[1:-1] / shortest)
    is_peak = (inner >= correlation[:, :-2]) & (inner >= correlation[:, 2:])
    best = np.where(is_peak, inner - cost, -1.0).argmax(axis=1)
    rows = np.arange(len(frames))
    left, middle, right = (correlation[rows, best + shift] for shift in (0, 1, 2))
    curvature = left - 2 * middle + right
    offset = np.where(curvature < 0, 0.5 * (left - right) / np.minimum(curvature, -1e-9), 0.0)
    period = lags[best + 1] + np.clip(offset, -0.5, 0.5)
    return (
        np.asarray(PITCH_RATE / period, np.float32),
        np.asarray(np.clip(middle, 0.0, 1.0), np.float32),
    )

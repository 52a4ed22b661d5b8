"""Music made by rule, of which tempo, key, mode, onsets, loudness and brightness are known."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

RATE = 22_050
"""Hz, of what is made."""
SCALES = {1: (0, 2, 4, 5, 7, 9, 11), 0: (0, 2, 3, 5, 7, 8, 10)}
"""Semitones above the tonic, by mode: 1 major, 0 (natural) minor."""
PROGRESSIONS = {
    1: ((0, 4, 5, 3), (0, 3, 4, 0), (0, 5, 3, 4)),
    0: ((0, 5, 2, 6), (0, 3, 4, 0), (0, 6, 5, 4)),
}
"""Degrees of the scale that chords stand on, a bar each. The first of both modes are the same
chords in another order: telling them apart is hard for people too."""
CODECS = {
    ".wav": "pcm_s16le",
    ".flac": "flac",
    ".mp3": "libmp3lame",
    ".m4a": "aac",
    ".ogg": "libopus",
}
"""FFmpeg's encoder, by the ending of a file's name; Opus takes 48 or 24 kHz only."""
TOGETHER = 0.03
"""Notes that begin within so many seconds are heard as one onset."""


@dataclass(frozen=True)
class Piece:
    """A piece of music to be made."""

    tempo: float = 120.0
    """Beats a minute."""
    tonic: int = 0
    """0 C ... 11 B."""
    mode: int = 1
    """1 major, 0 minor."""
    seconds: float = 20.0
    level: float = -20.0
    """dB, root mean square below full scale."""
    rolloff: float = 1.5
    """Overtone k has k^-rolloff of the fundamental: 1 is bright, 3 dull."""
    drums: bool = True
    notes_per_beat: int = 2
    """Of the melody."""
    detune: float = 0.0
    """Semitones that everything is above A = 440 Hz."""
    seed: int = 0


@dataclass
class _Sheet:
    """A piece on its way to sound."""

    piece: Piece
    samples: np.ndarray
    onsets: list[float] = field(default_factory=list)
    tones: dict[tuple[float, float], np.ndarray] = field(default_factory=dict)
    """Made before, by pitch and length."""

    def add(self, start: float, sound: np.ndarray) -> None:
        first = round(start * RATE)
        part = self.samples[first : first + len(sound)]
        part += sound[: len(part)]
        self.onsets.append(start)

    def tone(self, start: float, length: float, pitch: float, volume: float) -> None:
        """Add a tone, `pitch` in semitones above C4."""
        if (pitch, length) not in self.tones:
            self.tones[pitch, length] = _tone(length, pitch + self.piece.detune, self.piece.rolloff)
        self.add(start, volume * self.tones[pitch, length])


def _tone(length: float, pitch: float, rolloff: float) -> np.ndarray:
    fundamental = 261.6256 * 2 ** (pitch / 12)
    time = np.arange(round(length * RATE)) / RATE
    sound = np.zeros(len(time))
    for overtone in range(1, min(20, int(0.45 * RATE / fundamental)) + 1):
        sound += overtone**-rolloff * np.sin(2 * np.pi * fundamental * overtone * time)
    fades = np.minimum(np.minimum(time / 0.008, (length - time) / 0.02), 1)
    return sound * np.exp(-1.5 * time / length) * fades


def make(piece: Piece) -> tuple[np.ndarray, np.ndarray]:
    """Return a piece as float32 samples (n,) and the times of its onsets in s."""
    generator = np.random.default_rng(piece.seed)
    sheet = _Sheet(piece, np.zeros(round(piece.seconds * RATE)))
    progression = PROGRESSIONS[piece.mode][generator.integers(3)]
    beat, degree = 60 / piece.tempo, 7
    for count in range(int(piece.seconds / beat)):
        start = count * beat
        root = progression[count // 4 % 4]
        sheet.tone(start, beat, _pitch(piece, root) - 24, 0.8)
        if count % 4 == 0:
            for third in (0, 2, 4):
                sheet.tone(start, 3.8 * beat, _pitch(piece, root + third) - 12, 0.35)
        for part in range(piece.notes_per_beat):
            tones = [root, root + 2, root + 4, root + 7, degree - 1, degree + 1]
            degree = int(np.clip(generator.choice(tones), 0, 13))
            length = beat / piece.notes_per_beat
            sheet.tone(start + part * length, 0.9 * length, _pitch(piece, degree), 0.5)
        if piece.drums:
            _drum(sheet, start, beat, upbeat=count % 2 == 1, generator=generator)
    return _levelled(sheet.samples, piece.level), _merged(sheet.onsets)


def _pitch(piece: Piece, degree: int) -> int:
    octave, step = divmod(degree, 7)
    return piece.tonic + 12 * octave + SCALES[piece.mode][step]


def _drum(
    sheet: _Sheet, start: float, beat: float, *, upbeat: bool, generator: np.random.Generator
) -> None:
    time = np.arange(round(0.15 * RATE)) / RATE
    noise = generator.standard_normal(len(time))
    if upbeat:
        sheet.add(start, 0.6 * noise * np.exp(-time / 0.03))
    else:
        sheet.add(start, 1.5 * np.sin(2 * np.pi * 55 * time) * np.exp(-time / 0.05))
    hat = np.diff(noise, prepend=0) * np.exp(-time / 0.01)
    for part in (0, 0.5):
        sheet.add(start + part * beat, 0.2 * hat)


def clicks(tempo: float, seconds: float = 20.0) -> np.ndarray:
    """Return a metronome: float32 samples (n,)."""
    sheet = _Sheet(Piece(), np.zeros(round(seconds * RATE)))
    time = np.arange(round(0.03 * RATE)) / RATE
    for start in np.arange(0, seconds, 60 / tempo):
        sheet.add(start, np.sin(2 * np.pi * 1000 * time) * np.exp(-time / 0.008))
    return _levelled(sheet.samples, -25.0)


def _levelled(samples: np.ndarray, level: float) -> np.ndarray:
    scaled = samples * 10 ** (level / 20) / np.sqrt(np.mean(samples**2))
    return np.clip(scaled, -1, 1).astype(np.float32)


def _merged(onsets: list[float]) -> np.ndarray:
    times: list[float] = []
    for onset in sorted(onsets):
        if not times or onset - times[-1] > TOGETHER:
            times.append(onset)
    return np.array(times)


def suite(count: int, seed: int, seconds: float = 20.0) -> Iterator[Piece]:
    """Yield pieces of tempi from 60 to 180, of all keys and kinds, both modes as often."""
    generator = np.random.default_rng(seed)
    for number in range(count):
        yield Piece(
            tempo=round(float(generator.uniform(60, 180)), 1),
            tonic=int(generator.integers(12)),
            mode=number % 2,
            seconds=seconds,
            level=float(generator.uniform(-35, -14)),
            rolloff=float(generator.uniform(1, 3)),
            drums=bool(generator.random() < 0.6),
            notes_per_beat=int(generator.choice((1, 2, 2, 3, 4))),
            detune=float(generator.uniform(-0.3, 0.3)),
            seed=int(generator.integers(1_000_000)),
        )


def write_music(path: Path, samples: np.ndarray, rate: int = RATE) -> None:
    """Write a music file in the format that the ending of its name says.

    Args:
        path: `.wav`, `.flac`, `.mp3`, `.m4a` or `.ogg`.
        samples: float (n,) or (n, 2), -1 to 1.
        rate: Hz.
    """
    import av

    columns = samples.reshape(len(samples), -1).T
    layout = "mono" if len(columns) == 1 else "stereo"
    with av.open(str(path), "w", format="ipod" if path.suffix == ".m4a" else None) as container:
        stream: Any = container.add_stream(CODECS[path.suffix], rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(columns, np.float32), "fltp", layout
        )
        frame.sample_rate = rate
        for encoded in (stream.encode(frame), stream.encode(None)):
            container.mux(encoded)

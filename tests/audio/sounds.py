"""Sound files made for tests: any container and codec FFmpeg can write, and damaged ones."""

import io
from typing import Any

import av
import numpy as np

RATE = 16_000


def voice(seconds: float = 2.0, seed: int = 0, rate: int = RATE) -> np.ndarray:
    """Return a made-up voice: syllables of a gliding buzz, four a second, with pauses."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * rate)) / rate
    steps = np.clip(np.cumsum(rng.uniform(-0.25, 0.25, int(seconds / 0.15) + 2)), -0.8, 0.8)
    glide = np.interp(time, 0.15 * np.arange(len(steps)), steps)
    phase = 2 * np.pi * np.cumsum(170 * 2**glide) / rate
    buzz = sum(np.sin(k * phase) / k for k in range(1, 12))
    syllables = np.clip(np.sin(2 * np.pi * 3.3 * time), 0, None) ** 0.5
    breath = 0.004 * rng.standard_normal(len(time))
    return (0.25 * buzz * syllables + breath).astype(np.float32)


def tone(seconds: float = 2.0, hertz: float = 220.0, rate: int = RATE) -> np.ndarray:
    """Return a steady sine."""
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(
        np.float32
    )


def melody(seconds: float = 4.0, seed: int = 0) -> np.ndarray:
    """Return plucked notes over chords, tuned and in time."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(int(seconds * RATE))
    steps = (0, 2, 4, 5, 7, 9, 11, 12)
    for begin in np.arange(0, seconds, 0.3):
        _strike(sound, begin, 220 * 2 ** (rng.choice(steps) / 12), 0.4)
    for begin in np.arange(0, seconds, 1.2):
        for step in (0, 4, 7):
            _strike(sound, begin, 130 * 2 ** (step / 12), 0.9)
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


def _strike(sound: np.ndarray, begin: float, hertz: float, decay: float) -> None:
    rest = sound[int(begin * RATE) :]
    time = np.arange(len(rest)) / RATE
    wave = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 8))
    rest += wave * np.minimum(time / 0.01, 1) * np.exp(-time / decay)


def encode(
    samples: np.ndarray,
    container: str = "wav",
    codec: str = "pcm_s16le",
    layout: str = "mono",
    rate: int = RATE,
    options: dict[str, str] | None = None,
) -> bytes:
    """Return a sound file with the samples, alike on all channels.

    Args:
        samples: float32 (n,), at `rate`.
        container: FFmpeg's name of the muxer.
        codec: FFmpeg's name of the encoder.
        layout: of the channels, as `stereo`.
        rate: in Hz.
        options: of the muxer.
    """
    target = io.BytesIO()
    with av.open(target, "w", format=container, container_options=options or {}) as file:
        stream: Any = file.add_stream(codec, rate=rate, options={"strict": "experimental"})
        stream.layout = layout
        stream.codec_context.open()
        channels = len(stream.layout.channels)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(np.tile(samples, (channels, 1))), format="fltp", layout=layout
        )
        frame.sample_rate = rate
        resampler = av.AudioResampler(
            stream.codec_context.format.name,
            layout,
            rate,
            frame_size=stream.codec_context.frame_size or 1024,
        )
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return target.getvalue()


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    """Return a damaged copy: bytes changed, cut out, doubled, or the end missing."""
    spoilt = bytearray(data)
    for _ in range(int(rng.integers(1, 5))):
        place = int(rng.integers(0, max(1, len(spoilt))))
        # Headers are short and decide most: every other damage is done to the first bytes.
        if rng.random() < 0.5:
            place = int(rng.integers(0, max(1, min(len(spoilt), 400))))
        length = int(rng.integers(1, 64))
        kind = rng.integers(0, 6)
        if kind == 0:
            spoilt[place : place + length] = rng.bytes(length)
        elif kind == 1:
            spoilt[place : place + 4] = rng.choice([b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff"])
        elif kind == 2:
            del spoilt[place : place + length]
        elif kind == 3:
            spoilt[place:place] = spoilt[place : place + length] * int(rng.integers(1, 20))
        elif kind == 4:
            del spoilt[place:]
        elif spoilt:
            spoilt[min(place, len(spoilt) - 1)] ^= 1 << int(rng.integers(0, 8))
    return bytes(spoilt)

"""A stretch of voice to the model's input: what training, evaluation and serving share."""

import numpy as np

from audio.clip import SAMPLE_RATE
from emotion.voice.activity import MAX_FRAMES
from emotion.voice.features import (
    FLOOR_DB,
    HOP,
    MAX_HZ,
    MELS,
    MIN_HZ,
    PITCH_HZ,
    WINDOW,
    Floats,
    VoiceFeatures,
    extract_features,
)
from emotion.voice.statistics import SIZE, statistics

SPEEDS = (1.0, 0.93, 1.075)
"""The voice is judged as it is, a little slower and a little faster, and the answers averaged."""
PARAMETERS = {
    "version": 1,
    "sample_rate": SAMPLE_RATE,
    "hop": HOP,
    "window": WINDOW,
    "mels": MELS,
    "lowest_hz": MIN_HZ,
    "highest_hz": MAX_HZ,
    "floor_db": FLOOR_DB,
    "pitch_from_hz": PITCH_HZ[0],
    "pitch_to_hz": PITCH_HZ[1],
    "frames": MAX_FRAMES,
    "statistics": SIZE,
    "views": len(SPEEDS),
}
"""What a model was trained on; its sidecar repeats it, and loading compares."""


def describe(voice: VoiceFeatures) -> Floats:
    """Return float32 (frames, 67): the mels in dB, loudness in dB, pitch, periodicity.

    Pitch is in octaves above 200 Hz, and 0 where there is no voice.
    """
    octaves = np.where(voice.voiced, np.log2(voice.pitch / 200.0), 0.0)
    prosody = np.stack([voice.loudness, octaves, voice.periodicity], axis=1)
    return np.concatenate([voice.log_mel, prosody], axis=1, dtype=np.float32)


def play(samples: Floats, speed: float) -> Floats:
    """Return the samples as at another speed, 1 being their own; pitch and formants move along."""
    if speed == 1:
        return samples
    places = np.arange(0, len(samples) - 1, speed)
    return np.interp(places, np.arange(len(samples)), samples).astype(np.float32)


def view(samples: Floats, span: tuple[int, int], speed: float) -> Floats:
    """Return `describe` of a stretch of a clip, heard at a speed.

    Args:
        samples: float32 (n,), the whole clip.
        span: first frame, and the one behind the last, as `find_voice` gives them.
        speed: 1 is the clip's own.
    """
    return describe(extract_features(play(samples[span[0] * HOP : span[1] * HOP], speed)))


def to_voice_input(samples: Floats, span: tuple[int, int]) -> Floats:
    """Return the model's input, float32 (3, 1271), for a stretch of a clip."""
    return np.stack([statistics(view(samples, span, speed)) for speed in SPEEDS])

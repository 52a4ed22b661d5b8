"""A stretch of voice to the model's input: what training, evaluation and serving share."""

import numpy as np

from emotion.voice import (
    FLOOR_DB,
    HIGHEST_HZ,
    HOP,
    LOWEST_HZ,
    MELS,
    PITCH_HZ,
    SAMPLE_RATE,
    WINDOW,
    Floats,
    Voice,
)
from emotion.voice_activity import FRAMES

PROSODY = 3
CHANNELS = MELS + PROSODY
PARAMETERS = {
    "version": 1,
    "sample_rate": SAMPLE_RATE,
    "hop": HOP,
    "window": WINDOW,
    "mels": MELS,
    "lowest_hz": LOWEST_HZ,
    "highest_hz": HIGHEST_HZ,
    "floor_db": FLOOR_DB,
    "pitch_from_hz": PITCH_HZ[0],
    "pitch_to_hz": PITCH_HZ[1],
    "frames": FRAMES,
    "channels": CHANNELS,
}
"""What a model was trained on; its sidecar repeats it, and loading compares."""


def describe(voice: Voice, start: int, stop: int) -> Floats:
    """Return float32 (stop - start, 67): the mels in dB, loudness in dB, pitch, periodicity.

    Pitch is in octaves above 200 Hz, and 0 where there is no voice.
    """
    rows = slice(start, stop)
    octaves = np.where(voice.voiced[rows], np.log2(voice.pitch[rows] / 200.0), 0.0)
    prosody = np.stack([voice.loudness[rows], octaves, voice.periodicity[rows]], axis=1)
    return np.concatenate([voice.log_mel[rows], prosody], axis=1, dtype=np.float32)


def normalise(rows: Floats) -> Floats:
    """Bring what `describe` gives to the model's range and length.

    The clip's own mean, over all mels and frames, becomes 0: how loud it was recorded says
    nothing. 20 dB become 1. What is missing behind the end is silence.

    Args:
        rows: float32 (n, 67); of more than 176, the first 176 count.

    Returns:
        float32 (176, 67).
    """
    rows = rows[:FRAMES]
    output = np.zeros((FRAMES, CHANNELS), np.float32)
    output[:, : MELS + 1] = FLOOR_DB
    output[: len(rows)] = rows
    output[:, :MELS] -= rows[:, :MELS].mean()
    output[:, MELS] -= rows[:, MELS].mean()
    output[:, : MELS + 1] /= 20.0
    return output


def to_voice_input(voice: Voice, span: tuple[int, int]) -> Floats:
    """Return the model's input, float32 (176, 67), for a stretch of a clip."""
    return normalise(describe(voice, *span))

"""Where a clip holds a voice, if it holds one: the seconds that tell most.

The limits were set on RAVDESS, of which none of 1,440 clips is refused, and on generated music,
tones and noise, of which all are (tests/emotion/voice/test_recogniser.py); on no recorded music.
"""

from dataclasses import dataclass

import numpy as np

from audio.clip import SAMPLE_RATE
from emotion.voice.features import HOP, VoiceFeatures

MAX_FRAMES = 176
"""Frames of 16 ms that are judged at most: 2.8 s."""
STEP = 16
"""Frames between the windows that are tried in a longer clip."""
MARGIN = (6, 10)
"""Frames kept before the first and behind the last voiced one: consonants, breath."""

MIN_PEAK = 1e-3
"""Peak below which a clip is silent, -60 dB of full scale; RAVDESS' quietest peaks at 0.005."""
MIN_VOICED_SECONDS = 0.4
"""Seconds with a pitch; RAVDESS has 0.69 or more, drums and noise 0.34 or less."""
MAX_STEADINESS = 0.65
"""Part of voiced moments of 64 ms over which the pitch moves less than 15 cents. Speech glides,
0.51 at most; tuned instruments stand, 0.88 at least."""
MIN_LIVELINESS = 2.4
"""Standard deviation of the loudness above -40 dB, in dB. Syllables rise and fall: 5.8 or more,
2.7 at 5 dB over noise; sustained singing, vibrato and sirens stay below 1.2."""
NO_VOICE = "There is no voice in the clip."


@dataclass(frozen=True)
class VoiceActivity:
    """The stretch of a clip to judge, or why there is none."""

    span: tuple[int, int] | None
    """First frame, and the one behind the last; at most `MAX_FRAMES` of them."""
    reason: str
    """One sentence where `span` is None, else empty."""


@dataclass(frozen=True)
class VoiceMeasures:
    """What tells a voice from other sound."""

    voiced_seconds: float
    steadiness: float
    liveliness: float


def find_voice(voice: VoiceFeatures) -> VoiceActivity:
    """Find the stretch of speech that tells most: the one with the most voiced energy."""
    if voice.peak < MIN_PEAK:
        return VoiceActivity(None, "The clip is silent.")
    reason, best, most = NO_VOICE, None, 0.0
    energy = np.where(voice.voiced, 10 ** (voice.loudness / 20), 0.0)
    for start in range(0, max(1, len(energy) - MAX_FRAMES + STEP), STEP):
        stop = min(start + MAX_FRAMES, len(energy))
        if energy[start:stop].sum() <= most:
            continue
        refusal = _refusal(measure(voice, start, stop))
        if refusal:
            reason = refusal if best is None else reason
        else:
            best, most = (start, stop), float(energy[start:stop].sum())
    return VoiceActivity(None, reason) if best is None else VoiceActivity(_trim(voice, *best), "")


def measure(voice: VoiceFeatures, start: int, stop: int) -> VoiceMeasures:
    """Measure frames `start` to `stop` of a clip."""
    voiced = voice.voiced[start:stop]
    cents = 1200 * np.log2(voice.pitch[start:stop])
    apart = np.abs(cents[4:] - cents[:-4])
    whole = voiced[4:] & voiced[3:-1] & voiced[2:-2] & voiced[1:-3] & voiced[:-4]
    moved = apart[whole & (apart < 300)]  # farther is an octave error
    loud = voice.loudness[start:stop]
    loud = loud[loud > -40]
    return VoiceMeasures(
        voiced_seconds=float(voiced.sum() * HOP / SAMPLE_RATE),
        steadiness=float((moved < 15).mean()) if len(moved) else 1.0,
        liveliness=float(loud.std()) if len(loud) else 0.0,
    )


def _refusal(measures: VoiceMeasures) -> str:
    if measures.voiced_seconds < MIN_VOICED_SECONDS:
        return NO_VOICE
    if measures.steadiness > MAX_STEADINESS or measures.liveliness < MIN_LIVELINESS:
        return "The clip sounds like music or a tone, not like a voice that speaks."
    return ""


def _trim(voice: VoiceFeatures, start: int, stop: int) -> tuple[int, int]:
    """Return the span without the silence around its voice."""
    places = np.flatnonzero(voice.voiced[start:stop])
    first = max(start, start + int(places[0]) - MARGIN[0])
    return first, min(stop, start + int(places[-1]) + 1 + MARGIN[1])

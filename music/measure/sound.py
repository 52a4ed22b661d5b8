"""What a music file sounds like, measured, and the valence and energy that follow by a rule."""

import math
from pathlib import Path
from typing import Final

from core.errors import SoundError
from core.sound import Sound

ENERGY_LOUDNESS: Final = (1.875, 0.2130, 0.00367)
"""Energy = logistic(a + b * loudness + c * tempo): fitted to Spotify's loudness, tempo and energy
of 2,680 songs by `training.song_sound`."""
ENERGY_TEXTURE: Final = 0.4
"""How far, in logits, many onsets and a bright timbre each raise energy, few and dull lower it."""
VALENCE_MODE, VALENCE_TEMPO = 0.9, 0.6
"""How far, in logits, a clearly major key and a fast tempo raise valence."""


def measure(path: Path) -> Sound:
    """Measure a music file: MP3, FLAC, Ogg, M4A or WAV.

    Takes some 100 MB, and one to two seconds of a core for a song. Other processes may call it.

    Raises:
        SoundError: it cannot be read, is no music file, is shorter than 5 s or silent; one
            sentence, without the path.
    """
    from audio.music_file import SAMPLE_RATE, decode
    from music.measure import dsp, tonality

    samples = decode(Path(path))
    heard = dsp.spectral(samples)
    try:
        loudness = dsp.loudness(heard.power)
    except ValueError as error:
        raise SoundError("expected music, got silence") from error
    seconds = len(samples) / SAMPLE_RATE
    onset_rate = len(dsp.onset_times(heard.onsets)) / seconds
    tempo, key = dsp.tempo(heard.onsets), tonality.key(samples)
    return Sound(
        seconds=round(seconds, 2),
        tempo=round(tempo, 2),
        loudness=round(loudness, 2),
        brightness=round(heard.brightness, 1),
        onset_rate=round(onset_rate, 3),
        key=key.tonic,
        mode=int(key.majorness >= 0),
        majorness=round(key.majorness, 4),
        valence=round(valence_of(tempo, key.majorness), 4),
        energy=round(energy_of(loudness, tempo, onset_rate, heard.brightness), 4),
    )


def energy_of(loudness: float, tempo: float, onset_rate: float, brightness: float) -> float:
    """Return how intense a song is, 0 to 1. Not validated with listeners.

    Loudness and tempo weigh as they do in Spotify's energy. That onsets and brightness raise
    arousal too is from the literature (Gabrielsson and Lindström 2010; Eerola, Friberg and Bresin
    2013, doi 10.3389/fpsyg.2013.00487); by how much is a guess.
    """
    base, of_loudness, of_tempo = ENERGY_LOUDNESS
    texture = _within(math.log2(max(onset_rate, 0.1) / 3)) + _within(math.log2(brightness / 2000))
    return _logistic(base + of_loudness * loudness + of_tempo * tempo + ENERGY_TEXTURE * texture)


def valence_of(tempo: float, majorness: float) -> float:
    """Return how pleasant a song is, 0 to 1. Not validated with listeners.

    Mode is the cue that tells happy from sad music best, tempo the next, and cues add up (Eerola,
    Friberg and Bresin 2013); the sizes are ours. Words, which matter as much, are not heard.
    """
    return _logistic(
        VALENCE_MODE * _within(majorness / 0.1)
        + VALENCE_TEMPO * _within(2 * math.log2(tempo / 110))
    )


def _within(value: float) -> float:
    return min(max(value, -1.0), 1.0)


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))

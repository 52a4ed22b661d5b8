"""What was measured in a music file, as the store keeps it and the importers take it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sound:
    """What was measured in the first five minutes of a music file."""

    seconds: float
    """Length of what was measured."""
    tempo: float
    """Beats a minute, 50 to 220; often half or double of what a person would tap."""
    loudness: float
    """LUFS, integrated (ITU-R BS.1770-5) over the mean of the channels."""
    brightness: float
    """Hz, the centroid of the spectrum."""
    onset_rate: float
    """Onsets of tones and beats a second."""
    key: int
    """The tonic: 0 C, 1 C sharp ... 11 B."""
    mode: int
    """1 major, 0 minor, as Spotify has it."""
    majorness: float
    """How much better the best major key fits than the best minor one, -2 to 2; beyond 0.1 either
    way the mode is right in nine of ten pieces (reports/song_mood/sound.md)."""
    valence: float
    """0 to 1, by the rule of `music.measure.sound.valence_of`."""
    energy: float
    """0 to 1, by the rule of `music.measure.sound.energy_of`."""

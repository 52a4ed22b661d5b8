"""How something is said, not what: a clip's sound in, calibrated probabilities out."""

import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio.frames import Samples
from core.errors import WeightsError
from core.labels import EMOTIONS
from core.status import AnalysisStatus
from core.vision import Probabilities
from emotion.voice.activity import find_voice
from emotion.voice.features import extract_features
from emotion.voice.model_input import SPEEDS, to_voice_input
from emotion.voice.sidecar import SpeechSidecar
from emotion.voice.statistics import SIZE
from inference.calibration import calibrate
from inference.litert import checked_input, load_interpreter
from inference.sidecar import load_sidecar

CONFIDENT = 0.30
"""Probability from which the likeliest emotion is the answer. Of actors never heard, 1.2 % of
the clips stay below, of which 12 % would have been right."""


@dataclass(frozen=True, eq=False)
class SpeechResult:
    """What a clip says of its speaker's emotion."""

    status: AnalysisStatus
    """`OK`, or `UNSURE` where there is no voice or no emotion stands out."""
    reason: str
    """One sentence: why it is unsure; empty where it is not."""
    emotion: str | None
    """The likeliest of `EMOTIONS`; None where unsure."""
    probabilities: Probabilities | None
    """float32 (7,) in the order of `EMOTIONS`; None where there is no voice to judge."""


class SpeechEmotionRecogniser:
    """Recognise the emotion of a voice. Safe to share between threads, which take turns.

    A voice is described in some hundred short calls of NumPy, each of which gives Python's lock
    to whoever waits for it: two voices at once cost half as much again as one after the other.

    Args:
        weights: the `.tflite` file, its sidecar beside it.
        threads: cores that one prediction may use.

    Raises:
        WeightsError: the sidecar or the file is missing, damaged, or of another shape.
    """

    def __init__(self, weights: Path, threads: int = 1) -> None:
        self.sidecar = load_sidecar(weights, SpeechSidecar)
        self._interpreter = load_interpreter(weights, threads)
        shape = (1, len(SPEEDS), SIZE)
        self._input = checked_input(self._interpreter, weights, shape, prefix="speech")
        self._output = self._interpreter.get_output_details()[0]
        if self._output["shape"][-1] != len(self.sidecar.labels):
            raise WeightsError(
                f"speech: '{weights.name}' answers in {self._output['shape'][-1]} columns, "
                f"expected {len(self.sidecar.labels)}"
            )
        self._lock = threading.Lock()

    def listen(self, samples: Samples) -> SpeechResult:
        """Judge the most telling seconds of a clip.

        Args:
            samples: float32 (n,), mono, 16 kHz, as `audio.clip.decode` gives them.
        """
        with self._lock:
            return self._listen(samples)

    def _listen(self, samples: Samples) -> SpeechResult:
        activity = find_voice(extract_features(samples))
        if activity.span is None:
            return SpeechResult(AnalysisStatus.UNSURE, activity.reason, None, None)
        probabilities = self._predict(to_voice_input(samples, activity.span))
        best = int(probabilities.argmax())
        if probabilities[best] < CONFIDENT:
            reason = "No emotion stands out in this voice."
            return SpeechResult(AnalysisStatus.UNSURE, reason, None, probabilities)
        return SpeechResult(AnalysisStatus.OK, "", EMOTIONS[best], probabilities)

    def _predict(self, features: np.ndarray) -> Probabilities:
        self._interpreter.set_tensor(self._input, features[np.newaxis])
        self._interpreter.invoke()
        output = self._interpreter.get_tensor(self._output["index"])
        calibrated = calibrate(output, self.sidecar.temperature)
        return to_seven(calibrated, self.sidecar.labels)[0]


def to_seven(probabilities: Probabilities, labels: tuple[str, ...]) -> Probabilities:
    """Map RAVDESS's eight classes onto `EMOTIONS`: calm counts as neutral.

    Args:
        probabilities: float32 (n, 8), columns as `labels`.
        labels: the eight names.

    Returns:
        float32 (n, 7) in the order of `EMOTIONS`.
    """
    seven = probabilities[:, [labels.index(emotion) for emotion in EMOTIONS]]
    seven[:, EMOTIONS.index("neutral")] += probabilities[:, labels.index("calm")]
    return seven

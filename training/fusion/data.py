"""Pairs of a face and a voice of the same emotion, made of two sets of different people."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.labels import EMOTIONS
from emotion.voice.recogniser import to_seven
from emotion.voice.sidecar import LABELS
from training.common.checkpoint import read_arrays
from training.common.errors import TrainingError
from training.voice.evaluate import Answers, calibrated, seven_labels


@dataclass(frozen=True)
class Voices:
    """RAVDESS's clips as models heard them that had not heard their actors; n rows."""

    probabilities: np.ndarray
    """float32 (n, 7), columns as `EMOTIONS`, calibrated."""
    labels: np.ndarray
    """int (n,), index into `EMOTIONS`; calm counts as neutral."""
    folds: np.ndarray
    """int (n,), the speaker-independent fold of the clip's actor."""

    def of(self, *folds: int) -> "Voices":
        """Return the clips of some folds."""
        rows = np.isin(self.folds, folds)
        return Voices(self.probabilities[rows], self.labels[rows], self.folds[rows])


def read_voices(path: Path) -> Voices:
    """Read what `training.speech evaluate` kept of each fold.

    Raises:
        TrainingError: the file is missing or damaged, or holds something else.
    """
    arrays = read_arrays(path)
    try:
        answers = Answers(**arrays)
        seven = to_seven(calibrated(answers), LABELS)
    except (TypeError, ValueError, IndexError) as error:
        raise TrainingError(
            f"voices: expected the answers of 'training.speech evaluate' in '{path}', "
            f"found {', '.join(arrays)}"
        ) from error
    return Voices(seven, seven_labels(answers.labels), answers.groups)


@dataclass(frozen=True)
class Faces:
    """FER2013's faces as the face model saw them; n rows."""

    probabilities: np.ndarray
    """float32 (n, 7), columns as `EMOTIONS`."""
    labels: np.ndarray
    """int (n,), index into `EMOTIONS`."""

    def take(self, rows: np.ndarray) -> "Faces":
        """Return some of the faces, named by number or by a mask."""
        return Faces(self.probabilities[rows], self.labels[rows])


@dataclass(frozen=True)
class Pairs:
    """n faces, each with a voice of the same emotion."""

    faces: np.ndarray
    """float32 (n, 7)."""
    voices: np.ndarray
    """float32 (n, 7)."""
    labels: np.ndarray
    """int (n,)."""


def pair(faces: Faces, voices: Voices, clips: int, random: np.random.Generator) -> Pairs:
    """Give each face `clips` voices of its emotion, drawn with replacement."""
    rows = np.repeat(np.arange(len(faces.labels)), clips)
    of_emotion = [np.flatnonzero(voices.labels == number) for number in range(len(EMOTIONS))]
    drawn = np.array([random.choice(of_emotion[faces.labels[row]]) for row in rows])
    return Pairs(faces.probabilities[rows], voices.probabilities[drawn], faces.labels[rows])

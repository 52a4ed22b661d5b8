"""RAVDESS as the rows of `emotion.voice.model_input.describe`, at several speeds, computed once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from audio.clip import decode
from audio.frames import Samples
from emotion.voice.activity import find_voice
from emotion.voice.features import extract_features
from emotion.voice.model_input import PARAMETERS, view
from emotion.voice.sidecar import LABELS
from training.common.checkpoint import read_arrays, write_arrays
from training.common.errors import TrainingError

SPEEDS = (1.0, 0.86, 0.93, 1.075, 1.16)
"""Of playing a clip: tempo, pitch and formants move together, as another speaker's would."""
FOLDS = (
    (2, 5, 14, 15, 16),
    (3, 6, 7, 13, 18),
    (10, 11, 12, 19, 20),
    (8, 17, 21, 23, 24),
    (1, 4, 9, 22),
)
"""Actors of the five test folds, as the audio-visual literature takes them."""


@dataclass(frozen=True, eq=False)
class Clips:
    """All clips of RAVDESS, in the order of their names."""

    rows: list[list[np.ndarray]]
    """For each of `SPEEDS` and each clip, float16 (n, 67)."""
    labels: np.ndarray
    """int (clips,), indices into `speech_weights.LABELS`."""
    actors: np.ndarray
    """int (clips,), 1 to 24."""

    def __len__(self) -> int:
        return len(self.labels)


def load(folder: Path, cache: Path) -> Clips:
    """Read RAVDESS, from `cache` where it holds what the code computes today.

    Raises:
        TrainingError: the folder holds no clips named as RAVDESS' are.
    """
    paths = sorted(folder.glob("*.flac"))
    if not paths:
        raise TrainingError(f"speech: expected RAVDESS' .flac files in '{folder}', found none")
    labels, actors = np.array([_parse(path) for path in paths]).T
    if not _holds(cache, paths):
        _compute(paths, cache)
    arrays = read_arrays(cache)
    ends = np.cumsum(arrays["lengths"], axis=1)
    rows = [np.split(arrays[f"rows{i}"], ends[i][:-1]) for i in range(len(SPEEDS))]
    return Clips(rows, labels=labels, actors=actors)


def _parse(path: Path) -> tuple[int, int]:
    """Return label and actor of a file name, MM-VC-EE-II-SS-RR-AA."""
    fields = path.stem.split("-")
    try:
        emotion, actor = int(fields[2]), int(fields[6])
    except (IndexError, ValueError) as error:
        raise TrainingError(f"speech: '{path.name}' is not named as RAVDESS' clips are") from error
    if not 1 <= emotion <= len(LABELS):
        raise TrainingError(f"speech: '{path.name}' names emotion {emotion}, expected 1 to 8")
    return emotion - 1, actor


def _key(paths: list[Path]) -> str:
    return f"{[path.name for path in paths]} {PARAMETERS} {SPEEDS}"


def _holds(cache: Path, paths: list[Path]) -> bool:
    return cache.is_file() and str(read_arrays(cache)["key"]) == _key(paths)


def _compute(paths: list[Path], cache: Path) -> None:
    arrays: dict[str, Any] = {"key": np.array(_key(paths))}
    samples = [decode(path.read_bytes()) for path in paths]
    spans = [span_of(clip, path.name) for clip, path in zip(samples, paths, strict=True)]
    lengths = []
    for index, speed in enumerate(SPEEDS):
        rows = [
            view(clip, span, speed).astype(np.float16)
            for clip, span in zip(samples, spans, strict=True)
        ]
        arrays[f"rows{index}"] = np.concatenate(rows)
        lengths.append([len(part) for part in rows])
        print(f"features at speed {speed}: {len(rows)} clips", flush=True)
    arrays["lengths"] = np.array(lengths)
    write_arrays(cache, arrays)


def span_of(samples: Samples, name: str) -> tuple[int, int]:
    """Return the stretch of a clip that is judged, as it is when serving."""
    voice = find_voice(extract_features(samples))
    if voice.span is None:
        raise TrainingError(f"speech: '{name}' would be refused: {voice.reason}")
    return voice.span

"""Cross-validation of song mood models: every figure is of songs the model did not see."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.labels import SONG_MOODS
from music.measure.song_mood import FEATURES, columns_of, spread
from training.common import metrics
from training.songs.data import SongTable

FOLDS: Final = 5
FIRST_SEED: Final = 100
"""Of the repeats' splits; those below it were looked at while choosing models and features."""

Build = Callable[[int], Any]
"""Makes a model of a seed; it has scikit-learn's `fit` and `predict_proba`."""


@dataclass(frozen=True)
class Score:
    """A model in repeated cross-validation; parts of 1, losses in nats."""

    model: str
    features: str
    """A key of `music.measure.song_mood.FORESTS`."""
    repeats: int
    accuracy: float
    """Mean over the repeats."""
    deviation: float
    """Standard deviation of a repeat's accuracy: what another split of the songs changes."""
    fold_deviation: float
    """Standard deviation of one fold's accuracy, of some 137 songs."""
    macro_f1: float
    loss: float
    calibration_error: float


def folds(songs: SongTable, seed: int, by_artist: bool = False) -> Iterator[tuple[Any, Any]]:
    """Yield places (train, test) of five stratified folds, perhaps with no artist in two."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    kind = StratifiedGroupKFold if by_artist else StratifiedKFold
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield from kind(FOLDS, shuffle=True, random_state=seed).split(
            songs.rows, songs.labels, songs.artists
        )


def columns(rows: np.ndarray, features: str) -> np.ndarray:
    """Return rows as a model takes them, in the features of one of `song_mood.FORESTS`."""
    return spread(rows)[:, columns_of(features)]


def cross_validate(
    build: Build,
    songs: SongTable,
    features: str,
    repeats: int,
    by_artist: bool = False,
    rows: np.ndarray | None = None,
) -> np.ndarray:
    """Return out-of-fold probabilities (repeats, n, 4).

    Args:
        build: of a model, by seed.
        songs: all with a mood.
        features: a key of `music.measure.song_mood.FORESTS`.
        repeats: of the five folds, each with a split of its own.
        by_artist: whether all songs of an artist are in one fold.
        rows: (n, any number), in place of the features, as a model is to take them.
    """
    rows = columns(songs.rows, features) if rows is None else rows
    answers = np.zeros((repeats, len(songs), len(SONG_MOODS)))
    for repeat in range(repeats):
        seed = FIRST_SEED + repeat
        for train, test in folds(songs, seed, by_artist):
            model = build(seed).fit(rows[train], songs.labels[train])
            answers[repeat, test] = model.predict_proba(rows[test])
    return answers


def score(model: str, features: str, answers: np.ndarray, songs: SongTable) -> Score:
    """Return the figures of what `cross_validate` returned with stratified folds."""
    labels = songs.labels
    right = answers.argmax(axis=2) == labels
    of_folds = [
        row[test].mean()
        for repeat, row in enumerate(right)
        for _, test in folds(songs, FIRST_SEED + repeat)
    ]
    return Score(
        model=model,
        features=features,
        repeats=len(answers),
        accuracy=float(right.mean()),
        deviation=float(right.mean(axis=1).std()),
        fold_deviation=float(np.std(of_folds)),
        macro_f1=_mean(metrics.macro_f1(metrics.confusion(a, labels)) for a in answers),
        loss=_mean(metrics.log_loss(a, labels) for a in answers),
        calibration_error=_mean(metrics.reliability(a, labels).error for a in answers),
    )


def _mean(values: Iterator[float]) -> float:
    return float(np.mean(list(values)))


@dataclass(frozen=True)
class Nested:
    """What choosing the model by cross-validation within each training part is worth."""

    accuracy: float
    deviation: float
    """Over the repeats."""
    repeats: int
    chosen: Mapping[str, int]
    """How often each model was chosen."""


def nested(models: Mapping[str, Build], songs: SongTable, features: str, repeats: int) -> Nested:
    """Choose a model by 5-fold cross-validation inside each training part, test it outside."""
    chosen = dict.fromkeys(models, 0)
    accuracies = []
    rows = columns(songs.rows, features)
    for repeat in range(repeats):
        seed, right = FIRST_SEED + repeat, 0
        for train, test in folds(songs, seed):
            part = take(songs, train)
            inner = {
                name: metrics.accuracy(cross_validate(build, part, features, 1)[0], part.labels)
                for name, build in models.items()
            }
            best = max(inner, key=lambda name: inner[name])
            chosen[best] += 1
            model = models[best](seed).fit(rows[train], songs.labels[train])
            right += int((model.predict_proba(rows[test]).argmax(1) == songs.labels[test]).sum())
        accuracies.append(right / len(songs))
    return Nested(float(np.mean(accuracies)), float(np.std(accuracies)), repeats, chosen)


def take(songs: SongTable, places: Sequence[int]) -> SongTable:
    """Return some of the songs."""
    return SongTable(
        songs.rows[places],
        songs.labels[places],
        tuple(songs.names[place] for place in places),
        tuple(songs.artists[place] for place in places),
    )


def with_gaps(build: Build, songs: SongTable, repeats: int) -> dict[str, float]:
    """Return the accuracy of all features where one of the test songs' is not known.

    Such a gap is filled with the median of the training part; `song_mood` does the same, but for
    the features in `NEEDED`, for which this says why not.
    """
    right = dict.fromkeys(FEATURES, 0)
    for repeat in range(repeats):
        seed = FIRST_SEED + repeat
        for train, test in folds(songs, seed):
            model = build(seed).fit(columns(songs.rows[train], "full"), songs.labels[train])
            for index, name in enumerate(FEATURES):
                rows = songs.rows[test].copy()
                rows[:, index] = np.median(songs.rows[train, index])
                answer = model.predict_proba(columns(rows, "full")).argmax(axis=1)
                right[name] += int((answer == songs.labels[test]).sum())
    return {name: count / len(songs) / repeats for name, count in right.items()}

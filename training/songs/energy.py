"""What loudness and tempo tell of Spotify's energy and valence."""

from dataclasses import dataclass

import numpy as np

from music.measure.song_mood import FEATURES


@dataclass(frozen=True)
class Fit:
    """What loudness and tempo tell of energy or valence, by logistic(a + b loudness + c tempo)."""

    of: str
    coefficients: tuple[float, float, float]
    r2: float
    """Out of fold, 5 folds over all songs."""
    elsewhere: dict[str, float]
    """R2 on each list by what the others teach."""


def fit(rows: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return (a, b, c) of the logistic with the least squared error, by Gauss and Newton.

    Args:
        rows: (n, 2), loudness and tempo.
        target: (n,), 0 to 1.
    """
    design = np.column_stack([np.ones(len(rows)), rows])
    weights = np.array([2.0, 0.2, 0.0])
    for _ in range(50):
        answer = _logistic(design @ weights)
        slope = design * (answer * (1 - answer))[:, None]
        weights = weights + np.linalg.lstsq(slope, target - answer, rcond=None)[0]
    return weights


def _logistic(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def _r2(weights: np.ndarray, rows: np.ndarray, target: np.ndarray) -> float:
    left = target - _logistic(weights[0] + rows @ weights[1:])
    return float(1 - (left**2).sum() / ((target - target.mean()) ** 2).sum())


def fit_lists(lists: dict[str, np.ndarray], of: str) -> Fit:
    """Fit energy or valence on all lists of songs, rows as `music.measure.song_mood` has them."""
    from sklearn.model_selection import KFold

    column = FEATURES.index(of)
    used = [FEATURES.index("loudness"), FEATURES.index("tempo")]
    lists = {
        name: rows[~np.isnan(rows[:, [*used, column]]).any(axis=1)] for name, rows in lists.items()
    }
    rows = np.concatenate(list(lists.values()))
    inputs, target = rows[:, used], rows[:, column]
    r2 = [
        _r2(fit(inputs[train], target[train]), inputs[test], target[test])
        for train, test in KFold(5, shuffle=True, random_state=0).split(rows)
    ]
    elsewhere = {}
    for name, there in lists.items():
        others = [part for other, part in lists.items() if other != name]
        if others:
            here = np.concatenate(others)
            weights = fit(here[:, used], here[:, column])
            elsewhere[name] = _r2(weights, there[:, used], there[:, column])
    a, b, c = fit(inputs, target).tolist()
    return Fit(of, (a, b, c), float(np.mean(r2)), elsewhere)

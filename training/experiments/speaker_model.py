"""Speakers that are known: the most that a random split can show. Reported, never shipped.

A random split leaves clips of every actor, and most often the same sentence said the same way a
second time, among those learned from. What is built here makes use of that: it tells who speaks,
measures a voice against that person's own, and keeps a template of each emotion of each actor.
Of an actor never heard it would know nothing, so that no product can be made of it.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.svm import SVC

from emotion.voice.features import MELS, Floats
from emotion.voice.statistics import COSINES
from inference.calibration import softmax
from training.voice.data import SPEEDS
from training.voice.features import Table
from training.voice.model import MAX_DEVIATION

BANDS = 16
COPIES = 3
"""Of each clip, itself among them, where a split is made after copying."""


@dataclass(frozen=True)
class KnownRecipe:
    """How it is built; chosen on splits that are not reported (`known_speakers.SPLITS`)."""

    shrinkage: float = 0.2
    """Of the discriminants' covariances."""
    gamma: float = 0.6
    """Of the Gaussian kernels, against the mean squared distance in one dimension."""
    cost: float = 10.0
    """Of a clip on the wrong side of the machine's margin."""
    filters: int = 400
    """Random ones at each dilation (ROCKET; Dempster 2020, arXiv 1910.13051)."""
    width: int = 7
    """Of a filter, in frames."""
    dilations: tuple[int, ...] = (1, 2, 4, 8)
    templates: float = 0.5
    """Weight of the discriminant of actors and emotions, the machine's being 1."""
    plain: float = 0.5
    """Weight of the discriminant of emotions."""


@dataclass(frozen=True, eq=False)
class Voices:
    """What is known of some clips."""

    statistics: Floats
    """float32 (speeds, n, 1271)."""
    movements: Floats
    """float32 (n, columns), from `movements`."""
    labels: np.ndarray
    """int (n,)."""
    actors: np.ndarray
    """int (n,)."""


def movements(rows: list[np.ndarray], fitted_on: list[np.ndarray], recipe: KnownRecipe) -> Floats:
    """Return how strongly, how often and how evenly random filters answer to each clip.

    Args:
        rows: of each clip, (frames, 67), as `emotion.voice.model_input.describe` gives them.
        fitted_on: clips from which scale and thresholds are taken: none that is tested.
        recipe: how many filters.

    Returns:
        float32 (clips, columns).
    """
    parts = []
    for number, read in enumerate((_bands, _cepstra)):
        rng = np.random.default_rng(number)
        others = [read(clip.astype(np.float32)) for clip in fitted_on]
        together = np.concatenate(others)
        mean, deviation = together.mean(axis=0), together.std(axis=0)
        others = [(clip - mean) / deviation for clip in others]
        clips = [(read(clip.astype(np.float32)) - mean) / deviation for clip in rows]
        for dilation in recipe.dilations:
            filters = _random_filters(recipe, together.shape[1], rng)
            answers = np.concatenate([_filter(clip, filters, dilation) for clip in others[::20]])
            thresholds = np.quantile(answers, (0.25, 0.5, 0.75, 0.92), axis=0)
            parts.append([_summary(_filter(clip, filters, dilation), thresholds) for clip in clips])
    return np.concatenate([np.stack(part) for part in parts], axis=1, dtype=np.float32)


def _bands(rows: Floats) -> Floats:
    mels = rows[:, :MELS]
    bands = mels.reshape(len(rows), BANDS, -1).mean(axis=2)
    return np.concatenate([bands - mels.mean(), *_prosody(rows)], axis=1)


def _cepstra(rows: Floats) -> Floats:
    return np.concatenate([rows[:, :MELS] @ COSINES, *_prosody(rows)], axis=1)


def _prosody(rows: Floats) -> tuple[Floats, ...]:
    """Return loudness, pitch against the clip's own and against 200 Hz, periodicity."""
    loudness, octaves, periodicity = (rows[:, [column]] for column in range(MELS, MELS + 3))
    voiced = octaves != 0
    usual = np.median(octaves[voiced]) if voiced.any() else np.float32(0)
    return (
        loudness,
        np.where(voiced, octaves - usual, 0),
        np.where(voiced, octaves, usual),
        periodicity,
    )


def _random_filters(recipe: KnownRecipe, channels: int, rng: np.random.Generator) -> Floats:
    """Return (width * channels, filters): each looks at one to five channels, length 1."""
    shape = (recipe.filters, recipe.width, channels)
    weights = rng.normal(size=shape).astype(np.float32)
    # Most see changes only, the others levels too.
    weights -= weights.mean(axis=1, keepdims=True) * (rng.random((recipe.filters, 1, 1)) < 0.7)
    order = rng.random((recipe.filters, 1, channels)).argsort(axis=2).argsort(axis=2)
    weights *= order < rng.integers(1, 6, (recipe.filters, 1, 1))
    flat = weights.reshape(recipe.filters, -1)
    return np.asarray((flat / np.linalg.norm(flat, axis=1, keepdims=True)).T, np.float32)


def _filter(clip: Floats, filters: Floats, dilation: int) -> Floats:
    """Return (frames, filters); beyond its ends a clip goes on as it ended."""
    width = len(filters) // clip.shape[1]
    margin = (width - 1) * dilation // 2
    padded = np.pad(clip, ((margin, margin), (0, 0)), mode="edge")
    shifted = [padded[step * dilation :][: len(clip)] for step in range(width)]
    return np.asarray(np.concatenate(shifted, axis=1) @ filters, np.float32)


def _summary(answers: Floats, thresholds: Floats) -> Floats:
    """Return how often the answers are above the thresholds, their maximum, deviation, mean."""
    above = [(answers > threshold).mean(axis=0) for threshold in thresholds]
    return np.concatenate([*above, answers.max(axis=0), answers.std(axis=0), answers.mean(axis=0)])


def answer(training: Voices, held: Voices, recipe: KnownRecipe) -> Floats:
    """Learn from some clips and judge others of the same actors.

    Args:
        training: clips, with their labels and actors.
        held: clips that are judged; their labels and actors are not looked at.
        recipe: how.

    Returns:
        float32 (held, classes), rows summing to 1; columns as `np.unique(training.labels)`.
    """
    joint = _discriminant(training, held, 100 * training.actors + training.labels, recipe)
    emotions = _discriminant(training, held, training.labels, recipe)
    pairs, classes = np.unique(100 * training.actors + training.labels), np.unique(training.labels)
    templates = np.stack([joint[:, pairs % 100 == label].sum(axis=1) for label in classes], axis=1)
    people = np.unique(training.actors)
    speakers = people[_discriminant(training, held, training.actors, recipe).argmax(axis=1)]
    machine = _machine(training, held, speakers, recipe)
    summed = machine + recipe.templates * templates + recipe.plain * emotions
    return np.asarray(summed / summed.sum(axis=1, keepdims=True), np.float32)


def _discriminant(
    training: Voices, held: Voices, targets: np.ndarray, recipe: KnownRecipe
) -> Floats:
    """Return probabilities (held, targets): learned from all speeds, asked at those served."""
    rows = _scaled(training.statistics, training.statistics[0])
    fitted = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=recipe.shrinkage)
    fitted.fit(np.concatenate(list(rows)), np.tile(targets, len(rows)))
    served = [SPEEDS.index(speed) for speed in (1.0, 0.93, 1.075)]
    views = _scaled(held.statistics[served], training.statistics[0])
    return np.asarray(np.mean([fitted.predict_proba(view) for view in views], axis=0), np.float32)


def share_recalled(table: Table, clips: np.ndarray, seed: int, recipe: KnownRecipe) -> float:
    """Return the accuracy of a split made after copying: a leak, shown for what it is worth.

    A fifth of all clips and copies is tested; of nearly every clip in it, other copies are among
    those learned from.

    Args:
        table: with the copies.
        clips: which of its clips take part.
        seed: of the split.
        recipe: how strongly the discriminant of actors and emotions is shrunk.
    """
    copies = table.views[:COPIES, clips]
    rows = copies.reshape(-1, copies.shape[-1])
    labels, actors = (np.tile(each[clips], len(copies)) for each in (table.labels, table.actors))
    order = np.random.default_rng(seed).permutation(len(rows))
    held, learned = order[: len(rows) // 5], order[len(rows) // 5 :]
    rows = _scaled(rows, rows[learned])
    fitted = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=recipe.shrinkage)
    fitted.fit(rows[learned], (100 * actors + labels)[learned])
    return float((fitted.predict(rows[held]) % 100 == labels[held]).mean())


def _machine(training: Voices, held: Voices, speakers: np.ndarray, recipe: KnownRecipe) -> Floats:
    """Return (held, classes): of a support vector machine on the mean of four kernels.

    Statistics and movements, each against all voices and against the speaker's own.
    """
    size = len(training.labels)
    kernels = []
    for name in ("statistics", "movements"):
        ours, theirs = getattr(training, name), getattr(held, name)
        if name == "statistics":
            ours, theirs = ours[0], theirs[0]
        kernels.append(_kernel(np.concatenate([ours, theirs]), size, recipe))
        both = [
            _against_own(part, training, ours, who)
            for part, who in ((ours, training.actors), (theirs, speakers))
        ]
        kernels.append(_kernel(np.concatenate(both), size, recipe))
    kernel = np.mean(kernels, axis=0)
    fitted = SVC(C=recipe.cost, kernel="precomputed").fit(kernel[:size, :size], training.labels)
    scores: Floats = fitted.decision_function(kernel[size:, :size])
    return softmax(scores).astype(np.float32)


def _against_own(values: Floats, training: Voices, learned: Floats, actors: np.ndarray) -> Floats:
    """Return values less their speaker's usual: the mean over the emotions' means."""
    usual = np.empty_like(values)
    for actor in np.unique(actors):
        own = training.actors == actor
        labels = np.unique(training.labels[own])
        means = [learned[own & (training.labels == label)].mean(axis=0) for label in labels]
        usual[actors == actor] = np.mean(means, axis=0)
    return values - usual


def _kernel(values: Floats, count: int, recipe: KnownRecipe) -> Floats:
    """Return the Gaussian kernel of rows, of which the first `count` give the scale."""
    rows = _scaled(values, values[:count])
    lengths = (rows**2).sum(axis=1)
    distances = np.maximum(0, lengths[:, np.newaxis] + lengths - 2 * rows @ rows.T)
    return np.asarray(np.exp(-recipe.gamma * distances / rows.shape[1]), np.float32)


def _scaled(values: Floats, usual: Floats) -> Floats:
    """Return values by the mean and deviation of `usual`'s rows; strange ones do not shout."""
    mean, deviation = usual.mean(axis=0), usual.std(axis=0) + 1e-6
    return np.asarray(
        np.clip((values - mean) / deviation, -MAX_DEVIATION, MAX_DEVIATION), np.float32
    )

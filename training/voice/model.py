"""The network: a linear discriminant and a few perceptrons over the statistics, averaged."""

import os
from dataclasses import dataclass

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from keras import layers

from emotion.voice.sidecar import LABELS
from emotion.voice.statistics import SIZE

MAX_DEVIATION = 5.0
"""Deviations from the mean at which a statistic is cut off: a strange clip must not shout."""


@dataclass(frozen=True)
class Recipe:
    """How the network is trained; chosen on the validation actors of `evaluate.CHOSEN_ON`."""

    shrinkage: float = 0.2
    """Of the discriminant's covariance towards its mean variance (Ledoit 2004)."""
    sharpness: float = 0.5
    """Factor on the discriminant's logits, which are too sure of themselves."""
    perceptrons: int = 3
    """Trained from different seeds."""
    hidden: int = 256
    dropout: tuple[float, float] = (0.3, 0.5)
    """Of the statistics, of the hidden units."""
    steps: int = 1300
    batch_size: int = 256
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    mixup: float = 0.2
    """Alpha of the Beta distribution (Zhang 2018, arXiv 1710.09412)."""
    ema: float = 0.995
    """Momentum of the average of the weights that is kept."""


def train(views: np.ndarray, labels: np.ndarray, recipe: Recipe, seed: int) -> keras.Model:
    """Train the network on all copies of some clips.

    Args:
        views: float32 (copies, clips, 1271).
        labels: int (clips,).
        recipe: how.
        seed: of weights, order and mixing.

    Returns:
        A model from (batch, views, 1271) to probabilities (batch, 8), averaged over the views.
    """
    rows = views.reshape(-1, SIZE)
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    rows = np.clip((rows - mean) / deviation, -MAX_DEVIATION, MAX_DEVIATION)
    targets = np.tile(labels, len(views))
    members = [_discriminant(rows, targets, recipe)]
    for number in range(recipe.perceptrons):
        members.append(_perceptron(rows, targets, recipe, 100 * seed + number))
    return _assemble(members, mean, deviation)


def _discriminant(rows: np.ndarray, labels: np.ndarray, recipe: Recipe) -> keras.Model:
    """Fit Fisher's discriminant, which has a closed form, as one dense layer."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    fitted = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=recipe.shrinkage)
    fitted.fit(rows, labels)
    dense = layers.Dense(len(LABELS), activation="softmax")
    model = keras.Sequential([keras.Input((SIZE,)), dense])
    dense.set_weights([fitted.coef_.T * recipe.sharpness, (fitted.intercept_) * recipe.sharpness])
    return model


def _perceptron(rows: np.ndarray, labels: np.ndarray, recipe: Recipe, seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((SIZE,)),
            layers.Dropout(recipe.dropout[0]),
            layers.Dense(recipe.hidden, activation="relu", kernel_initializer="he_normal"),
            layers.Dropout(recipe.dropout[1]),
            layers.Dense(len(LABELS), activation="softmax"),
        ]
    )
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0,
        recipe.steps,
        alpha=0.01,
        warmup_target=recipe.learning_rate,
        warmup_steps=recipe.steps // 20,
    )
    optimizer = keras.optimizers.AdamW(
        schedule, weight_decay=recipe.weight_decay, use_ema=True, ema_momentum=recipe.ema
    )
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing)
    model.compile(optimizer, loss)
    rng = np.random.default_rng(seed)
    for _ in range(recipe.steps):
        model.train_on_batch(*_batch(rows, labels, recipe, rng))
    optimizer.finalize_variable_values(model.trainable_variables)
    return model


def _batch(
    rows: np.ndarray, labels: np.ndarray, recipe: Recipe, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a batch, each row mixed with another one."""
    first, second = rng.integers(0, len(rows), (2, recipe.batch_size))
    part = rng.beta(recipe.mixup, recipe.mixup, (recipe.batch_size, 1)).astype(np.float32)
    classes = np.eye(len(LABELS), dtype=np.float32)
    return (
        part * rows[first] + (1 - part) * rows[second],
        part * classes[labels[first]] + (1 - part) * classes[labels[second]],
    )


def _assemble(members: list[keras.Model], mean: np.ndarray, deviation: np.ndarray) -> keras.Model:
    inputs = keras.Input((None, SIZE), name="views")
    scaled = layers.Normalization(mean=mean, variance=deviation**2)(inputs)
    scaled = keras.ops.clip(scaled, -MAX_DEVIATION, MAX_DEVIATION)
    answers = [_apply(member, scaled) for member in members]
    average = keras.ops.mean(layers.Average()(answers), axis=1)
    return keras.Model(inputs, average, name="speech")


def _apply(member: keras.Model, values: keras.KerasTensor) -> keras.KerasTensor:
    """Return the member's layers on (batch, views, statistics), which dense layers allow."""
    for layer in member.layers:
        values = layer(values)
    return values

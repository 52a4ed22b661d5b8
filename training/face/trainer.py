"""The network with its faces and their augmentation on the device: it is fed row numbers only."""

from typing import Any

import keras
import numpy as np
from keras import ops

from training.face.augment import augment
from training.face.recipe import Recipe
from training.face.targets import Targets


class FaceTrainer(keras.Model):  # type: ignore[misc]
    """Trains and evaluates `network` on faces that stay in the device's memory.

    The 66 MB of FER2013's training faces are uploaded once; a batch is a vector of row
    numbers, and each face is scaled and augmented where the network runs.
    """

    def __init__(self, network: keras.Model, images: np.ndarray, recipe: Recipe) -> None:
        # Places and angles need float32, whatever the precision that the network computes in.
        super().__init__(name="trainer", dtype="float32")
        self.network = network
        self.recipe = recipe
        self.size = recipe.size_at(0)
        """Edge of the network's input in pixels; `compile` again after a change."""
        self.faces = self.add_weight(
            shape=images.shape, dtype="uint8", trainable=False, initializer="zeros", name="faces"
        )
        self.faces.assign(images)
        self.strength = self.add_weight(
            shape=(), dtype="float32", trainable=False, initializer="ones", name="strength"
        )
        self.noise = keras.random.SeedGenerator(recipe.seed)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the two heads' probabilities.

        Args:
            inputs: rows of the faces, int32 (batch,), or three vectors (rows, partners, share):
                each face is then laid over its partner with this share, float32 0 to 1.
            training: whether the faces are augmented.
        """
        rows, *mixing = inputs if isinstance(inputs, list | tuple) else [inputs]
        faces = self._look_up(rows, training)
        if mixing:
            partners, share = mixing
            share = ops.reshape(share, (-1, 1, 1, 1))
            faces = share * faces + (1 - share) * self._look_up(partners, training)
        return self.network(ops.repeat(faces, 3, axis=-1), training=training)

    def _look_up(self, rows: Any, training: bool) -> Any:
        faces = ops.cast(ops.take(self.faces, rows, axis=0), "float32")[..., None]
        shape = (self.size, self.size)
        faces = ops.image.resize(
            faces, shape, interpolation="bilinear", data_format="channels_last"
        )
        if training:
            faces = augment(faces, self.recipe.augmentation, self.strength, self.noise)
        return faces

    def save_own_variables(self, store: Any) -> None:
        """Save nothing: the faces are data, and the network has its own weights."""

    def load_own_variables(self, store: Any) -> None:
        """Load nothing, as nothing was saved."""

    def build_from_config(self, config: Any) -> None:
        """Build nothing, as the network came with its weights: keras-tuner asks for it."""

    def reseed(self, epoch: int) -> None:
        """Put every source of noise where it stands at the start of `epoch`."""
        states = [v for v in self.variables if "seed_generator_state" in v.path]
        for index, state in enumerate(states):
            noise = np.array([self.recipe.seed * 1000 + index, epoch * 100_000]) % 2**32
            state.assign(noise.astype("uint32"))
        if keras.backend.backend() == "torch":
            import torch

            # What Keras' dropout draws from there.
            torch.manual_seed(self.recipe.seed * 1_000_000 + epoch)


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """One epoch: rows 0 to n - 1 in the order that (seed, epoch) gives, the last part left out.

    Args:
        targets: of the n faces.
        batch_size: of a step.
        seed: of the recipe.
        epoch: from 0.
        mixup: alpha of the Beta distribution that says how much of each face remains where
            another is blended in, with its target (Zhang 2017, arXiv 1710.09412); 0 blends none.
    """

    def __init__(
        self, targets: Targets, batch_size: int, *, seed: int, epoch: int, mixup: float = 0.0
    ) -> None:
        super().__init__()
        self.targets = targets
        self.batch_size = batch_size
        random = np.random.default_rng([seed, epoch])
        self.order = random.permutation(len(targets.fer))
        self.mixing: tuple[np.ndarray, ...] = ()
        """Partner and share of each face, in the epoch's order; empty without mixup."""
        if mixup:
            share = random.beta(mixup, mixup, len(self.order))
            partners = random.permutation(self.order)
            self.mixing = (partners, np.maximum(share, 1 - share).astype(np.float32))

    def __len__(self) -> int:
        return max(1, len(self.order) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        return self.part(slice(index * self.batch_size, (index + 1) * self.batch_size))

    def part(self, part: slice) -> tuple[Any, ...]:
        """Return what the trainer takes in a part of the epoch, the targets, their weights."""
        rows = self.order[part]
        if not self.mixing:
            return rows.astype("int32"), *self._targets_of(rows)
        partners, share = (vector[part] for vector in self.mixing)
        answers, weights = self._targets_of(rows)
        others, their_weights = self._targets_of(partners)
        for head in answers:
            answers[head], weights[head] = _blend(
                (answers[head], weights[head]), (others[head], their_weights[head]), share
            )
        return (rows.astype("int32"), partners.astype("int32"), share), answers, weights

    def _targets_of(self, rows: np.ndarray) -> tuple[dict[str, np.ndarray], ...]:
        """Return both heads' targets, and how much each counts."""
        targets = self.targets
        return (
            {"fer": targets.fer[rows], "ferplus": targets.ferplus[rows]},
            {"fer": targets.fer_weight[rows], "ferplus": targets.ferplus_weight[rows]},
        )


def _blend(
    one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray], share: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the target and weight whose loss is that of two, each by its share and weight."""
    (target, weight), (other_target, other_weight) = one, other
    own, its = share * weight, (1 - share) * other_weight
    both = own + its
    part = (own / np.maximum(both, 1e-9))[:, None]  # where neither counts, nor does the target
    return part * target + (1 - part) * other_target, both


def feed(batches: Batches) -> Any:
    """Return an epoch's batches in the form that `fit` takes up and lets go of at once.

    On TensorFlow, Keras sends them through a tf.data pipeline that tunes itself, and the end of
    an epoch then waits for its tuning thread to wake: half a minute, more often than not.
    """
    if keras.backend.backend() != "tensorflow":
        return batches
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    whole = batches.part(slice(None))
    size = min(batches.batch_size, len(batches.order))
    dataset = tf.data.Dataset.from_tensor_slices(whole).batch(size, drop_remainder=True)
    return dataset.with_options(options)


def compile_trainer(trainer: FaceTrainer, optimizer: Any) -> None:
    """Prepare the trainer for its present input size, keeping the optimizer's memory."""
    smoothing = trainer.recipe.label_smoothing
    loss = keras.losses.CategoricalCrossentropy
    trainer.compile(
        optimizer=optimizer,
        loss={"fer": loss(label_smoothing=smoothing), "ferplus": loss()},
        loss_weights={"fer": 1.0, "ferplus": trainer.recipe.ferplus_weight},
        weighted_metrics={"fer": [keras.metrics.CategoricalAccuracy(name="accuracy")]},
    )


class AveragingAdamW(keras.optimizers.AdamW):  # type: ignore[misc]
    """AdamW that keeps a moving average of the weights beside them, for evaluation."""

    def finalize_variable_values(self, var_list: Any) -> None:
        """Leave the weights alone: `fit` ends with this, and the run goes on after it."""

    def use_average(self, variables: list[Any]) -> list[np.ndarray]:
        """Put the average in the place of the weights and return what was there."""
        raw = [np.copy(np.asarray(variable)) for variable in variables]
        super().finalize_variable_values(variables)
        for variable in variables:
            # JAX would share the average's memory, and give it away with the weights'.
            variable.assign(np.copy(np.asarray(variable)))
        return raw


def make_optimizer(recipe: Recipe) -> Any:
    """Build AdamW with weight averaging; biases and normalisation do not decay."""
    optimizer = AveragingAdamW(
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        use_ema=True,
        ema_momentum=recipe.ema,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer

"""One training run in its folder: recipe, last checkpoint, best model, log and curves."""

import csv
import io
import math
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import Any

import keras
import numpy as np

from training.common import checkpoint, metrics, plots
from training.common.errors import TrainingError
from training.face.clock import Clock
from training.face.datasets import PUBLIC, TRAINING, FaceSet
from training.face.models import build, deployable
from training.face.models.faster import with_faster_layers
from training.face.recipe import Recipe
from training.face.targets import make_targets
from training.face.teach import Teachers
from training.face.trainer import Batches, FaceTrainer, compile_trainer, feed, make_optimizer
from training.face.weights_from.start import start_from


class Run:
    """A model on its way through a recipe's schedule.

    After each `check_every` epochs and at the end the folder holds `last.npz` (everything needed
    to go on), `best.keras` (the averaged weights, or those of `start_from`, that were best on
    PublicTest), `log.csv` and `curves.png`.

    Args:
        folder: of the run.
        recipe: how to train.
        data: faces of Training and PublicTest.
        teachers: answers to distil, for the faces of Training in their order.
    """

    def __init__(
        self, folder: Path, recipe: Recipe, data: FaceSet, teachers: Teachers | None = None
    ) -> None:
        self.folder = folder
        self.recipe = recipe
        self.epoch = 0
        """Epochs that are behind."""
        self.progress = 0.0
        """Part of the schedule that is behind, 0 to 1."""
        self.seconds_left: float | None = None
        """Of a schedule by the clock; None where the recipe's epochs count."""
        self.best = 0.0
        """Accuracy on PublicTest of what `best.keras` holds."""
        self.log: list[dict[str, float]] = []
        self.saved_epoch = 0
        """The last one that a checkpoint holds; 0 without one."""
        self.training, self.public = training, public = data.split(TRAINING), data.split(PUBLIC)
        self.targets = make_targets(
            training.labels, training.votes, recipe.class_weight, recipe.vote_mix
        )
        if teachers is not None:
            self.targets = teachers.mix(self.targets, training, recipe.distil)
        elif recipe.distil:
            print(f"distil {recipe.distil} changes nothing without --teachers", file=sys.stderr)
        keras.utils.set_random_seed(recipe.seed)
        keras.config.set_dtype_policy(recipe.precision)
        self.network = build(recipe)
        self.network = with_faster_layers(self.network)
        images = np.concatenate([training.images, public.images])
        answers = () if teachers is None else (teachers.fer, teachers.ferplus)
        self.learned_from = _checksum(images, data.labels, data.votes, *answers)
        self.trainer = FaceTrainer(self.network, images, recipe)
        self.public_rows = np.arange(len(training), len(images), dtype="int32")
        self.optimizer = make_optimizer(recipe)
        self.optimizer.build(self.network.trainable_variables)

    def start_from(self, path: Path) -> None:
        """Take the weights of a file; they become the first `best.keras`, to be beaten.

        Raises:
            TrainingError: as `weights_from.start.start_from`, or its answers are no numbers.
        """
        start_from(self.network, path, self.trainer.size, self.training)
        scores = self.score_public()
        print("start:", scores, flush=True)
        self._keep_if_best(scores["public_accuracy"])

    def resume(self) -> None:
        """Continue after the last checkpoint.

        Raises:
            TrainingError: there is none, or data, votes, extra faces or teachers are others.
        """
        if not (self.folder / "last.npz").exists():
            raise TrainingError(
                f"resume: '{self.folder}' has no checkpoint yet; begin it anew, without --resume"
            )
        meta = checkpoint.load_state(self.folder / "last.npz", self._variables)
        if meta["learned_from"] != self.learned_from:
            raise TrainingError(
                f"resume: '{self.folder}' learned from other faces or targets; name the --data, "
                "--votes, --extra and --teachers that it began with"
            )
        self.epoch, self.progress, self.log = meta["epoch"], meta["progress"], meta["log"]
        self.best, self.seconds_left = meta["best"], meta["seconds_left"]
        self.saved_epoch = self.epoch

    @property
    def way_on(self) -> str:
        """What `--resume` would do now, in words."""
        if not self.saved_epoch:
            return "no epoch is kept yet to --resume from"
        return f"--resume goes on behind epoch {self.saved_epoch}"

    @property
    def _variables(self) -> list[Any]:
        """What a checkpoint holds, in its order."""
        return [*self.network.variables, *self.optimizer.variables]

    def train(self, minutes: float | None = None, ended: threading.Event | None = None) -> None:
        """Train to the end of the schedule, or until `ended` is set and a batch is through.

        Args:
            minutes: from now to the end; None goes by the recipe's epochs, or by what a run that
                is resumed has left.
            ended: an epoch that it cuts short does not count.

        Raises:
            TrainingError: the loss or the answers are no longer numbers, or the disk is full;
                what was kept before is intact.
        """
        ended = ended or threading.Event()
        clock = Clock(self, self.seconds_left if minutes is None else 60 * minutes, ended)
        began, size = time.monotonic(), None
        while self.progress < 1 and not ended.is_set():
            if size != self.recipe.size_at(self.progress):
                size = self.trainer.size = self.recipe.size_at(self.progress)
                compile_trainer(self.trainer, self.optimizer)
            trained = self._train_epoch(clock)
            if clock.cut_short:
                return
            self.epoch += 1
            self.progress, self.seconds_left = clock.progress(), clock.seconds_left()
            if self.epoch % self.recipe.check_every and self.progress < 1:
                continue
            scores = self._score_average()
            self.log.append(
                {
                    "epoch": self.epoch,
                    "progress": round(self.progress, 4),
                    "size": size,
                    "learning_rate": float(f"{float(self.optimizer.learning_rate):.3g}"),
                    **trained,
                    **scores,
                    "seconds": round(time.monotonic() - began, 1),
                }
            )
            self._save()
            began = time.monotonic()

    def _train_epoch(self, clock: Clock) -> dict[str, float]:
        recipe, strength = self.recipe, self.recipe.strength_at(self.progress)
        self.trainer.strength.assign(strength)
        batches = Batches(
            self.targets,
            recipe.batch_size,
            seed=recipe.seed,
            epoch=self.epoch,
            mixup=recipe.mixup * strength,
        )
        verbose = 1 if sys.stdout.isatty() else 2
        history = self.trainer.fit(
            feed(batches), shuffle=False, verbose=verbose, callbacks=[clock]
        ).history
        if not math.isfinite(history["loss"][-1]):
            raise TrainingError(
                f"epoch {self.epoch + 1}: the loss is {history['loss'][-1]}; {self.way_on}, a "
                "lower learning_rate may get further"
            )
        return {
            "loss": round(history["loss"][-1], 4),
            "accuracy": round(history["fer_accuracy"][-1], 4),
        }

    def _score_average(self) -> dict[str, float]:
        """Score PublicTest with the averaged weights, and keep them if they are the best."""
        variables = self.network.trainable_variables
        raw = self.optimizer.use_average(variables)
        scores = self.score_public()
        print(f"epoch {self.epoch}, {100 * self.progress:.0f} %:", scores, flush=True)
        self._keep_if_best(scores["public_accuracy"])
        for variable, value in zip(variables, raw, strict=True):
            variable.assign(value)
        return scores

    def _keep_if_best(self, accuracy: float) -> None:
        if accuracy > self.best:
            model = deployable(self.network, self.recipe, self.trainer.size)
            checkpoint.write_whole(self.folder / "best.keras", model.save)
            self.best = accuracy

    def score_public(self) -> dict[str, float]:
        """Score PublicTest with the weights as they are.

        Raises:
            TrainingError: the answers are no numbers.
        """
        outputs = self.trainer.predict(self.public_rows, batch_size=256, verbose=0)
        probabilities, labels = np.asarray(outputs["fer"], np.float32), self.public.labels
        if not np.isfinite(probabilities).all():
            # Seen of JAX 0.11.2 on a CPU in bfloat16, before and while a network learned well.
            raise TrainingError(
                f"epoch {self.epoch}: the answers for PublicTest are no numbers; float32 as the "
                "recipe's precision, or a lower learning_rate, may help"
            )
        table = metrics.confusion(probabilities, labels)
        faces = table.sum(axis=1)
        recalls = np.diag(table)[faces > 0] / faces[faces > 0]
        return {
            "public_accuracy": round(metrics.accuracy(probabilities, labels), 4),
            "public_loss": round(metrics.log_loss(probabilities, labels), 4),
            "public_recall": round(float(recalls.mean()), 4),
            "public_worst": round(float(recalls.min()), 4),
        }

    def _save(self) -> None:
        meta = {
            "epoch": self.epoch,
            "progress": self.progress,
            "seconds_left": self.seconds_left,
            "best": self.best,
            "learned_from": self.learned_from,
            "log": self.log,
        }
        checkpoint.save_state(self.folder / "last.npz", self._variables, meta)
        self.saved_epoch = self.epoch
        text = io.StringIO()
        writer = csv.DictWriter(text, list(self.log[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.log)
        checkpoint.write_text(self.folder / "log.csv", text.getvalue())
        plots.training(self.log, self.folder / "curves.png")


def _checksum(*arrays: np.ndarray) -> int:
    """Return one CRC-32 of all arrays."""
    total = 0
    for array in arrays:
        total = zlib.crc32(np.ascontiguousarray(array).data, total)
    return total

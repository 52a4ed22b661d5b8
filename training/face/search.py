"""Look for the shape of the plain network with Hyperband (Li 2016, arXiv 1603.06560).

`python -m training.search --data <data set> --folder runs/search` tries shapes and rates and
writes the best as `recipe.json` into the folder, ready for `training.train --recipe`. Started
again with the same folder it goes on where it was.
"""

# ruff: noqa: E402

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from training.common.backend import choose_backend

choose_backend()  # before anything imports Keras

import keras
import keras_tuner
import numpy as np

from training.common.checkpoint import held, write_text
from training.common.errors import TrainingError, as_command
from training.face.datasets import PUBLIC, TRAINING, FaceSet, load_for_training
from training.face.models import build
from training.face.recipe import CnnShape, Recipe, Stage
from training.face.targets import make_targets
from training.face.trainer import Batches, FaceTrainer, compile_trainer, make_optimizer

BASE = Recipe(model="cnn", stages=(Stage(0.0, 48),))


def recipe_of(hp: Any) -> Recipe:
    """Return the recipe that a set of hyperparameters stands for."""
    return dataclasses.replace(
        BASE,
        cnn=CnnShape(
            blocks=hp.Int("blocks", 3, 4),
            filters=hp.Choice("filters", [32, 48, 64]),
            convolutions=hp.Int("convolutions", 1, 2),
            dense=hp.Choice("dense", [128, 256, 512]),
            block_dropout=hp.Float("block_dropout", 0.0, 0.3, step=0.1),
        ),
        dropout=hp.Float("dropout", 0.2, 0.5, step=0.1),
        learning_rate=hp.Float("learning_rate", 3e-4, 3e-3, sampling="log"),
        weight_decay=hp.Float("weight_decay", 1e-3, 1e-1, sampling="log"),
    )


class CnnSearch(keras_tuner.HyperModel):  # type: ignore[misc]
    """Builds and trains the network that a set of hyperparameters describes."""

    def __init__(self, data: FaceSet) -> None:
        super().__init__()
        self.training, self.public = data.split(TRAINING), data.split(PUBLIC)
        self.images = np.concatenate([self.training.images, self.public.images])

    def build(self, hp: Any) -> keras.Model:
        recipe = recipe_of(hp)
        trainer = FaceTrainer(build(recipe), self.images, recipe)
        optimizer = make_optimizer(recipe)
        compile_trainer(trainer, optimizer)
        # A trial that goes on takes up its weights before it is trained.
        trainer(np.zeros(1, "int32"))
        optimizer.build(trainer.trainable_variables)
        return trainer

    def fit(self, hp: Any, model: Any, **options: Any) -> Any:
        recipe = model.recipe
        targets = make_targets(
            self.training.labels, self.training.votes, recipe.class_weight, recipe.vote_mix
        )
        rows = np.arange(len(self.training), len(self.images), dtype="int32")
        public_targets = make_targets(self.public.labels, self.public.votes, 0.0, 0.0)
        answers = {"fer": public_targets.fer, "ferplus": public_targets.ferplus}
        weights = {"fer": public_targets.fer_weight, "ferplus": public_targets.ferplus_weight}
        batches = Batches(targets, recipe.batch_size, seed=recipe.seed, epoch=0)
        return model.fit(batches, validation_data=(rows, answers, weights), verbose=2, **options)


def search(data: FaceSet, folder: Path, epochs: int) -> Recipe:
    """Return the best recipe found, each trial trained for `epochs` at most.

    Raises:
        TrainingError: every trial failed.
    """
    tuner = keras_tuner.Hyperband(
        CnnSearch(data),
        objective=keras_tuner.Objective("val_fer_accuracy", direction="max"),
        max_epochs=epochs,
        directory=folder,
        project_name="cnn",
        seed=BASE.seed,
    )
    tuner.search()
    scored = [trial for trial in tuner.oracle.get_best_trials(1) if trial.score is not None]
    if not scored:
        raise TrainingError("search: no trial came to its end; its errors are printed above")
    return recipe_of(scored[0].hyperparameters)


@as_command
def main(arguments: list[str] | None = None) -> None:
    """Search as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m training.search", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="as for training.train")
    parser.add_argument("--votes", type=Path, help="fer2013new.csv, for a CSV or folder")
    parser.add_argument("--folder", type=Path, required=True, help="of this search")
    parser.add_argument("--epochs", type=int, default=27, help="of a trial, at most (%(default)s)")
    options = parser.parse_args(arguments)
    with held(options.folder):
        data = load_for_training(options.data, options.votes)
        recipe = search(data, options.folder, options.epochs)
        write_text(options.folder / "recipe.json", recipe.to_json())

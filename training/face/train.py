"""Train a face model: `python -m training.train --data ../shared/data/fer2013/fer2013.npz`.

`--recipe` names a JSON file of `training/recipes/` or your own; what it leaves out keeps the
default of `training/face/recipe.py`. `--resume` goes on after the last checkpoint of `--run`, with
its recipe and what is left of its `--minutes`; name the same data and teachers again. `--start`
begins with the weights of a file; docs/training.md says which.
"""

# ruff: noqa: E402

import argparse
import signal
from pathlib import Path

from core.threads import termination
from training.common.backend import choose_backend

choose_backend()  # before anything imports Keras

from training.common.checkpoint import held, write_text
from training.common.errors import TrainingError, as_command
from training.face.datasets import load_for_training
from training.face.recipe import Recipe
from training.face.run import Run
from training.face.teach import Teachers


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, help=".npz, Kaggle's .csv or a folder")
    parser.add_argument("--votes", type=Path, help="fer2013new.csv, for a CSV or folder")
    parser.add_argument("--extra", type=Path, nargs="*", default=(), help="more labelled faces")
    parser.add_argument("--run", type=Path, required=True, help="folder of this run")
    parser.add_argument("--recipe", type=Path, help="JSON; the default's without it")
    parser.add_argument("--start", type=Path, help="weights: .keras, .tflite, .pth or .json")
    parser.add_argument("--teachers", type=Path, help="what training.teach wrote")
    parser.add_argument("--minutes", type=float, help="fit the schedule into this time from now")
    parser.add_argument("--resume", action="store_true", help="go on after a kill")
    return parser.parse_args(arguments)


def read_recipe(options: argparse.Namespace) -> Recipe:
    """Check what the command line asks for, and read the recipe that it means."""
    if options.minutes is not None and not options.minutes > 0:
        raise TrainingError(f"minutes: expected more than 0, got {options.minutes}")
    if options.resume:
        if options.recipe or options.start:
            raise TrainingError("resume: the run has its recipe and its weights; leave out others")
        return Recipe.read(options.run / "recipe.json")
    return Recipe.read(options.recipe) if options.recipe else Recipe()


def prepare(options: argparse.Namespace, recipe: Recipe) -> Run:
    """Read the data, and make the run ready to train."""
    if not options.resume:
        if (options.run / "last.npz").exists():
            raise TrainingError(f"'{options.run}' holds a run already: --resume it or name another")
        write_text(options.run / "recipe.json", recipe.to_json())
    data = load_for_training(options.data, options.votes, options.extra)
    teachers = Teachers.read(options.teachers) if options.teachers else None
    run = Run(options.run, recipe, data, teachers)
    if options.resume:
        run.resume()
    elif options.start:
        run.start_from(options.start)
    return run


@as_command
def main(arguments: list[str] | None = None) -> None:
    """Train as the command line says."""
    options = parse(arguments)
    recipe = read_recipe(options)
    # As an exception it would be lost, or end in a SystemError, in the midst of TensorFlow.
    with termination(signal.SIGINT) as ended, held(options.run):
        run = prepare(options, recipe)
        if run.progress >= 1:
            print(f"'{options.run}' is at its end: {run.epoch} epochs")
            return
        run.train(options.minutes, ended)
    if run.progress < 1:
        raise KeyboardInterrupt(run.way_on)

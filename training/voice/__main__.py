"""Train, evaluate and export the speech model: `python -m training.speech evaluate`.

`train` trains on all actors and keeps the network in `--run`; `evaluate` trains and tests by
folds of actors and on random splits, writes the report, and keeps what was answered; `export`
ships the trained network with the temperature and the figures that `evaluate` found.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from training.common.checkpoint import read_arrays, write_arrays, write_whole
from training.common.errors import TrainingError, as_command
from training.voice import evaluate, features
from training.voice.evaluate import Answers


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training.speech",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("do", choices=("train", "evaluate", "export"))
    parser.add_argument(
        "--data",
        type=Path,
        default=Path("../shared/data/ravdess"),
        help="RAVDESS' speech clips as FLAC (%(default)s)",
    )
    parser.add_argument(
        "--run", type=Path, default=Path("runs/speech"), help="folder of what is kept (%(default)s)"
    )
    parser.add_argument(
        "--reports",
        type=Path,
        default=Path("reports/speech"),
        help="folder of the report (%(default)s)",
    )
    parser.add_argument(
        "--weights",
        type=Path,
        default=Path("weights/speech.tflite"),
        help="what ships (%(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="of weights, order and mixing (%(default)s)"
    )
    return parser.parse_args(arguments)


def learn(views: np.ndarray, labels: np.ndarray, seed: int) -> Callable[[np.ndarray], np.ndarray]:
    """Train with the recipe and return how the network answers."""
    from training.voice.model import Recipe, train

    model = train(views, labels, Recipe(), seed)
    return lambda inputs: model.predict(inputs, verbose=0)


def run_train(options: argparse.Namespace) -> None:
    """Train on all clips."""
    from training.voice.model import Recipe, train

    table = features.load(options.data, options.run)
    model = train(table.views, table.labels, Recipe(), options.seed)
    write_whole(options.run / "speech.keras", model.save)
    print(f"trained on {len(table.labels)} clips: {options.run / 'speech.keras'}")


def run_evaluate(options: argparse.Namespace) -> None:
    """Test what was trained without the tested actors or clips, and report."""
    from training.voice import report

    table = features.load(options.data, options.run)
    answers = (evaluate.by_actors(table, learn), evaluate.by_chance(table, learn))
    for answer, path in zip(answers, _answer_files(options.run), strict=True):
        _keep(answer, path)
    command = f"python -m training.speech evaluate --data {options.data}"
    known_speakers = report.previous_known_speakers(options.reports)
    print(report.write(options.reports, *answers, known_speakers, command))


def run_export(options: argparse.Namespace) -> None:
    """Ship the network of `train` with what `evaluate` found."""
    import keras

    from training.voice import export

    answers = Answers(**read_arrays(_answer_files(options.run)[0]))
    scores = evaluate.score("actors", answers)
    figures = {
        "ravdess_8_actors": round(scores.accuracy, 4),
        "ravdess_5_actors": round(scores.five, 4),
        "ravdess_7_actors": round(scores.seven, 4),
        "ece_actors": round(scores.calibration_error, 4),
    }
    try:
        model = keras.saving.load_model(options.run / "speech.keras", compile=False)
    except (OSError, ValueError) as error:
        raise TrainingError(f"speech: train first: {error}") from error
    table = features.load(options.data, options.run)
    inputs = table.served(np.arange(0, len(table.labels), 12))
    temperature = evaluate.temperature(answers)
    worst = export.ship(model, inputs, options.weights, temperature=temperature, metrics=figures)
    print(
        f"shipped as {options.weights}: temperature {temperature}, "
        f"at most {worst:.4f} from Keras on {len(inputs)} clips"
    )


def _answer_files(run: Path) -> tuple[Path, Path]:
    return run / "answers_actors.npz", run / "answers_random.npz"


def _keep(answers: Answers, path: Path) -> None:
    write_arrays(path, vars(answers))


@as_command
def main(arguments: list[str] | None = None) -> None:
    """Do what the command line says."""
    options = parse(arguments)
    {"train": run_train, "evaluate": run_evaluate, "export": run_export}[options.do](options)


if __name__ == "__main__":
    sys.exit(main())

"""What a face costs with each model: `python -m benchmarks.face_models runs/*/best.keras`.

Each `.keras` becomes a LiteRT file of float16, as `training.export` makes it; a `.tflite` is taken
as it is. One face at a time on two threads, the models in turn, so that what else the machine does
meets all of them.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks.stats import table
from emotion.face.preprocess import FACE_SIZE
from training.common.errors import as_command
from training.face.export import convert
from training.face.models import at_size
from training.face.predictors import KerasPredictor, LiteRTPredictor, by_name

ROUNDS = 40
FACES = 5
"""That each model names in a round."""


def exported(path: Path, target: Path) -> Path:
    """Return a model's `.tflite`, converted into `target` where it is none yet."""
    if path.suffix == ".tflite":
        return path
    trained = KerasPredictor(path)
    target.write_bytes(convert(at_size(trained.model, trained.size), "float16", []))
    return target


def measure(models: Mapping[str, LiteRTPredictor]) -> dict[str, float]:
    """Return the median milliseconds that each model takes for one face."""
    generator = np.random.default_rng(0)
    faces = generator.integers(0, 256, (FACES, FACE_SIZE, FACE_SIZE), np.uint8)
    times: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(ROUNDS):
        for name, model in models.items():
            for face in faces:
                began = time.perf_counter()
                model.predict([face])
                times[name].append(1000 * (time.perf_counter() - began))
    return {name: statistics.median(taken) for name, taken in times.items()}


@as_command
def main(arguments: list[str] | None = None) -> None:
    """Measure what the command line names, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.face_models", description=__doc__)
    parser.add_argument("models", type=Path, nargs="+", help=".keras or .tflite")
    paths = by_name(parser.parse_args(arguments).models)
    with tempfile.TemporaryDirectory() as folder:
        files = {n: exported(path, Path(folder, f"{n}.tflite")) for n, path in paths.items()}
        models = {name: LiteRTPredictor(file) for name, file in files.items()}
        rows = [
            (name, f"{models[name].size}", f"{files[name].stat().st_size / 1e6:.1f}", f"{ms:.1f}")
            for name, ms in measure(models).items()
        ]
        print(table(("model", "pixels", "MB", "ms a face"), rows))
        models.clear()  # Windows removes no file that is mapped


if __name__ == "__main__":
    sys.exit(main())

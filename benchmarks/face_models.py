"""What a face costs with each model: `python -m benchmarks.face_models runs/*/best.keras`.

Each `.keras` becomes a LiteRT file of float16, as `training.export` makes it; a `.tflite` is taken
as it is. One face at a time on two threads, the models in turn, so that what else the machine does
meets all of them.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.stats import table
from emotion.preprocess import FACE_SIZE
from training.export import convert
from training.models import at_size
from training.predictors import KerasPredictor, LiteRTPredictor

ROUNDS = 40
FACES = 5
"""A round and model."""


def exported(path: Path, folder: Path) -> Path:
    """Return a model's `.tflite`, converted into `folder` where it is none yet."""
    if path.suffix == ".tflite":
        return path
    trained = KerasPredictor(path)
    file = folder / f"{path.resolve().parent.name}.tflite"
    file.write_bytes(convert(at_size(trained.model, trained.size), "float16", []))
    return file


def measure(models: dict[str, LiteRTPredictor]) -> dict[str, float]:
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


def main() -> None:
    """Measure what the command line names, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.face_models", description=__doc__)
    parser.add_argument("models", type=Path, nargs="+", help=".keras or .tflite")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = [exported(path, Path(folder)) for path in options.models]
        models = {file.stem: LiteRTPredictor(file) for file in files}
        rows = [
            (
                file.stem,
                str(models[file.stem].size),
                f"{file.stat().st_size / 1e6:.1f}",
                f"{ms:.1f}",
            )
            for file, ms in zip(files, measure(models).values(), strict=True)
        ]
    print(table(("model", "pixels", "MB", "ms a face"), rows))


if __name__ == "__main__":
    main()

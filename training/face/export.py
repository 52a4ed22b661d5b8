"""Export a trained model: `python -m training.export --model runs/b3/best.keras --data ...`.

Writes float32, float16 and int8 LiteRT files with their sidecars into `--out`, compares each
with Keras on PublicTest, and writes the comparison into `reports/export.md`. `--ship` copies
one of them into `weights/`, where the app takes it from.
"""

import argparse
import dataclasses
import datetime
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

# LiteRT's converter starts from TensorFlow, whichever backend the model was trained on.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

from core.labels import EMOTIONS
from emotion.face.preprocess import to_model_input
from emotion.face.sidecar import FaceSidecar
from inference.sidecar import file_sha256, load_sidecar, sidecar_path
from training.common.checkpoint import write_text, write_whole
from training.common.errors import TrainingError, as_command, as_typed
from training.common.metrics import accuracy, fit_temperature
from training.common.report_writer import render
from training.face.datasets import PRIVATE, PUBLIC, TRAINING, FaceSet, load
from training.face.models import at_size
from training.face.predictors import Calibrated, KerasPredictor, LiteRTPredictor, Probabilities
from training.face.scores import score

FORMATS = ("float32", "float16", "int8")
CALIBRATION_FACES = 400
"""Training faces whose activations set the ranges of int8."""
MAX_LOST = 0.003
"""Accuracy on PublicTest that a format may lose against Keras."""


@dataclasses.dataclass(frozen=True)
class Parity:
    """How one exported file compares with Keras on PublicTest."""

    format: str
    megabytes: float
    accuracy: float
    accuracy_lost: float
    largest_difference: float
    """Of any probability of any face."""
    milliseconds: float
    """Median of single faces, two threads."""

    @property
    def equal(self) -> bool:
        """Whether it may stand for the Keras model."""
        return self.accuracy_lost <= MAX_LOST


def convert(model: keras.Model, kind: str, faces: Sequence[np.ndarray]) -> bytes:
    """Convert a model of fixed size to a LiteRT file for one face at a time.

    Args:
        model: takes (batch, size, size, 3), gives the outputs `fer` and `ferplus`.
        kind: one of `FORMATS`.
        faces: training faces for int8's calibration.
    """
    import tensorflow as tf

    size = model.input_shape[1]
    spec = tf.TensorSpec((1, size, size, 3), tf.float32, name="faces")
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serve", lambda faces: model(faces, training=False), [spec])
    with tempfile.TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if kind != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if kind == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if kind == "int8":
            converter.representative_dataset = lambda: _calibration(faces, size)
        return bytes(converter.convert())


def _calibration(faces: Sequence[np.ndarray], size: int) -> Iterator[list[np.ndarray]]:
    for face in faces:
        yield [to_model_input([face], size)]


def compare(
    path: Path, kind: str, faces: FaceSet, reference: Probabilities
) -> tuple[Parity, Probabilities]:
    """Compare an exported file with the answers of Keras for the same faces."""
    model = LiteRTPredictor(path)
    answer = model.predict(list(faces.images))
    exact = accuracy(answer.fer, faces.labels)
    parity = Parity(
        format=kind,
        megabytes=path.stat().st_size / 1e6,
        accuracy=exact,
        accuracy_lost=accuracy(reference.fer, faces.labels) - exact,
        largest_difference=float(np.abs(answer.fer - reference.fer).max()),
        milliseconds=_latency(model, faces.images[0]),
    )
    return parity, answer


def _latency(model: LiteRTPredictor, face: np.ndarray, runs: int = 100) -> float:
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        model.predict([face])
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


class Export:
    """One model on its way to LiteRT."""

    def __init__(
        self,
        path: Path,
        size: int | None,
        data: FaceSet,
        out: Path,
        *,
        learned_from: str,
        licence: str,
    ) -> None:
        trained = KerasPredictor(path, size)
        self.name: str = trained.model.name
        self.size = trained.size
        self.model = at_size(trained.model, self.size)
        self.data = data
        self.out = out
        self.learned_from = learned_from
        self.licence = licence
        self.keras_file = out / f"{self.name}.keras"
        write_whole(self.keras_file, self.model.save)

    def run(self) -> list[Parity]:
        """Write all formats and their sidecars; return how they compare."""
        public, training = self.data.split(PUBLIC), self.data.split(TRAINING)
        reference = KerasPredictor(self.keras_file).predict(list(public.images))
        results = []
        for kind in FORMATS:
            path = self.path(kind)
            self._write(kind, training.some(CALIBRATION_FACES))
            parity, answer = compare(path, kind, public, reference)
            self.describe(path, answer, public)
            results.append(parity)
            print(parity, flush=True)
        return results

    def _write(self, kind: str, faces: Sequence[np.ndarray]) -> None:
        content = convert(self.model, kind, faces)
        write_whole(self.path(kind), lambda beside: beside.write_bytes(content))

    def path(self, kind: str) -> Path:
        """Return where the file of a format lies."""
        return self.out / f"{self.name}_{kind}.tflite"

    def describe(self, path: Path, answer: Probabilities, public: FaceSet) -> None:
        """Write the sidecar, with the temperature that is best on PublicTest."""
        sidecar = FaceSidecar(
            file=path.name,
            sha256=file_sha256(path),
            architecture=self.name,
            labels=EMOTIONS,
            input_size=self.size,
            output="fer",
            temperature=fit_temperature(answer.fer, public.labels),
            metrics={"fer2013_public": round(accuracy(answer.fer, public.labels), 4)},
            data=self.learned_from,
            date=datetime.date.today().strftime("%Y-%m"),
            licence=self.licence,
        )
        write_whole(sidecar_path(path), sidecar.write)

    def ship(self, kind: str, weights: Path) -> Path:
        """Put a format into the folder that the app loads from, its sidecar with all scores."""
        sidecar = load_sidecar(self.path(kind), FaceSidecar)
        private = self.data.split(PRIVATE)
        metrics = dict(sidecar.metrics)
        if len(private):
            model = Calibrated(LiteRTPredictor(self.path(kind)), sidecar.temperature)
            answer = model.predict(list(private.images))
            scores = score(answer, private, np.zeros(len(private), bool))
            metrics["fer2013_private"] = round(scores.accuracy, 4)
            metrics["ece_private"] = round(scores.calibration_error, 4)
            if scores.ferplus is not None:
                metrics["ferplus_private"] = round(scores.ferplus, 4)
        target = weights / f"{self.name}.tflite"
        final = sidecar.model_copy(update={"file": target.name, "metrics": metrics})
        # One behind the other: the app refuses a file beside another one's sidecar.
        write_whole(target, lambda beside: shutil.copyfile(self.path(kind), beside))
        write_whole(sidecar_path(target), final.write)
        return target


def to_markdown(command: str, results: Sequence[Parity]) -> str:
    """Return the comparison of the formats as Markdown."""
    template = Path(__file__).with_name("export.md.jinja")
    return render(template, command=command, results=results)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.export", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="a .keras file")
    parser.add_argument("--data", type=Path, required=True, help="as for training.train")
    parser.add_argument("--votes", type=Path, help="fer2013new.csv, for a CSV or folder")
    parser.add_argument("--size", type=int, help="edge of the input, where the model leaves it")
    parser.add_argument(
        "--learned-from",
        metavar="TEXT",
        help="for the sidecar, a start with weights of others included (default: the data's name)",
    )
    parser.add_argument(
        "--licence",
        default="that of its training data",
        metavar="TEXT",
        help="for the sidecar (default: %(default)s)",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("artefacts/export"), help="folder (%(default)s)"
    )
    parser.add_argument(
        "--reports", type=Path, default=Path("reports"), help="folder of export.md (%(default)s)"
    )
    parser.add_argument("--ship", choices=FORMATS, help="copy this one into --weights")
    parser.add_argument(
        "--weights", type=Path, default=Path("weights"), help="folder of the app (%(default)s)"
    )
    return parser.parse_args(arguments)


@as_command
def main(arguments: list[str] | None = None) -> None:
    """Export what the command line names."""
    options = parse(arguments)
    command = as_typed("training.export", arguments)
    data = load(options.data, options.votes)
    data.expect(TRAINING, PUBLIC)
    learned_from = options.learned_from or f"Training of {options.data.name}"
    export = Export(
        options.model,
        options.size,
        data,
        options.out,
        learned_from=learned_from,
        licence=options.licence,
    )
    results = export.run()
    text = to_markdown(command, results)
    write_text(options.reports / "export.md", text)
    print(text)
    if options.ship:
        chosen = next(result for result in results if result.format == options.ship)
        if not chosen.equal:
            raise TrainingError(
                f"export: {chosen.format} loses {100 * chosen.accuracy_lost:.1f} points of "
                f"accuracy against Keras, {100 * MAX_LOST:.1f} are allowed; nothing shipped"
            )
        print(f"shipped as {export.ship(options.ship, options.weights)}")

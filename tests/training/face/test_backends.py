"""Training on the other backends: by the command, and to a model that TensorFlow can take up."""

import csv
import dataclasses
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.training.conftest import QUICK, train_in_turn
from training.common.metrics import accuracy
from training.face.datasets import PUBLIC, load
from training.face.predictors import KerasPredictor
from training.face.recipe import Stage

RECIPE = dataclasses.replace(
    QUICK,
    epochs=12,
    ema=0.8,
    mixup=0.1,
    relax=0.0,
    dropout=0.2,
    stages=(Stage(0.0, 32), Stage(0.1, 24)),
)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_trains_resumes_and_gives_a_model_that_tensorflow_reads(
    backend: str, tmp_path: Path, npz: Path
) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    recipe, run = tmp_path / "recipe.json", tmp_path / "run"
    recipe.write_text(RECIPE.to_json())

    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "OMP_NUM_THREADS": "1",
        # JAX compiles the same for each of the runs: once is enough.
        "JAX_COMPILATION_CACHE_DIR": str(tmp_path / "compiled"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }

    def options(run: Path, *more: str) -> list[str]:
        return ["--data", str(npz), "--run", str(run), *more]

    def log_of(run: Path) -> list[dict[str, float]]:
        with (run / "log.csv").open() as file:
            return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]

    killed = tmp_path / "killed"
    begun = [sys.executable, "-m", "training.train", *options(killed, "--recipe", str(recipe))]
    with subprocess.Popen(
        begun, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        next(line for line in process.stdout if line.startswith("epoch 3"))
        process.kill()
    commands = [options(killed, "--resume"), options(run, "--recipe", str(recipe))]
    train_in_turn(commands, environment)

    log = log_of(run)
    assert len(log) == RECIPE.epochs
    assert log[-1]["loss"] < 0.75 * log[0]["loss"]
    best = max(row["public_accuracy"] for row in log)
    assert best > 0.5
    public = load(npz).split(PUBLIC)
    answers = KerasPredictor(run / "best.keras").predict(list(public.images))
    assert accuracy(answers.fer, public.labels) == pytest.approx(best, abs=0.04)
    for resumed, whole in zip(log_of(killed), log, strict=True):
        assert resumed["loss"] == pytest.approx(whole["loss"], abs=0.002)


def test_jax_takes_the_layers_that_it_computes_faster() -> None:
    if importlib.util.find_spec("jax") is None:
        pytest.skip("jax is not installed")
    lines = [
        "import keras",
        "from training.face.models.faster import with_faster_layers",
        "network = keras.Sequential([keras.Input((8, 8, 4)), keras.layers.DepthwiseConv2D(3)])",
        "print(type(with_faster_layers(network).layers[-1]).__name__)",
    ]
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    command = [sys.executable, "-c", "\n".join(lines)]
    process = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    assert process.stdout.split()[-1] == "ShiftedDepthwiseConv2D"

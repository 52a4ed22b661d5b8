import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from training import checkpoint
from training.datasets import load
from training.errors import TrainingError
from training.recipe import CnnShape, Recipe, Stage
from training.run import Run
from training.train import main

# Keras 3.15 reads its variables in a way that NumPy 2 deprecates, when it saves a model.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

ROOT = Path(__file__).resolve().parents[2]
TINY = Recipe(
    model="cnn",
    epochs=3,
    batch_size=8,
    cnn=CnnShape(blocks=2, filters=4, convolutions=1, dense=8),
    stages=(Stage(0.0, 24), Stage(0.6, 32)),
)


# Threads add numbers in any order; Adam makes differences of rounding grow where gradients vanish.
ONE_THREAD = {**os.environ, "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}


def command(npz: Path, run: Path, *more: str) -> list[str]:
    arguments = ["--data", str(npz), "--run", str(run), *more]
    return [sys.executable, "-m", "training.train", *arguments]


def weights(run: Path) -> list[np.ndarray]:
    with np.load(run / "last.npz") as file:
        return [file[name] for name in sorted(file.files) if name != "meta"]


@pytest.fixture
def recipe(tmp_path: Path) -> str:
    path = tmp_path / "tiny.json"
    path.write_text(TINY.to_json())
    return str(path)


def test_a_killed_run_resumed_ends_as_an_undisturbed_one(
    tmp_path: Path, npz: Path, recipe: str
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    begun = command(npz, killed, "--recipe", recipe)
    with subprocess.Popen(
        begun, cwd=ROOT, env=ONE_THREAD, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        # Epoch 1 is saved before epoch 2 reports.
        next(line for line in process.stdout if line.startswith("epoch 2"))
        process.send_signal(signal.SIGKILL)
    subprocess.run(command(npz, killed, "--resume"), cwd=ROOT, env=ONE_THREAD, check=True)
    subprocess.run(command(npz, whole, "--recipe", recipe), cwd=ROOT, env=ONE_THREAD, check=True)
    for one, other in zip(weights(whole), weights(killed), strict=True):
        np.testing.assert_array_equal(one, other)
    logs = [(run / "log.csv").read_text().splitlines() for run in (whole, killed)]
    assert [len(log) for log in logs] == [4, 4]
    assert logs[0][-1].split(",")[:5] == logs[1][-1].split(",")[:5]
    assert {path.name for path in whole.iterdir()} >= {"best.keras", "curves.png", "recipe.json"}


def test_minutes_bound_the_run(tmp_path: Path, npz: Path) -> None:
    run = Run(tmp_path, TINY, load(npz))
    run.train(minutes=0.001)
    assert run.progress == 1
    assert run.epoch == 1


def test_a_run_is_not_overwritten(
    tmp_path: Path, npz: Path, recipe: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "last.npz").touch()
    assert main(["--data", str(npz), "--run", str(tmp_path), "--recipe", recipe]) == 7
    assert "holds a run already" in capsys.readouterr().err


def test_a_bad_path_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", "nowhere.npz", "--run", str(tmp_path / "run")]) == 7
    assert capsys.readouterr().err == (
        "data: expected a file or folder at 'nowhere.npz', found none\n"
    )


def test_a_full_disk_keeps_the_last_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "last.npz"
    checkpoint.save_state(path, [np.ones(3)], {"epoch": 1})

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TrainingError, match="No space left on device.*is intact"):
        checkpoint.save_state(path, [np.zeros(3)], {"epoch": 2})
    with np.load(path) as file:
        assert file["v0000"].tolist() == [1, 1, 1]
    assert [file.name for file in tmp_path.iterdir()] == ["last.npz"]


def test_a_checkpoint_of_another_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "last.npz"
    checkpoint.save_state(path, [np.ones(3)], {})
    with pytest.raises(TrainingError, match="another model"):
        checkpoint.load_state(path, [np.ones(4)])
    path.write_bytes(b"half a file")
    with pytest.raises(TrainingError, match="cannot read"):
        checkpoint.load_state(path, [np.ones(3)])

"""Runs that were killed or stopped, and what they go on with."""

import dataclasses
import os
import signal
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.training.conftest import TINY
from training.face.datasets import TRAINING, load
from training.face.run import Run
from training.face.teach import Teachers
from training.face.train import main

# Keras 3.15 reads its variables in a way that NumPy 2 deprecates, when it saves a model.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

# Threads add numbers in any order; Adam makes differences of rounding grow where gradients vanish.
ONE_THREAD = {**os.environ, "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}


def command(npz: Path, run: Path, *more: str) -> list[str]:
    arguments = ["--data", str(npz), "--run", str(run), *more]
    return [sys.executable, "-m", "training.train", *arguments]


def weights(run: Path) -> list[np.ndarray]:
    with np.load(run / "last.npz") as file:
        return [file[name] for name in sorted(file.files) if name != "meta"]


@pytest.mark.parametrize("check_every", [1, 2])
def test_a_killed_run_resumed_ends_as_an_undisturbed_one(
    check_every: int, tmp_path: Path, npz: Path
) -> None:
    recipe = str(tmp_path / "tiny.json")
    shape = dataclasses.replace(TINY, epochs=3 * check_every, check_every=check_every)
    Path(recipe).write_text(shape.to_json())
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    begun = command(npz, killed, "--recipe", recipe)
    with subprocess.Popen(
        begun, cwd=ROOT, env=ONE_THREAD, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        # The first checkpoint is saved before the second one's epoch reports.
        second = f"epoch {2 * check_every}"
        next(line for line in process.stdout if line.startswith(second))
        process.send_signal(signal.SIGKILL)
    subprocess.run(command(npz, killed, "--resume"), cwd=ROOT, env=ONE_THREAD, check=True)
    subprocess.run(command(npz, whole, "--recipe", recipe), cwd=ROOT, env=ONE_THREAD, check=True)
    for one, other in zip(weights(whole), weights(killed), strict=True):
        np.testing.assert_array_equal(one, other)
    logs = [(run / "log.csv").read_text().splitlines() for run in (whole, killed)]
    assert [len(log) for log in logs] == [4, 4]
    assert logs[0][-1].split(",")[:5] == logs[1][-1].split(",")[:5]
    assert {path.name for path in whole.iterdir()} >= {"best.keras", "curves.png", "recipe.json"}


@pytest.mark.parametrize(
    ("check_every", "line", "way_on"),
    [
        (100_000, "fer_loss", "no epoch is kept yet to --resume from"),
        (1, "epoch 2", "--resume goes on behind epoch "),
    ],
)
def test_a_stopped_run_says_what_is_kept(
    check_every: int, line: str, way_on: str, tmp_path: Path, npz: Path
) -> None:
    recipe = tmp_path / "long.json"
    long = dataclasses.replace(TINY, epochs=100_000, check_every=check_every)
    recipe.write_text(long.to_json())
    begun = command(npz, tmp_path / "run", "--recipe", str(recipe))
    with subprocess.Popen(
        begun, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        next(text for text in process.stdout if line in text)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"stopped; {way_on}" in errors


class Pressed:
    """An event that is set from its `after`th look on, as Ctrl-C may come at any time."""

    def __init__(self, after: int) -> None:
        self.left = after

    def is_set(self) -> bool:
        self.left -= 1
        return self.left <= 0


@pytest.mark.parametrize(("looks", "epochs"), [(1, 0), (3, 0), (8, 1), (9, 1), (12, 1)])
def test_an_end_asked_for_keeps_whole_epochs_only(
    looks: int, epochs: int, tmp_path: Path, npz: Path
) -> None:
    """One look before each epoch, and one behind each of its seven batches."""
    data = load(npz)
    stopped = Run(tmp_path / "stopped", TINY, data)
    stopped.train(ended=Pressed(looks))  # type: ignore[arg-type]
    assert (stopped.epoch, stopped.kept) == (epochs, epochs)
    resumed = Run(tmp_path / "stopped", TINY, data)
    if epochs:
        resumed.resume()
    resumed.train()
    assert [row["epoch"] for row in resumed.log] == [1, 2, 3]


def test_minutes_go_on_where_a_kill_left_them(tmp_path: Path, npz: Path, recipe: str) -> None:
    folder = tmp_path / "run"
    begun = command(npz, folder, "--recipe", recipe, "--minutes", "5")
    with subprocess.Popen(begun, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        next(line for line in process.stdout if line.startswith("epoch 2"))
        process.kill()
    resumed = Run(folder, TINY, load(npz))
    resumed.resume()
    assert resumed.seconds_left is not None
    assert 0 < resumed.progress < 1
    assert resumed.progress + resumed.seconds_left / 300 == pytest.approx(1, abs=0.001)
    resumed.train(minutes=0.001)  # said anew, it counts from now
    assert resumed.progress == 1


def test_a_run_is_not_resumed_with_other_targets(
    tmp_path: Path, npz: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = load(npz)
    count = int((data.splits == TRAINING).sum())
    answers = Teachers(np.full((count, 7), 1 / 7, "f4"), np.full((count, 8), 1 / 8, "f4"), 0)
    faces = data.split(TRAINING).images
    answers = dataclasses.replace(answers, pictures=zlib.crc32(faces.tobytes()))
    answers.write(tmp_path / "teachers.npz")
    recipe = tmp_path / "distil.json"
    recipe.write_text(dataclasses.replace(TINY, epochs=1, distil=0.5).to_json())
    run = ["--data", str(npz), "--run", str(tmp_path / "run")]
    teachers = ["--teachers", str(tmp_path / "teachers.npz")]
    assert main([*run, "--recipe", str(recipe), *teachers]) == 0
    assert "changes nothing" not in capsys.readouterr().err
    assert main([*run, "--resume"]) == 7
    errors = capsys.readouterr().err
    assert "distil 0.5 changes nothing without --teachers" in errors
    assert "learned from other faces or targets" in errors
    assert main([*run, "--resume", *teachers]) == 0
    assert "is at its end: 1 epochs" in capsys.readouterr().out


def test_a_run_without_a_checkpoint_is_not_resumed(
    tmp_path: Path, npz: Path, recipe: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "recipe.json").write_text(Path(recipe).read_text())
    assert main(["--data", str(npz), "--run", str(tmp_path), "--resume"]) == 7
    assert "has no checkpoint yet; begin it anew, without --resume" in capsys.readouterr().err

"""Runs that were killed or stopped, and what they go on with."""

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.training.conftest import TINY, train_in_turn
from training.face.clock import Clock
from training.face.datasets import TRAINING, load
from training.face.recipe import Recipe
from training.face.run import Run
from training.face.teach import Teachers
from training.face.train import main

# Keras 3.15 reads its variables in a way that NumPy 2 deprecates, when it saves a model.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

# Threads add numbers in any order; Adam makes differences of rounding grow where gradients vanish.
ONE_THREAD = {**os.environ, "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}


def arguments(npz: Path, run: Path, *more: str) -> list[str]:
    return ["--data", str(npz), "--run", str(run), *more]


@contextlib.contextmanager
def training(npz: Path, run: Path, recipe: Recipe) -> Iterator[subprocess.Popen[str]]:
    """Train in a process of its own, to be killed or stopped."""
    path = run.with_suffix(".json")
    path.write_text(recipe.to_json())
    module = [sys.executable, "-m", "training.train"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*module, *arguments(npz, run, "--recipe", str(path))],
        cwd=ROOT,
        env=ONE_THREAD,
        stdout=pipe,
        stderr=pipe,
        text=True,
    ) as process:
        yield process


def wait_for(line: str, process: subprocess.Popen[str]) -> None:
    """Read what a process prints until `line` is in it."""
    assert process.stdout is not None
    assert any(line in text for text in process.stdout)


def weights(run: Path) -> list[np.ndarray]:
    with np.load(run / "last.npz") as file:
        return [file[name] for name in sorted(file.files) if name != "meta"]


@pytest.mark.parametrize("check_every", [1, 2])
def test_a_killed_run_resumed_ends_as_an_undisturbed_one(
    check_every: int, tmp_path: Path, npz: Path
) -> None:
    recipe = dataclasses.replace(TINY, epochs=3 * check_every, check_every=check_every)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    with training(npz, killed, recipe) as process:
        # The first checkpoint is saved before the second one's epoch reports.
        wait_for(f"epoch {2 * check_every}", process)
        process.send_signal(signal.SIGKILL)
    begin = arguments(npz, whole, "--recipe", str(tmp_path / "killed.json"))
    train_in_turn([arguments(npz, killed, "--resume"), begin], ONE_THREAD)
    for one, other in zip(weights(whole), weights(killed), strict=True):
        np.testing.assert_array_equal(one, other)
    logs = [(run / "log.csv").read_text().splitlines() for run in (whole, killed)]
    assert [len(log) for log in logs] == [4, 4]
    assert logs[0][-1].split(",")[:5] == logs[1][-1].split(",")[:5]
    assert {path.name for path in whole.iterdir()} >= {"best.keras", "curves.png", "recipe.json"}


def test_a_stopped_run_says_what_is_kept(tmp_path: Path, npz: Path) -> None:
    with training(npz, tmp_path / "run", dataclasses.replace(TINY, epochs=100_000)) as process:
        wait_for("epoch 2", process)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped; --resume goes on behind epoch " in errors


@pytest.mark.usefixtures("eager")
def test_a_run_stopped_before_its_first_checkpoint_says_so(
    tmp_path: Path, npz: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = dataclasses.replace(TINY, epochs=100_000, check_every=100_000)
    (tmp_path / "long.json").write_text(recipe.to_json())
    monkeypatch.setattr(Clock, "on_epoch_end", lambda *_: signal.raise_signal(signal.SIGINT))
    begin = arguments(npz, tmp_path / "run", "--recipe", str(tmp_path / "long.json"))
    assert main(begin) == 130
    assert "stopped; no epoch is kept yet to --resume from" in capsys.readouterr().err


class Pressed:
    """An event that is set from its `after`th look on, as Ctrl-C may come at any time."""

    def __init__(self, after: int) -> None:
        self.left = after

    def is_set(self) -> bool:
        self.left -= 1
        return self.left <= 0


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(("looks", "epochs"), [(1, 0), (3, 0), (8, 1), (9, 1), (12, 1)])
def test_an_end_asked_for_keeps_whole_epochs_only(
    looks: int, epochs: int, tmp_path: Path, npz: Path
) -> None:
    """One look before each epoch, and one behind each of its seven batches."""
    data = load(npz)
    stopped = Run(tmp_path / "stopped", TINY, data)
    stopped.train(ended=Pressed(looks))  # type: ignore[arg-type]
    assert (stopped.epoch, stopped.saved_epoch) == (epochs, epochs)
    resumed = Run(tmp_path / "stopped", TINY, data)
    if epochs:
        resumed.resume()
    resumed.train()
    assert [row["epoch"] for row in resumed.log] == [1, 2, 3]


class Killed(Pressed):
    """An event at whose `after`th look all ends, as by a kill: nothing is kept of the epoch."""

    def is_set(self) -> bool:
        if super().is_set():
            raise SystemExit
        return False


@pytest.mark.usefixtures("eager")
def test_minutes_go_on_where_a_kill_left_them(tmp_path: Path, npz: Path) -> None:
    data = load(npz)
    with pytest.raises(SystemExit):
        Run(tmp_path, TINY, data).train(minutes=5, ended=Killed(12))  # type: ignore[arg-type]
    resumed = Run(tmp_path, TINY, data)
    resumed.resume()
    assert resumed.seconds_left is not None
    assert 0 < resumed.progress < 1
    assert resumed.progress + resumed.seconds_left / 300 == pytest.approx(1, abs=0.001)
    resumed.train(minutes=0.001)  # said anew, it counts from now
    assert resumed.progress == 1


@pytest.mark.usefixtures("eager")
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

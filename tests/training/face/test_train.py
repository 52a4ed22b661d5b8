import dataclasses
import os
import signal
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from training.common import checkpoint
from training.common.backend import choose_backend
from training.common.errors import TrainingError
from training.face.datasets import TRAINING, load
from training.face.predictors import KerasPredictor
from training.face.recipe import CnnShape, Recipe, Stage
from training.face.run import Run
from training.face.teach import Teachers
from training.face.train import main

# Keras 3.15 reads its variables in a way that NumPy 2 deprecates, when it saves a model.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

ROOT = Path(__file__).resolve().parents[3]
TINY = Recipe(
    model="cnn",
    epochs=3,
    batch_size=8,
    mixup=0.3,
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


def test_a_run_is_checked_as_often_as_its_recipe_says(tmp_path: Path, npz: Path) -> None:
    recipe = dataclasses.replace(TINY, epochs=5, check_every=2)
    run = Run(tmp_path, recipe, load(npz))
    run.train()
    assert [row["epoch"] for row in run.log] == [2, 4, 5]
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 4
    resumed = Run(tmp_path, recipe, load(npz))
    assert resumed.kept == 0
    resumed.resume()
    assert (resumed.kept, resumed.progress) == (5, 1)


def test_answers_that_are_no_numbers_end_the_run(tmp_path: Path, npz: Path) -> None:
    run = Run(tmp_path, TINY, load(npz))
    run.network.set_weights([np.full_like(array, np.nan) for array in run.network.get_weights()])
    with pytest.raises(TrainingError, match="PublicTest are no numbers; float32"):
        run.score_public()


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


def test_minutes_bound_the_run(tmp_path: Path, npz: Path) -> None:
    run = Run(tmp_path, TINY, load(npz))
    run.train(minutes=0.001)
    assert run.progress == 1
    assert run.epoch == 1


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


def test_what_diverges_keeps_the_start_and_the_last_good_epoch(tmp_path: Path, npz: Path) -> None:
    data = load(npz)
    good = Run(tmp_path / "good", dataclasses.replace(TINY, epochs=1), data)
    good.train()
    kept = (tmp_path / "good" / "last.npz").read_bytes()
    bad = Run(tmp_path / "good", dataclasses.replace(TINY, learning_rate=1e30), data)
    with pytest.raises(TrainingError, match="epoch 1: the loss is nan; no epoch is kept yet"):
        bad.train()
    assert (tmp_path / "good" / "last.npz").read_bytes() == kept

    begun = Run(tmp_path / "begun", dataclasses.replace(TINY, learning_rate=1e30), data)
    begun.start_from(tmp_path / "good" / "best.keras")
    with pytest.raises(TrainingError, match="the loss is nan"):
        begun.train()
    faces = list(data.images)
    one, other = (KerasPredictor(tmp_path / run / "best.keras") for run in ("good", "begun"))
    np.testing.assert_allclose(one.predict(faces).fer, other.predict(faces).fer, atol=1e-6)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--minutes", "0"], "minutes: expected more than 0, got 0.0"),
        (["--minutes", "nan"], "minutes: expected more than 0, got nan"),
        (["--resume", "--recipe", "r.json"], "resume: the run has its recipe and its weights"),
        (["--resume"], "recipe: cannot read"),
    ],
)
def test_a_bad_command_is_one_sentence(
    more: list[str], message: str, tmp_path: Path, npz: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(npz), "--run", str(tmp_path / "run"), *more]) == 7
    errors = capsys.readouterr().err
    assert errors.startswith(message)
    assert errors.count("\n") == 1
    assert not (tmp_path / "run").exists()


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


@pytest.mark.parametrize(
    ("backend", "message"),
    [
        ("theano", "KERAS_BACKEND must be one of tensorflow, jax, torch, not 'theano'\n"),
        ("torch", "KERAS_BACKEND: torch is not installed in this environment\n"),
    ],
)
def test_a_backend_that_cannot_be_had_is_one_sentence(
    backend: str, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", backend)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(SystemExit) as ended:
        choose_backend()
    assert ended.value.code == 7
    assert capsys.readouterr().err == message


def test_a_file_in_the_place_of_the_run_is_one_sentence(
    tmp_path: Path, npz: Path, recipe: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").touch()
    assert main(["--data", str(npz), "--run", str(tmp_path / "run"), "--recipe", recipe]) == 7
    assert capsys.readouterr().err.startswith(f"run: cannot lock '{tmp_path / 'run' / 'lock'}'")


def test_two_processes_do_not_train_in_one_folder(
    tmp_path: Path, npz: Path, recipe: str, capsys: pytest.CaptureFixture[str]
) -> None:
    begin = ["--data", str(npz), "--run", str(tmp_path / "run"), "--recipe", recipe]
    with checkpoint.held(tmp_path / "run"):
        assert main(begin) == 7
    errors = capsys.readouterr().err
    assert errors == f"run: another process is training in '{tmp_path / 'run'}'\n"
    assert main(begin) == 0


def test_a_run_without_a_checkpoint_is_not_resumed(
    tmp_path: Path, npz: Path, recipe: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "recipe.json").write_text(Path(recipe).read_text())
    assert main(["--data", str(npz), "--run", str(tmp_path), "--resume"]) == 7
    assert "has no checkpoint yet; begin it anew, without --resume" in capsys.readouterr().err


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

"""The command that trains: what it refuses, each in one sentence."""

from pathlib import Path

import pytest

from training.common import checkpoint
from training.common.backend import choose_backend
from training.face.train import main

# Keras 3.15 reads its variables in a way that NumPy 2 deprecates, when it saves a model.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


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


@pytest.mark.usefixtures("eager")
def test_two_processes_do_not_train_in_one_folder(
    tmp_path: Path, npz: Path, recipe: str, capsys: pytest.CaptureFixture[str]
) -> None:
    begin = ["--data", str(npz), "--run", str(tmp_path / "run"), "--recipe", recipe]
    with checkpoint.held(tmp_path / "run"):
        assert main(begin) == 7
    errors = capsys.readouterr().err
    assert errors == f"run: another process is training in '{tmp_path / 'run'}'\n"
    assert main(begin) == 0

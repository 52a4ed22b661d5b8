"""Checkpoints: whole or not there, and of one model only."""

import os
from pathlib import Path

import numpy as np
import pytest

from training.common import checkpoint
from training.common.errors import TrainingError


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

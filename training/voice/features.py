"""The training table: statistics of every clip and its augmented copies, computed once."""

import dataclasses
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion.voice.model_input import PARAMETERS, SPEEDS
from training.common.checkpoint import read_arrays, write_arrays
from training.voice import data
from training.voice.augment import Augmentation, views

ROWS = "rows.npz"
"""Where in a run's folder `data.load` keeps its rows."""


@dataclass(frozen=True, eq=False)
class Table:
    """What the model learns from."""

    views: np.ndarray
    """float32 (copies, clips, 1271); the first `data.SPEEDS` are unchanged but for speed."""
    labels: np.ndarray
    """int (clips,), indices into `speech_weights.LABELS`."""
    actors: np.ndarray
    """int (clips,)."""

    def served(self, clips: np.ndarray) -> np.ndarray:
        """Return float32 (n, 3, 1271): what serving computes of these clips."""
        rows = [data.SPEEDS.index(speed) for speed in SPEEDS]
        return self.views[rows][:, clips].swapaxes(0, 1)


def load(folder: Path, run: Path, seed: int = 1) -> Table:
    """Return the table of RAVDESS in `folder`, kept in `run` from the first time on."""
    how = Augmentation()
    clips = data.load(folder, run / ROWS)
    # Other clips may be as many.
    of_which = zlib.crc32(b"".join(rows.tobytes() for rows in clips.rows[0]))
    key = f"{dataclasses.asdict(how)} {PARAMETERS} {data.SPEEDS} {seed} {of_which}"
    path = run / "statistics.npz"
    if path.is_file():
        arrays = read_arrays(path)
        if str(arrays["key"]) == key and arrays["views"].shape[1] == len(clips):
            return Table(arrays["views"], clips.labels, clips.actors)
    table = Table(views(clips, how, seed), clips.labels, clips.actors)
    write_arrays(path, {"key": np.array(key), "views": table.views})
    return table

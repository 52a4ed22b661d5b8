"""Files that are either whole or not there: write beside, flush to the disk, rename.

And the folder of a run, which one process writes into at a time.
"""

import contextlib
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from training.common.errors import TrainingError

DAMAGE = (
    ValueError,
    TypeError,
    AttributeError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What NumPy raises of a file that is no archive, or a damaged one."""


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path`, then put it in the place of `path`.

    A kill or a full disk leaves the old file as it was.

    Raises:
        TrainingError: the file cannot be written.
    """
    beside = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(beside)
        with beside.open("rb+") as stream:
            os.fsync(stream.fileno())
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise TrainingError(
            f"cannot write '{path}': {error.strerror or error}; what was there before is intact"
        ) from error


def write_text(path: Path, text: str) -> None:
    """Write a text file as `write_whole` does."""
    write_whole(path, lambda beside: beside.write_text(text, encoding="utf-8"))


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep other processes out of a folder, which is made if need be, while the context lasts.

    A process that is killed holds it no longer.

    Raises:
        TrainingError: another process holds it, or no file can be locked there.
    """
    try:
        hold = FileLock(folder / "lock", blocking=False).acquire()
    except Timeout as error:
        raise TrainingError(f"run: another process is training in '{folder}'") from error
    except OSError as error:
        raise TrainingError(f"run: cannot lock '{folder / 'lock'}': {error.strerror}") from error
    with hold:
        yield


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read all arrays of an .npz file.

    Raises:
        TrainingError: the file is missing or no such archive.
    """
    try:
        # Opened here, because np.load leaves a file open that it cannot read.
        with path.open("rb") as stream, np.load(stream) as file:
            return {name: file[name] for name in file.files}
    except (*DAMAGE, OSError) as error:
        raise TrainingError(f"cannot read '{path}' as a NumPy archive: {error}") from error


def write_arrays(path: Path, arrays: Mapping[str, Any], compressed: bool = False) -> None:
    """Write a NumPy archive that `read_arrays` reads, as `write_whole` does.

    Raises:
        TrainingError: as `write_whole`.
    """
    save = np.savez_compressed if compressed else np.savez

    def write(beside: Path) -> None:
        with beside.open("wb") as stream:  # by its name, NumPy might write another file
            save(stream, **arrays)

    write_whole(path, write)


def save_state(path: Path, variables: Sequence[Any], meta: Mapping[str, Any]) -> None:
    """Save Keras variables in their order, with JSON-able `meta`, as one .npz file."""
    arrays: dict[str, Any] = {
        f"v{index:04}": np.asarray(value) for index, value in enumerate(variables)
    }
    arrays["meta"] = np.array(json.dumps(meta))
    write_arrays(path, arrays)


def load_state(path: Path, variables: Sequence[Any]) -> dict[str, Any]:
    """Assign what `save_state` saved to `variables` and return its `meta`.

    Raises:
        TrainingError: the file is missing, damaged, or of another model.
    """
    arrays = read_arrays(path)
    if "meta" not in arrays:
        raise TrainingError(f"checkpoint: '{path}' is none of training.train")
    meta: dict[str, Any] = json.loads(str(arrays.pop("meta")))
    saved = [arrays[name] for name in sorted(arrays)]
    shapes = [tuple(variable.shape) for variable in variables]
    if [array.shape for array in saved] != shapes:
        raise TrainingError(f"checkpoint: '{path}' holds the weights of another model or recipe")
    for variable, array in zip(variables, saved, strict=True):
        variable.assign(array)
    return meta

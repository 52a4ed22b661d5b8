"""What all tests share: where the data lies, and waiting for what another thread does."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("AFFECTUNE_TEST_SHARED", ROOT.parent / "shared"))


SLOW_FOLDERS = ("training", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow folders, so that small tests keep every core busy to the end."""

    def rank(item: pytest.Item) -> int:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        return SLOW_FOLDERS.index(folder) if folder in SLOW_FOLDERS else len(SLOW_FOLDERS)

    items.sort(key=rank)


def shared_data(name: str, *parts: str) -> Path:
    """Return a folder or file of shared data, or skip where this machine has none of it."""
    path = SHARED.joinpath("data", *parts)
    if not path.exists():
        pytest.skip(f"needs {name} in {path}")
    return path


@pytest.fixture(scope="session")
def faces_dir() -> Path:
    """The folder of real clips, which a user's machine does not have."""
    return shared_data("the clips", "faces")


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Wait until a condition on another thread's work holds, and fail where it never does."""

    def wait(condition: Callable[[], object], timeout: float = 10.0) -> None:
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.005)

    return wait


@pytest.fixture(scope="session")
def clip(tmp_path_factory) -> Path:
    """A short video of a grey ramp, 20 frames at 50 frames/s."""
    path = tmp_path_factory.mktemp("clips") / "ramp.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 50, (64, 48))
    for n in range(20):
        writer.write(np.full((48, 64, 3), 12 * n, np.uint8))
    writer.release()
    return path

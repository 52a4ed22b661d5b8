from pathlib import Path

import numpy as np

from training.datasets import FaceSet
from training.explore import GRID, counts, main, samples


def test_counts_and_samples(faces: FaceSet) -> None:
    assert counts(faces).tolist() == [[8] * 7, [4] * 7, [4] * 7]
    grid = samples(faces)
    assert grid.shape == (7 * 48, GRID * 48)
    # The first row shows angry faces: their bar is at the top.
    assert grid[:9, :48].max() == 230
    assert grid[9:48, :48].max() < 200


def test_the_report_has_its_table_and_pictures(tmp_path: Path, npz: Path) -> None:
    assert main(["--data", str(npz), "--out", str(tmp_path / "reports")]) == 0
    text = (tmp_path / "reports" / "data.md").read_text()
    assert "| Training | 8 | 8 | 8 | 8 | 8 | 8 | 8 | 56 |" in text
    assert "exact duplicates within Training | 0" in text
    for picture in ("data_counts.png", "data_samples.png"):
        assert picture in text
        assert np.fromfile(tmp_path / "reports" / picture, np.uint8)[1:4].tobytes() == b"PNG"

from pathlib import Path

import cv2
import numpy as np

from training.face.datasets import FaceSet
from training.face.explore import GRID, counts, main, samples


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


def test_sizes_and_modes_are_those_of_the_files(tmp_path: Path) -> None:
    grey = np.zeros((48, 48), np.uint8)
    for name, picture in (("a", grey), ("b", grey), ("c", np.zeros((30, 40, 3), np.uint8))):
        (tmp_path / "faces" / "happy").mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / "faces" / "happy" / f"{name}.png"), picture)
    out = tmp_path / "reports"
    assert main(["--data", str(tmp_path / "faces"), "--out", str(out)]) == 0
    text = (out / "data.md").read_text()
    assert "| size and mode | 2 of 48x48, 8-bit grey; 1 of 40x30, 8-bit colour |" in text
    assert f"`python -m training.explore --data {tmp_path / 'faces'} --out {out}`" in text

"""Folders of pictures: which split and emotion each is of, and what is left out of them."""

import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.labels import EMOTIONS
from tests.training.face.face_files import write_folder
from training.common.errors import TrainingError
from training.face.datasets import PRIVATE, PUBLIC, TRAINING, FaceSet, load
from training.face.datasets.folders import read_folder


def test_folder_prefixes_decide_the_split(tmp_path: Path, faces: FaceSet) -> None:
    folder = tmp_path / "test" / "happy"
    folder.mkdir(parents=True)
    for name in ("PublicTest_1.jpg", "PrivateTest_2.jpg", "other.jpg"):
        cv2.imwrite(str(folder / name), faces.images[0])
    assert load(tmp_path).splits.tolist() == [PRIVATE, PUBLIC, PRIVATE]


def test_other_sets_pass_through_48_grey_pixels(tmp_path: Path) -> None:
    folder = tmp_path / "Anger"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), np.full((224, 224, 3), (10, 200, 90), np.uint8))
    loaded = read_folder(tmp_path)
    assert loaded.images.shape == (1, 48, 48)
    assert loaded.labels.tolist() == [EMOTIONS.index("angry")]
    assert loaded.splits.tolist() == [TRAINING]


def test_folders_of_other_names_are_told_or_refused(
    tmp_path: Path, faces: FaceSet, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_folder(tmp_path, faces, ("train", "val", "test"))
    shutil.copytree(folder / "train" / "happy", folder / "train" / "contempt")
    assert len(load(folder)) == len(faces)
    assert "train/contempt' is no emotion, its 8 pictures are left out" in capsys.readouterr().err
    shutil.copytree(folder / "train" / "happy", folder / "train" / "suprise")
    with pytest.raises(TrainingError, match="suprise' is no emotion; did you mean 'surprise'"):
        load(folder)


@pytest.mark.parametrize("suffix", [".PNG", ".tif", ".TIFF"])
def test_tiffs_and_endings_in_capitals_are_read(
    tmp_path: Path, faces: FaceSet, suffix: str
) -> None:
    (tmp_path / "sad").mkdir()
    cv2.imwrite(str(tmp_path / "sad" / f"a{suffix}"), faces.images[0])
    loaded = read_folder(tmp_path)
    assert loaded.labels.tolist() == [EMOTIONS.index("sad")]
    np.testing.assert_array_equal(loaded.images[0], faces.images[0])


@pytest.mark.skipif(sys.platform == "win32", reason="paths have backslashes there")
@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            ["train/sad/a.gif", "train/sad/b.GIF", "train/sad/sub/notes.txt"],
            "3 files left out in '{0}/train/sad' and 1 more folder: of kinds that are not read "
            "(.gif, .txt)",
        ),
        (
            ["test/sad/LICENSE"],
            "1 file left out in '{0}/test/sad': of kinds that are not read (LICENSE)",
        ),
        (
            ["train/sad/sub/a.png", "train/sad/sub/deeper/a.png"],
            "2 pictures left out in '{0}/train/sad/sub' and 1 more folder: not in '<emotion>' or "
            "'<split>/<emotion>'",
        ),
        (
            ["again/test/sad/a.png"],
            "1 picture left out in '{0}/again/test/sad': not in '<emotion>' or",
        ),
        (
            ["a.png"],
            "1 picture left out in '{0}': not in '<emotion>' or '<split>/<emotion>'",
        ),
    ],
)
def test_what_is_left_out_is_told_in_one_line(
    tmp_path: Path,
    faces: FaceSet,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    message: str,
) -> None:
    folder = write_folder(tmp_path, faces, ("train", "val", "test"))
    for name in more:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    assert len(read_folder(folder)) == len(faces)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("data: " + message.format(folder))


def test_litter_is_passed_over_in_silence(
    tmp_path: Path, faces: FaceSet, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_folder(tmp_path, faces, ("train", "val", "test"))
    for name in ("._a.jpg", ".DS_Store", "Thumbs.db", "desktop.ini", ".cache/a.jpg"):
        for place in (folder / "train" / "sad", folder / "train", folder):
            (place / name).parent.mkdir(exist_ok=True)
            (place / name).touch()
    (folder / "README.txt").touch()
    assert len(read_folder(folder)) == len(faces)
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_to_folders_of_emotions_are_followed(
    tmp_path: Path, faces: FaceSet, capsys: pytest.CaptureFixture[str]
) -> None:
    real = write_folder(tmp_path / "real", faces, ("train", "val", "test"))
    (real / "train" / "sad" / "a.gif").touch()
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "train").symlink_to(real / "train")
    assert len(read_folder(tmp_path / "linked")) == len(faces.split(TRAINING))
    assert "1 file left out in" in capsys.readouterr().err


def test_a_damaged_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "sad").mkdir()
    (tmp_path / "sad" / "broken.jpg").write_bytes(b"\xff\xd8 nothing more")
    with pytest.raises(TrainingError, match="broken.jpg' is not a picture"):
        load(tmp_path)


def test_a_folder_without_pictures_says_what_it_expects(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="<split>/<emotion>"):
        load(tmp_path)


def test_microsofts_folders_without_emotions_say_what_is_expected(
    tmp_path: Path, faces: FaceSet, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("FER2013Train", "FER2013Valid", "FER2013Test"):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "fer0000000.png"), faces.images[0])
        (tmp_path / name / "label.csv").touch()
    expected = "expected pictures in folders '<emotion>' .* found none"
    with pytest.raises(TrainingError, match=expected):
        read_folder(tmp_path)
    assert "FER2013Test' is no emotion, its 1 pictures are left out" in capsys.readouterr().err
    with pytest.raises(TrainingError, match=expected):
        read_folder(tmp_path / "FER2013Train")

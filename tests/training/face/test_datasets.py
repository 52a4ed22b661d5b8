"""Data sets as archives and CSV files, and what is checked of all of them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.labels import EMOTIONS
from tests.training.face.face_files import assert_same, write_csv, write_folder
from training.common.errors import TrainingError
from training.face.datasets import PRIVATE, PUBLIC, TRAINING, FaceSet, load, load_for_training
from training.face.datasets.checks import check
from training.face.datasets.npz import SHEET

FACE = " ".join(["7"] * 2304)


def test_npz_holds_what_was_written(npz: Path, faces: FaceSet) -> None:
    loaded = load(npz)
    assert_same(loaded, faces)
    np.testing.assert_array_equal(loaded.votes, faces.votes)


@pytest.mark.parametrize("name", ["FER2013.NPZ", "FER2013.CSV"])
def test_endings_in_capitals_are_known(
    tmp_path: Path, npz: Path, faces: FaceSet, name: str
) -> None:
    path = tmp_path / name
    if name.endswith("CSV"):
        write_csv(path, faces)
    else:
        npz.rename(path)
    assert_same(load(path), faces)


def test_compact_npz_unpacks_its_sheets(tmp_path: Path, faces: FaceSet) -> None:
    tiles = np.zeros((SHEET * SHEET, 48, 48), np.uint8)
    tiles[: len(faces)] = faces.images
    sheet = tiles.reshape(SHEET, SHEET, 48, 48).swapaxes(1, 2).reshape(SHEET * 48, SHEET * 48)
    done, code = cv2.imencode(".png", sheet)
    assert done
    path = tmp_path / "compact.npz"
    np.savez(
        path,
        labels=faces.labels,
        usage=faces.splits,
        ferplus_votes=faces.votes,
        sheet_00=code.ravel(),
    )
    assert_same(load(path), faces)


@pytest.mark.parametrize("header", ["emotion,Usage,pixels", "emotion, Usage, pixels"])
def test_kaggle_csv_under_both_of_its_names(tmp_path: Path, faces: FaceSet, header: str) -> None:
    loaded = load(write_csv(tmp_path / "fer2013.csv", faces, header))
    assert_same(loaded, faces)
    assert (loaded.votes == -1).all()


def test_extra_faces_join_training_but_for_those_it_is_tested_on(
    tmp_path: Path, npz: Path, faces: FaceSet, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_folder(tmp_path / "extra", faces, ("train", "val", "test"))
    merged = load_for_training(npz, extra=[folder])
    training, public, private = np.bincount(faces.splits)
    assert np.bincount(merged.splits).tolist() == [2 * training, public, private]
    assert f"extra: {public + private} pictures of '{folder}'" in capsys.readouterr().err


def test_without_public_test_a_tenth_is_held_out_and_said(
    tmp_path: Path, faces: FaceSet, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_folder(tmp_path / "fer", faces.split(TRAINING), ("train", "val", "test"))
    assert np.bincount(load_for_training(folder).splits).tolist() == [50, 6]
    np.testing.assert_array_equal(load(folder).splits, load_for_training(folder).splits)
    assert "has no PublicTest: every tenth" in capsys.readouterr().err


def test_some_faces_are_of_all_kinds(faces: FaceSet) -> None:
    training = faces.split(TRAINING)  # in order, eight of each
    assert np.array_equal(training.some(7), training.images[::8])
    assert np.array_equal(training.some(1000), training.images)


def test_an_empty_class_is_named(tmp_path: Path, faces: FaceSet) -> None:
    rest = faces.take(faces.labels != EMOTIONS.index("disgust"))
    with pytest.raises(TrainingError, match="no training face that is disgust"):
        load_for_training(write_csv(tmp_path / "fer2013.csv", rest))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("absent.npz", None, "expected a file or folder"),
        ("faces.txt", b"", "neither .npz, .csv nor a folder"),
        ("broken.npz", b"PK\x03\x04 no archive", "as a NumPy archive"),
        ("no.csv", b"emotion,pixels\n0,1 2\n", "no column 'Usage'"),
        ("short.csv", b"emotion,Usage,pixels\n0,Training,1 2 3\n", "row 2.*2304.*3 numbers"),
        ("text.csv", b"emotion,Usage,pixels\n0,Training,1 x 3\n", "row 2.*2304.*0 numbers"),
        ("usage.csv", f"emotion,Usage,pixels\n0,1,{FACE}\n".encode(), "Usage in .*; found 1"),
        (
            "labels.csv",
            f"emotion,Usage,pixels\n0,Training,{FACE}\n,Training,{FACE}\nx,Training,{FACE}".encode(),
            "emotion in .* must be 0 to 6; found 0, nan, x",
        ),
    ],
)
def test_bad_files_say_so(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TrainingError, match=message):
        load(path)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("labels", np.full(112, 9, np.uint8), "labels of 0 to 6 as uint8, found uint8 up to 9"),
        ("usage", np.full(112, 3, np.uint8), "splits of 0 to 2 as uint8, found uint8 up to 3"),
        ("images", np.zeros((112, 48, 48)), "images as uint8, found float64"),
        ("images", np.zeros((112, 24, 24), np.uint8), "images of shape"),
    ],
)
def test_an_archive_of_other_values_is_refused(
    npz: Path, name: str, value: np.ndarray, message: str
) -> None:
    with np.load(npz) as file:
        arrays = dict(file)
    np.savez(npz, **{**arrays, name: value})
    with pytest.raises(TrainingError, match=message):
        load(npz)


def test_a_damaged_archive_is_always_one_sentence(tmp_path: Path, faces: FaceSet) -> None:
    path = tmp_path / "faces.npz"
    arrays = {"images": faces.images, "labels": faces.labels, "usage": faces.splits}
    np.savez_compressed(path, ferplus_votes=faces.votes, **arrays)
    content = path.read_bytes()
    generator = np.random.default_rng(0)
    refused = 0
    for _ in range(60):
        damaged = bytearray(content)
        for place in generator.integers(0, len(content), 8):
            damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        try:
            load(path)
        except TrainingError:
            refused += 1
    assert refused > 30


def test_checks_count_duplicates_conflicts_and_blanks(faces: FaceSet) -> None:
    images = faces.images.copy()
    public = np.flatnonzero(faces.splits == PUBLIC)
    private = np.flatnonzero(faces.splits == PRIVATE)
    images[1] = images[0]  # within Training, same label
    images[public[-1]] = images[0]  # in Training too, another label
    images[private[0]] = images[public[1]]
    images[private[1]] = 7  # one grey
    findings = check(FaceSet(images, faces.labels, faces.splits, faces.votes))
    assert findings.duplicates == (1, 0, 0)
    assert findings.public_in_training == 1
    assert findings.private_in_public == 1
    assert findings.private_in_training == 0
    assert findings.conflicts == 1
    assert findings.blank == 1


def test_fer2013_counts_and_duplicates_are_the_documented_ones(fer2013: Path) -> None:
    faces = load(fer2013 / "fer2013.npz")
    assert np.bincount(faces.labels).tolist() == [4953, 547, 5121, 8989, 6077, 4002, 6198]
    assert np.bincount(faces.splits).tolist() == [28709, 3589, 3589]

"""FER+'s votes, as they join faces by row or by name, and where they are refused."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.training.face.face_files import (
    VOTE_COLUMNS,
    assert_same,
    write_csv,
    write_folder,
    write_votes,
)
from training.common.errors import TrainingError
from training.face.datasets import FaceSet, load
from training.face.datasets.fer_csv import read_votes
from training.face.datasets.folders import read_folder


@pytest.mark.parametrize("usage", [False, True])
def test_votes_join_the_csv_by_row(tmp_path: Path, faces: FaceSet, usage: bool) -> None:
    splits = faces.splits if usage else None
    votes = write_votes(tmp_path / "fer2013new.csv", [""] * len(faces), faces.votes, splits)
    loaded = load(write_csv(tmp_path / "fer2013.csv", faces), votes)
    np.testing.assert_array_equal(loaded.votes, faces.votes)


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (slice(None, None, -1), "row 2 of .*fer2013new.csv' is of PrivateTest, .* is of Training;"),
        (np.roll(np.arange(112), -1), "row 57 of .* is of PublicTest, .* is of Training;"),
    ],
)
def test_votes_in_another_order_are_refused(
    tmp_path: Path, faces: FaceSet, order: slice | np.ndarray, message: str
) -> None:
    moved = faces.take(order)
    names = [""] * len(faces)
    votes = write_votes(tmp_path / "fer2013new.csv", names, moved.votes, moved.splits)
    with pytest.raises(TrainingError, match=message):
        load(write_csv(tmp_path / "fer2013.csv", faces), votes)


def test_votes_whose_numbers_do_not_rise_are_refused(tmp_path: Path, faces: FaceSet) -> None:
    numbers = np.arange(len(faces))
    numbers[[3, 4]] = numbers[[4, 3]]  # within Training
    names = [f"fer{number:07}.png" for number in numbers]
    names[10] = ""  # as the authors left some out
    votes = write_votes(tmp_path / "fer2013new.csv", names, faces.votes, faces.splits)
    with pytest.raises(
        TrainingError, match="row 6 of .* is fer0000003.png, behind one of a higher"
    ):
        load(write_csv(tmp_path / "fer2013.csv", faces), votes)
    rising = [f"fer{number:07}.png" for number in range(len(faces))]
    votes = write_votes(tmp_path / "fer2013new.csv", rising, faces.votes, faces.splits)
    assert_same(load(tmp_path / "fer2013.csv", votes), faces)


def test_votes_for_another_number_of_faces_are_refused(tmp_path: Path, faces: FaceSet) -> None:
    votes = write_votes(tmp_path / "fer2013new.csv", [""] * 3, faces.votes[:3])
    with pytest.raises(TrainingError, match="votes for 3 faces, the data has 112"):
        load(write_csv(tmp_path / "fer2013.csv", faces), votes)


def test_votes_join_the_folder_by_name(tmp_path: Path, faces: FaceSet) -> None:
    folder = write_folder(tmp_path / "fer", faces, ("train", "validation", "test"))
    names = [f"fer{index:07}.png" for index in range(len(faces))]
    loaded = load(folder, write_votes(tmp_path / "votes.csv", names, faces.votes))
    assert np.bincount(loaded.splits).tolist() == np.bincount(faces.splits).tolist()
    votes = {image.tobytes(): votes for image, votes in zip(faces.images, faces.votes, strict=True)}
    for image, row in zip(loaded.images, loaded.votes, strict=True):
        np.testing.assert_array_equal(row, votes[image.tobytes()])


@pytest.mark.parametrize(
    ("names", "example"),
    [(["", "fer0000001.png"], "fer0000001.png"), ([""], "fer0000000.png"), ([], "fer0000000.png")],
)
def test_votes_for_kaggles_folder_name_the_csv_instead(
    tmp_path: Path, faces: FaceSet, names: list[str], example: str
) -> None:
    folder = tmp_path / "fer" / "test" / "sad"
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "PrivateTest_10131363.jpg"), faces.images[0])
    votes = write_votes(tmp_path / "votes.csv", names, faces.votes[: len(names)])
    expected = f"names no picture .* like '{example}' .*use Kaggle's fer2013.csv with --votes"
    with pytest.raises(TrainingError, match=expected):
        read_folder(tmp_path / "fer", votes)


def test_unnamed_votes_are_read_as_empty(tmp_path: Path, faces: FaceSet) -> None:
    path = write_votes(tmp_path / "v.csv", ["a.png", ""], faces.votes[:2], faces.splits[:2])
    names, votes = read_votes(path)
    assert names == ["a.png", ""]
    np.testing.assert_array_equal(votes, faces.votes[:2])


def test_votes_without_names_are_refused(tmp_path: Path, faces: FaceSet) -> None:
    folder = write_folder(tmp_path / "fer", faces, ("train", "val", "test"))
    votes = tmp_path / "votes.csv"
    votes.write_text(f"{VOTE_COLUMNS}\n0,1,2,3,4,5,6,7,8,9\n")
    with pytest.raises(TrainingError, match="no column 'Image name'"):
        load(folder, votes)


def test_votes_beside_an_archive_that_has_its_own_are_refused(npz: Path) -> None:
    with pytest.raises(TrainingError, match="holds its own"):
        load(npz, Path("fer2013new.csv"))

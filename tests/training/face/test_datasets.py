import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.labels import EMOTIONS
from training.common.errors import TrainingError
from training.face.datasets import (
    PRIVATE,
    PUBLIC,
    SPLITS,
    TRAINING,
    FaceSet,
    load,
    load_for_training,
)
from training.face.datasets.checks import check
from training.face.datasets.fer_csv import read_votes
from training.face.datasets.folders import read_folder
from training.face.datasets.npz import SHEET

FACE = " ".join(["7"] * 2304)
VOTE_COLUMNS = "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"


def write_csv(path: Path, faces: FaceSet, header: str = "emotion,Usage,pixels") -> Path:
    lines = [header]
    for image, label, split in zip(faces.images, faces.labels, faces.splits, strict=True):
        lines.append(f'{label},{SPLITS[split]},"{" ".join(map(str, image.ravel()))}"')
    path.write_text("\n".join(lines) + "\n")
    return path


def write_votes(
    path: Path, names: list[str], votes: np.ndarray, splits: np.ndarray | None = None
) -> Path:
    lines = [f"Image name,{VOTE_COLUMNS}"]
    lines += [f"{name},{','.join(map(str, row))}" for name, row in zip(names, votes, strict=True)]
    if splits is not None:
        usage = ["Usage", *(SPLITS[split] for split in splits)]
        lines = [f"{split},{line}" for split, line in zip(usage, lines, strict=True)]
    path.write_text("\n".join(lines) + "\n")
    return path


def write_folder(path: Path, faces: FaceSet, splits: tuple[str, ...]) -> Path:
    for index, image in enumerate(faces.images):
        folder = path / splits[faces.splits[index]] / EMOTIONS[faces.labels[index]]
        folder.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(folder / f"fer{index:07}.png"), image)
    return path


def assert_same(actual: FaceSet, expected: FaceSet) -> None:
    for name in ("images", "labels", "splits"):
        np.testing.assert_array_equal(getattr(actual, name), getattr(expected, name))


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


def test_votes_beside_an_archive_that_has_its_own_are_refused(npz: Path) -> None:
    with pytest.raises(TrainingError, match="holds its own"):
        load(npz, Path("fer2013new.csv"))


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

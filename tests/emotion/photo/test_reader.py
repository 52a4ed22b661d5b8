"""Photos: every format and orientation, what is refused, and the faces that are found."""

import sys

import cv2
import numpy as np
import pytest

from core.errors import PhotoError
from core.labels import EMOTIONS
from emotion.face.recogniser import LiteRTRecogniser
from emotion.photo.file import decode_photo
from emotion.photo.finder import FINE, PhotoFaceFinder
from emotion.photo.reader import MAX_FACES, PhotoReader
from tests.conftest import ROOT
from tests.emotion.face.pictures import (
    FACE,
    encode,
    jpeg_claiming,
    png_header,
    portrait,
    tagged,
    webp_claiming,
)
from tests.fakes import FakeRecogniser


@pytest.fixture(scope="module")
def finder():
    return PhotoFaceFinder()


@pytest.fixture
def recogniser():
    return FakeRecogniser()


@pytest.fixture
def reader(recogniser):
    return PhotoReader(recogniser)


def is_at(box, expected, scale=1.0, tolerance=0.12):
    """Tell whether a box is about where a square (left, top, edge) is."""
    left, top, edge = (value * scale for value in expected)
    off = np.array(box) - (left, top, edge, edge)
    return np.abs(off).max() < tolerance * edge


class TestDecoding:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
    def test_every_format(self, kind):
        if kind == "HEIF":
            pytest.importorskip("pillow_heif")
        photo = decode_photo(encode(portrait(), kind))
        assert (photo.width, photo.height, photo.scale) == (640, 480, 1.0)
        assert photo.image.dtype == np.uint8
        assert np.abs(photo.image.astype(int) - portrait()).mean() < 4

    @pytest.mark.parametrize(
        ("kind", "options"),
        [
            ("JPEG", {"mode": "L"}),
            ("JPEG", {"mode": "CMYK"}),
            ("JPEG", {"progressive": True}),
            ("PNG", {"mode": "P"}),
            ("PNG", {"mode": "RGBA"}),
            ("PNG", {"mode": "1"}),
            ("WEBP", {"lossless": True}),
        ],
    )
    def test_every_way_to_store_colours(self, kind, options):
        assert decode_photo(encode(portrait(), kind, **options)).image.shape == (480, 640, 3)

    def test_sixteen_bits_are_scaled_down(self):
        deep = np.full((64, 64), 40_000, np.uint16)
        ok, data = cv2.imencode(".png", deep)
        assert ok
        assert (decode_photo(data.tobytes()).image == 40_000 >> 8).all()

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_exif_orientation_is_undone(self, orientation):
        photo = decode_photo(tagged(portrait(), orientation))
        assert (photo.width, photo.height) == (640, 480)
        assert np.abs(photo.image.astype(int) - portrait()).mean() < 4

    @pytest.mark.parametrize("kind", ["PNG", "WEBP"])  # HEIC's decoder turns by its own tag
    def test_so_it_is_in_other_formats(self, kind):
        photo = decode_photo(tagged(portrait(), 6, kind))
        assert np.abs(photo.image.astype(int) - portrait()).mean() < 4

    def test_a_large_one_is_decoded_small(self):
        data = encode(cv2.resize(portrait(), (4000, 3000)))
        photo = decode_photo(data)
        assert (photo.width, photo.height) == (4000, 3000)
        assert photo.image.shape == (1500, 2000, 3)
        assert decode_photo(data, 800).image.shape == (750, 1000, 3)

    def test_what_a_phone_calls_24_megapixels_passes(self):
        photo = decode_photo(encode(np.full((4284, 5712), 90, np.uint8)))
        assert (photo.width, photo.height) == (5712, 4284)


class TestRefusals:
    @pytest.mark.parametrize("make", [png_header, jpeg_claiming, webp_claiming])
    @pytest.mark.parametrize("size", [(6000, 4100), (16_000, 16_000)])
    def test_too_many_pixels_are_not_decoded(self, make, size):
        with pytest.raises(PhotoError, match=r"at most 24 megapixels, got (\d+ x \d+|far more)"):
            decode_photo(make(*size))

    def test_too_few(self):
        with pytest.raises(PhotoError, match="at least 32 x 32 pixels, got 20 x 40"):
            decode_photo(encode(np.zeros((40, 20, 3), np.uint8)))

    @pytest.mark.parametrize(
        "data",
        [b"", b"hello", b"\xff\xd8\xff", bytes(1000), b"<svg/>", b"%PDF-1.7"],
    )
    def test_what_is_no_photo(self, data):
        with pytest.raises(PhotoError, match="JPEG, PNG, WebP or HEIC|damaged"):
            decode_photo(data)

    @pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF"])
    def test_other_pictures(self, kind):
        with pytest.raises(PhotoError, match="expected a photo as JPEG, PNG, WebP or HEIC"):
            decode_photo(encode(portrait(), kind))

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
    @pytest.mark.parametrize("part", [0.2, 0.7])
    def test_one_cut_short(self, kind, part):
        if kind == "HEIF":
            pytest.importorskip("pillow_heif")
        data = encode(portrait(), kind)
        with pytest.raises(PhotoError, match="damaged or cut short|none of them"):
            decode_photo(data[: int(part * len(data))])

    def test_a_jpeg_that_makes_the_decoder_run_in_circles(self):
        data = encode(portrait(), progressive=True)
        scan = data.rindex(b"\xff\xda")
        with pytest.raises(PhotoError, match="more than 64 scans"):
            decode_photo(data[:scan] + 70 * data[scan:-2] + data[-2:])

    def test_heic_without_its_decoder(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "pillow_heif", None)
        with pytest.raises(PhotoError, match="HEIC needs pillow-heif"):
            decode_photo(b"\0\0\0\x18ftypheic" + bytes(100))


class TestFaces:
    def test_one(self, reader):
        result = reader.read(encode(portrait()))
        assert (result.status, result.reason) == ("ok", "")
        (face,) = result.faces
        assert is_at(face.box, FACE)
        assert (face.id, face.emotion, face.sure) == (1, "happy", True)

    @pytest.mark.parametrize("scale", [0.2, 1.0, 5.0])
    def test_boxes_are_in_the_photos_own_pixels(self, reader, scale):
        size = round(640 * scale), round(480 * scale)
        result = reader.read(encode(cv2.resize(portrait(), size, interpolation=cv2.INTER_AREA)))
        assert (result.width, result.height) == size
        assert is_at(result.faces[0].box, FACE, scale)

    def test_the_shown_picture_is_small_and_its_boxes_fit(self, reader):
        result = reader.read(encode(cv2.resize(portrait(), (3200, 2400))))
        width = result.image.shape[1]
        assert 640 <= width <= 1280
        assert is_at(result.shown_faces()[0].box, FACE, width / 640)

    def test_several_largest_first(self, finder):
        small = cv2.resize(portrait(), (480, 360), interpolation=cv2.INTER_AREA)
        small = cv2.copyMakeBorder(small, 0, 120, 0, 0, cv2.BORDER_REPLICATE)
        faces = finder.search(
            cv2.cvtColor(np.hstack((small, portrait())), cv2.COLOR_BGR2GRAY), 1120
        )
        assert len(faces) == 2
        assert is_at(faces[0].box, (FACE[0] + 480, *FACE[1:]))
        assert is_at(faces[1].box, FACE, 0.75)

    def test_a_face_of_a_thirtieth_of_the_width(self, finder):
        picture = np.full((1500, 2000), 150, np.uint8)
        face = cv2.resize(portrait(), (154, 116), interpolation=cv2.INTER_AREA)
        picture[700:816, 900:1054] = cv2.cvtColor(face, cv2.COLOR_BGR2GRAY)
        assert finder.glance(picture) == ([], FINE)
        (face,) = finder.search(picture, FINE)
        assert is_at(face.box, (900 + 46, 700 + 29, 66), tolerance=0.2)

    @pytest.mark.parametrize("angle", [-30, 30, 90, 180, 270])
    def test_a_head_that_leans_or_lies(self, recogniser, angle):
        """Turned back by `angle`, the picture would be upright; so must the crop be."""
        matrix = cv2.getRotationMatrix2D((320, 240), angle, 0.7)
        leaning = cv2.warpAffine(portrait(), matrix, (640, 480), borderMode=cv2.BORDER_REPLICATE)
        crops = []
        recogniser.predict = lambda faces: crops.append(faces[0]) or FakeRecogniser().predict(faces)
        (face,) = PhotoReader(recogniser).read(encode(leaning)).faces
        centre = np.array((FACE[0] + FACE[2] / 2, FACE[1] + FACE[2] / 2, 1))
        x, y = matrix @ centre
        edge = 0.7 * FACE[2]
        assert is_at(face.box, (x - edge / 2, y - edge / 2, edge), tolerance=0.2)
        upright = portrait()[FACE[1] : FACE[1] + FACE[2], FACE[0] : FACE[0] + FACE[2]]
        likeness = [
            np.corrcoef(cv2.resize(image, (24, 24)).ravel(), cv2.resize(crops[0], (24, 24)).ravel())
            for image in (upright, cv2.rotate(upright, cv2.ROTATE_180))
        ]
        assert likeness[0][0, 1] > max(0.7, likeness[1][0, 1])

    def test_none_is_told_with_a_hint(self, reader, recogniser):
        result = reader.read(encode(np.full((600, 800, 3), 128, np.uint8)))
        assert (result.status, result.faces) == ("no_face", ())
        assert "looks towards the camera" in result.reason
        assert recogniser.batch_sizes == []

    def test_a_strip_is_no_trouble(self, reader):
        assert reader.read(encode(np.full((40, 20_000, 3), 128, np.uint8))).status == "no_face"

    def test_one_that_shows_nothing_clear(self, reader, recogniser):
        recogniser.predict = lambda faces: np.full((len(faces), 7), 1 / 7, np.float32)
        result = reader.read(encode(portrait()))
        assert (result.status, result.faces[0].sure) == ("unsure", False)
        assert result.reason

    def test_a_face_and_its_mirror_image_are_averaged(self, reader, recogniser):
        rows = np.zeros((2, 7), np.float32)
        rows[0, EMOTIONS.index("sad")] = rows[1, EMOTIONS.index("fear")] = 1
        recogniser.predict = lambda faces: rows
        (face,) = reader.read(encode(portrait())).faces
        assert face.probabilities[EMOTIONS.index("sad")] == pytest.approx(0.5)
        assert face.probabilities[EMOTIONS.index("fear")] == pytest.approx(0.5)

    def test_a_crowd_is_cut_off(self, reader, recogniser):
        one = cv2.resize(portrait(), (160, 120), interpolation=cv2.INTER_AREA)
        result = reader.read(encode(np.tile(one, (6, 5, 1))))
        assert len(result.faces) == MAX_FACES
        assert recogniser.batch_sizes == [2] * MAX_FACES, (
            "face by face, so that the live one gets in"
        )


class TestReal:
    def test_a_real_smile(self, faces_dir):
        recogniser = LiteRTRecogniser(ROOT / "weights" / "efficientnetb3.tflite")
        result = PhotoReader(recogniser).read((faces_dir / "astronaut.png").read_bytes())
        (face,) = result.faces
        assert is_at(face.box, (165, 65, 110), tolerance=0.25)
        assert (result.status, face.emotion) == ("ok", "happy")

    @pytest.mark.parametrize("share", [0.04, 0.1, 0.3])
    def test_small_and_large_in_12_megapixels(self, faces_dir, reader, recogniser, share):
        face = cv2.imread(str(faces_dir / "astronaut.png"), cv2.IMREAD_GRAYSCALE)
        edge = round(share * 4000 / 120 * 512)
        face = cv2.resize(face, (edge, edge), interpolation=cv2.INTER_AREA)[:3000, :3400]
        picture = np.full((3000, 4000), 100, np.uint8)
        picture[: face.shape[0], 500 : 500 + face.shape[1]] = face
        crops = []
        recogniser.predict = lambda faces: crops.append(faces[0]) or FakeRecogniser().predict(faces)
        faces = reader.read(encode(picture)).faces
        expected = np.array((170, 65, 110)) * share * 4000 / 120 + (500, 0, 0)
        (at,) = [n for n, face in enumerate(faces) if is_at(face.box, expected, tolerance=0.25)]
        assert min(crops[at].shape[:2]) >= 48, "the model sees less than it was trained on"

"""A still photo: decoded within bounds, its faces found and their emotions told."""

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from emotion.labels import EMOTIONS
from emotion.photo_faces import FoundFace, PhotoFaceFinder, upright_crop
from emotion.recogniser import Recogniser
from emotion.smoothing import SmoothingConfig
from emotion.types import Box, Face, Image, Probabilities
from errors import PhotoError

MOST_PIXELS = 24_500_000
"""24 megapixels as phones and cameras count them: 5712 x 4284, 6016 x 4016."""
LEAST_EDGE = 32
MOST_SCANS = 64
"""Of a progressive JPEG; encoders write 3 to 12. Each makes the decoder go through the whole
picture, and a small file can hold thousands."""
DECODED_EDGE = 1600
"""Longer edge in pixels that is decoded at least, and at most twice of it: the smallest faces
that are looked for have some 40 pixels then, about what the model sees of a face."""
SHOWN_EDGE = 1280
"""Longer edge in pixels of the picture that is shown."""
MOST_FACES = 20
"""Faces recognised, the largest."""
CONFIDENT = SmoothingConfig().confident
FORMATS = ("JPEG", "PNG", "WEBP")
"""Pillow's names; JPEG has what phones with several lenses write (MPO) among it."""
EXPECTED = "expected a photo as JPEG, PNG, WebP or HEIC"


@dataclass(frozen=True, eq=False)
class Photo:
    """A decoded photo, upright."""

    image: Image
    """uint8 BGR; scaled down where the photo is larger than is needed to find its faces."""
    width: int
    height: int
    """Of the photo itself, in pixels."""

    @property
    def scale(self) -> float:
        """Pixels of the photo to one of `image`."""
        return self.width / self.image.shape[1]


@dataclass(frozen=True, eq=False)
class PhotoReading:
    """What a photo shows."""

    status: str
    """`ok`, `unsure` where no emotion of the largest face stands out, or `no_face`."""
    reason: str
    """One sentence: why it is not ok, and what helps; empty where it is."""
    faces: tuple[Face, ...]
    """Largest first, boxes in the photo's own pixels once it is upright."""
    width: int
    height: int
    """Of the photo, in its own pixels, upright."""
    image: Image
    """uint8 BGR, the photo at `SHOWN_EDGE` pixels or less."""

    def shown_faces(self) -> tuple[Face, ...]:
        """Return the faces with boxes in pixels of `image`."""
        scale = self.image.shape[1] / self.width
        return tuple(replace(face, box=_scaled(face.box, scale)) for face in self.faces)


class PhotoReader:
    """Find and recognise the faces of photos. Safe to share between threads.

    Args:
        recogniser: shared with whoever else recognises faces.
        cascade: an XML file of your own; None takes OpenCV's.

    Raises:
        WeightsError: the cascade is missing or none.
    """

    def __init__(self, recogniser: Recogniser, cascade: Path | None = None) -> None:
        self._recogniser = recogniser
        self._finder = PhotoFaceFinder(cascade)

    def read(self, data: bytes) -> PhotoReading:
        """Decode a photo and tell its faces.

        Args:
            data: a JPEG, PNG, WebP or HEIC file.

        Raises:
            PhotoError: it is none of these, damaged, or too large.
        """
        photo = decode_photo(data)
        found = self._finder.find(cv2.cvtColor(photo.image, cv2.COLOR_BGR2GRAY))[:MOST_FACES]
        faces = tuple(
            _told(number, face, self._recognise(photo.image, face), photo.scale)
            for number, face in enumerate(found, start=1)
        )
        shown = _at_most(photo.image, SHOWN_EDGE)
        return PhotoReading(*_judged(faces), faces, photo.width, photo.height, shown)

    def _recognise(self, image: Image, face: FoundFace) -> Probabilities:
        """Return the mean for a face and its mirror image: a point better on FER2013.

        Asked for face by face, so that the live picture waits for one only.
        """
        crop = upright_crop(image, face)
        mirrored: Image = np.ascontiguousarray(crop[:, ::-1])
        return np.asarray(self._recogniser.predict([crop, mirrored]).mean(axis=0), np.float32)


def _told(number: int, face: FoundFace, probabilities: Probabilities, scale: float) -> Face:
    sure = bool(probabilities.max() >= CONFIDENT)
    emotion = EMOTIONS[int(probabilities.argmax())]
    return Face(number, _scaled(face.box, scale), emotion, sure, probabilities)


def _judged(faces: Sequence[Face]) -> tuple[str, str]:
    if not faces:
        return "no_face", (
            "No face found. It helps when the face looks towards the camera, is well lit, "
            "and takes up a tenth of the picture or more."
        )
    if not faces[0].sure:
        return "unsure", "No emotion stands out in this face."
    return "ok", ""


def decode_photo(data: bytes) -> Photo:
    """Decode a photo, no larger than its faces need, and turn it upright.

    The header is read first: a file that claims more than `MOST_PIXELS` is not decoded.

    Args:
        data: a JPEG, PNG, WebP or HEIC file; of an animation, the first picture counts.

    Raises:
        PhotoError: it is none of these, damaged, or too large.
    """
    # 50 ms that the start need not spend. Pillow would import all its formats to find WebP.
    from PIL import Image as Pictures
    from PIL import UnidentifiedImageError, WebPImagePlugin  # noqa: F401

    formats = [*FORMATS, *_heif(data)]
    try:
        with Pictures.open(io.BytesIO(data), formats=formats) as picture:
            _check_size(*picture.size)
            if "progressive" in picture.info and data.count(b"\xff\xda") > MOST_SCANS:
                raise PhotoError(f"photo: a JPEG of more than {MOST_SCANS} scans is refused")
            size = picture.size
            # libjpeg decodes at a half, a quarter or an eighth for a fraction of the cost.
            part = min(1.0, DECODED_EDGE / max(size))
            picture.draft("RGB", (max(1, int(size[0] * part)), max(1, int(size[1] * part))))
            orientation = _orientation(picture)
            image = _to_bgr(picture)
    except PhotoError:
        raise
    except (Pictures.DecompressionBombError, Pictures.DecompressionBombWarning) as error:
        raise PhotoError(_too_large("far more")) from error
    except UnidentifiedImageError as error:
        raise PhotoError(f"photo: {EXPECTED}, got a file that is none of them") from error
    except Exception as error:  # decoders of hostile files raise whatever they stumble over
        raise PhotoError("photo: the file is damaged or cut short") from error
    image = _upright(_at_most(image, 2 * DECODED_EDGE), orientation)
    width, height = size if orientation < 5 else size[::-1]
    return Photo(image, width, height)


def _heif(data: bytes) -> list[str]:
    """Return HEIF's name once Pillow can open it, where `data` looks like it.

    Raises:
        PhotoError: it does, and its decoder is not installed.
    """
    if data[4:8] != b"ftyp":
        return []
    try:
        import pillow_heif
    except ImportError as error:
        raise PhotoError(
            "photo: HEIC needs pillow-heif, which is not installed here; send a JPEG instead"
        ) from error
    pillow_heif.register_heif_opener(thumbnails=False)
    return ["HEIF"]


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise PhotoError(_too_large(f"{width} x {height}"))
    if min(width, height) < LEAST_EDGE:
        raise PhotoError(
            f"photo: expected at least {LEAST_EDGE} x {LEAST_EDGE} pixels, got {width} x {height}"
        )


def _too_large(found: str) -> str:
    return f"photo: expected at most 24 megapixels, got {found}"


def _orientation(picture: Any) -> int:
    """Return EXIF's orientation, 1 to 8; 1 where there is none that can be read."""
    try:
        value = picture.getexif().get(0x0112, 1)
    except (SyntaxError, ValueError, TypeError, KeyError, IndexError, OSError, struct.error):
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _to_bgr(picture: Any) -> Image:
    if picture.mode.startswith("I;16"):  # Pillow would cut off instead of scaling down
        grey = np.asarray(picture) >> 8
        return np.asarray(cv2.cvtColor(grey.astype(np.uint8), cv2.COLOR_GRAY2BGR), np.uint8)
    return np.asarray(cv2.cvtColor(np.asarray(picture.convert("RGB")), cv2.COLOR_RGB2BGR), np.uint8)


def _at_most(image: Image, edge: int) -> Image:
    scale = edge / max(image.shape[:2])
    if scale >= 1:
        return image
    size = [max(1, round(edge * scale)) for edge in image.shape[1::-1]]
    # Areas cost seven times as much, and only below a half does the eye need them.
    interpolation = cv2.INTER_LINEAR if scale >= 0.5 else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, size, interpolation=interpolation), np.uint8)


def _upright(image: Image, orientation: int) -> Image:
    """Undo what EXIF's orientation says was done to the picture (CIPA DC-008, tag 274)."""
    if orientation in (2, 4, 5, 7):
        image = np.asarray(cv2.flip(image, 1), np.uint8)
    turns = {3: cv2.ROTATE_180, 4: cv2.ROTATE_180}
    turns |= {5: cv2.ROTATE_90_COUNTERCLOCKWISE, 6: cv2.ROTATE_90_CLOCKWISE}
    turns |= {7: cv2.ROTATE_90_CLOCKWISE, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}
    turn = turns.get(orientation)
    return image if turn is None else np.asarray(cv2.rotate(image, turn), np.uint8)


def _scaled(box: Box, scale: float) -> Box:
    return Box(*(round(value * scale) for value in box))

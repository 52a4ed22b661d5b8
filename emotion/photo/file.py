"""Photo files, decoded within bounds: no larger than is needed, nor than a photo may be."""

import contextlib
import io
import struct
import threading
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from core.errors import PhotoError
from core.vision import Image

MAX_PIXELS = 24_500_000
"""24 megapixels as phones and cameras count them: 5712 x 4284, 6016 x 4016."""
MIN_EDGE = 32
MAX_SCANS = 64
"""Of a progressive JPEG; encoders write 3 to 12. Each makes the decoder go through the whole
picture, and a small file can hold thousands."""
GLANCE_EDGE, CLOSE_EDGE = 800, 1600
"""Longer edge in pixels that is decoded at least, and at most twice of it, for a first look and
for a closer one. A JPEG of 12 megapixels takes 4 and 18 MB so, and a fraction of the time."""
_WHOLE = threading.Lock()
"""Held while a large photo is decoded whole: a hundred megabytes and more, one at a time."""
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


def decode_photo(data: bytes, edge: int = CLOSE_EDGE) -> Photo:
    """Decode a photo, no larger than is needed, and turn it upright.

    The header is read first: a file that claims more than `MAX_PIXELS` is not decoded.

    Args:
        data: a JPEG, PNG, WebP or HEIC file; of an animation, the first picture counts.
        edge: pixels that its longer edge should have at least. Twice as many come of a JPEG at
            most; other formats must be decoded whole, and come with `CLOSE_EDGE` or more.

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
            if has_many_scans(picture, data):
                raise PhotoError(f"photo: a JPEG of more than {MAX_SCANS} scans is refused")
            size = picture.size
            orientation = _orientation(picture)
            # libjpeg decodes at a half, a quarter or an eighth for a fraction of the cost.
            scale = min(1.0, edge / max(size))
            picture.draft("RGB", (max(1, int(size[0] * scale)), max(1, int(size[1] * scale))))
            with contextlib.nullcontext() if picture.size != size else _WHOLE:
                image = _to_bgr(picture)
    except PhotoError:
        raise
    except (Pictures.DecompressionBombError, Pictures.DecompressionBombWarning) as error:
        raise PhotoError(_too_large("far more")) from error
    except UnidentifiedImageError as error:
        raise PhotoError(f"photo: {EXPECTED}, got a file that is none of them") from error
    except Exception as error:  # decoders of hostile files raise whatever they stumble over
        raise PhotoError("photo: the file is damaged or cut short") from error
    width, height = size if orientation < 5 else size[::-1]
    return Photo(_upright(image, orientation), width, height)


def decode_fields(data: bytes, edge: int) -> dict[str, Any]:
    """Return the fields of what `decode_photo` returns, as one process tells them another."""
    return vars(decode_photo(data, edge))


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


def has_many_scans(picture: Any, data: bytes) -> bool:
    """Tell whether `data`, opened as `picture`, is a JPEG of more than `MAX_SCANS` scans."""
    return "progressive" in picture.info and data.count(b"\xff\xda") > MAX_SCANS


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise PhotoError(_too_large(f"{width} x {height}"))
    if min(width, height) < MIN_EDGE:
        raise PhotoError(
            f"photo: expected at least {MIN_EDGE} x {MIN_EDGE} pixels, got {width} x {height}"
        )


def _too_large(size: str) -> str:
    return f"photo: expected at most 24 megapixels, got {size}"


def _orientation(picture: Any) -> int:
    """Return EXIF's orientation, 1 to 8; 1 where there is none that can be read."""
    try:
        value = picture.getexif().get(0x0112, 1)
    except (SyntaxError, ValueError, TypeError, KeyError, IndexError, OSError, struct.error):
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _to_bgr(picture: Any) -> Image:
    """Decode, and shrink to less than twice `CLOSE_EDGE` before any copy is made."""
    if picture.mode.startswith("I;16"):  # Pillow would cut off instead of scaling down
        grey = at_most((np.asarray(picture) >> 8).astype(np.uint8), 2 * CLOSE_EDGE)
        return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
    colours = picture if picture.mode == "RGB" else picture.convert("RGB")
    times = max(colours.size) // CLOSE_EDGE
    small = colours.reduce(times) if times > 1 else colours
    return np.asarray(cv2.cvtColor(np.asarray(small), cv2.COLOR_RGB2BGR), np.uint8)


def at_most(image: Image, edge: int, *, by_area: bool = False) -> Image:
    """Return a picture scaled down until its longer edge has `edge` pixels, or as it is.

    Args:
        image: uint8, grey or BGR.
        edge: in pixels.
        by_area: take the mean of what a pixel covers even where the eye would not tell, as
            cascades need it; costs seven times as much.
    """
    scale = edge / max(image.shape[:2])
    if scale >= 1:
        return image
    size = [max(1, round(length * scale)) for length in image.shape[1::-1]]
    interpolation = cv2.INTER_AREA if by_area or scale < 0.5 else cv2.INTER_LINEAR
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

"""The pictures that a browser's camera sends: decoded, or refused in one sentence."""

import io

import cv2
import numpy as np

from core.vision import Image
from emotion.photo.file import MAX_SCANS, has_many_scans
from web.errors import RequestError

MAX_PICTURE_BYTES = 512 * 1024
"""Of one picture; 640x480 at a JPEG quality of 70 takes some 40 kB."""
MAX_PIXELS = 1920 * 1080
MIN_EDGE = 32
MAX_ASPECT = 4
"""Longer edge by the shorter one; no camera's is more, and a strip would be searched at 320 pixels
wide, however long that makes it."""


def decode_picture(data: bytes) -> Image:
    """Return a JPEG or WebP file as uint8 (height, width, 3) BGR.

    Raises:
        RequestError: 400, it is neither, or damaged; 413, it has more than `MAX_PIXELS`.
    """
    from PIL import Image as Pictures
    from PIL import UnidentifiedImageError

    try:
        # The header first: a few hundred bytes can claim a gigabyte of pixels.
        with Pictures.open(io.BytesIO(data), formats=("JPEG", "WEBP")) as header:
            width, height = header.size
            many_scans = has_many_scans(header, data)
    except (Pictures.DecompressionBombError, Pictures.DecompressionBombWarning) as error:
        raise _too_large("far more") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise RequestError("Expected a picture as JPEG or WebP.", "bad_picture") from error
    if width * height > MAX_PIXELS:
        raise _too_large(f"{width} x {height}")
    if min(width, height) < MIN_EDGE:
        raise RequestError(
            f"Expected a picture of at least {MIN_EDGE} x {MIN_EDGE} pixels, "
            f"got {width} x {height}.",
            "bad_picture",
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise RequestError(
            f"Expected a picture whose edges are at most {MAX_ASPECT} to 1, got "
            f"{width} x {height}.",
            "bad_picture",
        )
    if many_scans:
        raise RequestError(f"A JPEG of more than {MAX_SCANS} scans is refused.", "bad_picture")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        image = None
    if image is None:
        raise RequestError("The picture is damaged and cannot be decoded.", "bad_picture")
    return image


def _too_large(got: str) -> RequestError:
    message = f"Expected a picture of at most 1920 x 1080 pixels, got {got}."
    return RequestError(message, "too_large", 413)

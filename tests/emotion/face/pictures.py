"""Picture files made for tests: a drawn face in any format, and headers that lie."""

import io
import struct
import zlib

import cv2
import numpy as np
from PIL import Image as Pictures

from capture import demo

FACE = (193, 119, 275)
"""About where the drawn face is in `portrait`: left, top, edge."""


def portrait() -> np.ndarray:
    """Return a drawn face, uint8 (480, 640, 3) BGR."""
    return demo.render(1.0)


def encode(image: np.ndarray, kind: str = "JPEG", **options) -> bytes:
    """Return a BGR or grey picture as a file."""
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    buffer = io.BytesIO()
    picture = Pictures.fromarray(image[..., ::-1] if image.ndim == 3 else image)
    if mode := options.pop("mode", None):
        picture = picture.convert(mode)
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def tagged(image: np.ndarray, orientation: int, kind: str = "JPEG") -> bytes:
    """Return a picture stored as a camera held so would, with EXIF's orientation to undo it."""
    stored = image
    if orientation in (5, 6, 7, 8):
        quarter = cv2.ROTATE_90_COUNTERCLOCKWISE if orientation in (6, 7) else None
        stored = cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE if quarter is None else quarter)
    if orientation in (3, 4):
        stored = cv2.rotate(image, cv2.ROTATE_180)
    if orientation in (2, 4, 5, 7):
        stored = cv2.flip(stored, 1)
    exif = Pictures.Exif()
    exif[0x0112] = orientation
    return encode(np.ascontiguousarray(stored), kind, exif=exif)


def png_header(width: int, height: int) -> bytes:
    """Return the first 33 bytes of a PNG that claims so many pixels, and an end."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def jpeg_claiming(width: int, height: int) -> bytes:
    """Return a small JPEG whose header claims so many pixels."""
    data = bytearray(encode(np.zeros((64, 64, 3), np.uint8)))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def webp_claiming(width: int, height: int) -> bytes:
    """Return a small WebP whose header claims so many pixels."""
    data = bytearray(encode(np.zeros((64, 64, 3), np.uint8), "WEBP"))
    start = data.index(b"\x9d\x01\x2a")  # of a VP8 key frame, its size behind it
    data[start + 3 : start + 7] = struct.pack("<HH", width, height)
    return bytes(data)

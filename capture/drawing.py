"""What is drawn by the server: boxes and labels on a frame, and a picture where there is none."""

import cv2
import numpy as np

from core.labels import EMOTIONS
from core.vision import Face, Image

JPEG_QUALITY = 80

_FONT = cv2.FONT_HERSHEY_DUPLEX
_INK = (24, 20, 18)
_UNSURE = (178, 172, 166)
COLOURS = {
    # BGR; the dark theme's hues of static/style.css, light enough for dark text on them.
    "angry": (112, 119, 249),
    "disgust": (91, 210, 155),
    "fear": (243, 155, 196),
    "happy": (94, 183, 255),
    "sad": (249, 177, 121),
    "surprise": (218, 218, 94),
    "neutral": (185, 177, 173),
}


def annotate(image: Image, faces: tuple[Face, ...]) -> Image:
    """Return a copy of a frame with each face boxed and named.

    Args:
        image: uint8 (height, width, 3) BGR; left as it is.
        faces: with boxes in its pixels.
    """
    picture = image.copy()
    unit = max(0.6, image.shape[0] / 480)
    for face in reversed(faces):  # the largest last, on top
        colour = COLOURS[face.emotion] if face.sure else _UNSURE
        _corners(picture, face, colour, unit)
        _label(picture, face, colour, unit)
    return picture


def _corners(picture: Image, face: Face, colour: tuple[int, int, int], unit: float) -> None:
    """Draw the four corners of a face's box: they mark it and leave it in view."""
    left, top, width, height = face.box
    right, bottom = left + width, top + height
    arm = max(8, width // 5)
    for x, across in ((left, arm), (right, -arm)):
        for y, down in ((top, arm), (bottom, -arm)):
            corner = np.array([(x + across, y), (x, y), (x, y + down)], np.int32)
            cv2.polylines(picture, [corner], False, _INK, round(5 * unit), cv2.LINE_AA)
            cv2.polylines(picture, [corner], False, colour, round(3 * unit), cv2.LINE_AA)


def _label(picture: Image, face: Face, colour: tuple[int, int, int], unit: float) -> None:
    """Write a face's emotion on a plate above its box, or inside it at the upper edge."""
    percent = face.probabilities[EMOTIONS.index(face.emotion)]
    text = f"{face.emotion.capitalize()} {percent:.0%}" if face.sure else "Not sure"
    size = 0.52 * unit
    (width, height), _ = cv2.getTextSize(text, _FONT, size, 1)
    pad = round(7 * unit)
    x = int(np.clip(face.box.x, 0, max(0, picture.shape[1] - width - 2 * pad)))
    bottom = face.box.y - pad
    if bottom - height - 2 * pad < 0:
        bottom = max(0, face.box.y) + height + 3 * pad
    top = bottom - height - 2 * pad
    cv2.rectangle(picture, (x, top), (x + width + 2 * pad, bottom), colour, cv2.FILLED)
    cv2.putText(picture, text, (x + pad, bottom - pad), _FONT, size, _INK, 1, cv2.LINE_AA)


def no_signal(headline: str, detail: str, width: int = 640, height: int = 480) -> Image:
    """Return a picture that says why there is none.

    Args:
        headline: a few words, as "Camera lost, trying again".
        detail: the reason; wrapped, and cut where it does not fit.
        width, height: of the picture, in pixels.
    """
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = (38, 33, 30)
    unit = max(0.4, min(width / 640, height / 480))
    middle = height // 2
    _camera_sign(picture, (width // 2, middle - round(70 * unit)), unit)
    _centred(picture, headline, middle + round(10 * unit), 0.8 * unit, (236, 232, 228))
    for number, line in enumerate(_wrapped(detail, 0.5 * unit, round(width * 0.84))[:3]):
        baseline = middle + round((48 + 26 * number) * unit)
        _centred(picture, line, baseline, 0.5 * unit, (176, 168, 160))
    return picture


def _camera_sign(picture: Image, centre: tuple[int, int], unit: float) -> None:
    """Draw a camera, crossed out."""
    x, y = centre
    thickness = max(1, round(2 * unit))
    grey = (150, 142, 134)

    def at(across: float, down: float) -> tuple[int, int]:
        return round(x + across * unit), round(y + down * unit)

    cv2.rectangle(picture, at(-34, -20), at(14, 20), grey, thickness, cv2.LINE_AA)
    lens = np.array([at(14, -4), at(34, -16), at(34, 16), at(14, 4)], np.int32)
    cv2.polylines(picture, [lens], False, grey, thickness, cv2.LINE_AA)
    cv2.line(picture, at(-40, 30), at(40, -30), grey, thickness, cv2.LINE_AA)


def _centred(
    picture: Image, text: str, baseline: int, size: float, colour: tuple[int, int, int]
) -> None:
    (width, _), _ = cv2.getTextSize(text, _FONT, size, 1)
    x = max(4, (picture.shape[1] - width) // 2)
    cv2.putText(picture, text, (x, baseline), _FONT, size, colour, 1, cv2.LINE_AA)


def _wrapped(text: str, size: float, width: int) -> list[str]:
    # Hershey fonts hold ASCII only; anything else would be drawn as question marks anyway.
    words = text.encode("ascii", "replace").decode().split()
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and cv2.getTextSize(longer, _FONT, size, 1)[0][0] <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def encode_jpeg(image: Image) -> bytes:
    """Return a uint8 BGR picture as JPEG."""
    _, buffer = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
    return buffer.tobytes()

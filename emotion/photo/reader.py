"""A still photo: decoded within bounds, its faces found and their emotions told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from core.labels import EMOTIONS
from core.status import AnalysisStatus
from core.vision import Face, Image, Probabilities
from emotion.face.recogniser import Recogniser
from emotion.mood.smoothing import SmoothingConfig
from emotion.photo.file import CLOSE_EDGE, GLANCE_EDGE, Photo, at_most, decode_photo
from emotion.photo.finder import COARSE, MIN_FACE_WIDTH, FoundFace, PhotoFaceFinder, upright_crop

CROP_EDGE = 48
"""Pixels that a face should have: what the model sees of it."""
SHOWN_EDGE = 1280
"""Longer edge in pixels of the picture that is shown."""
MAX_FACES = 20
"""Faces recognised, the largest."""
CONFIDENT = SmoothingConfig().confident


@dataclass(frozen=True, eq=False)
class PhotoResult:
    """What a photo shows."""

    status: AnalysisStatus
    """`UNSURE` where no emotion of the largest face stands out."""
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
        return tuple(replace(face, box=face.box.scaled(scale)) for face in self.faces)


class PhotoReader:
    """Find and recognise the faces of photos. Safe to share between threads.

    Args:
        recogniser: shared with whoever else recognises faces.
        cascade: an XML file of your own; None takes OpenCV's.
        decode: what decodes a file, given the edge it needs; as `decode_photo`.

    Raises:
        WeightsError: the cascade is missing or none.
    """

    def __init__(
        self,
        recogniser: Recogniser,
        cascade: Path | None = None,
        decode: Callable[[bytes, int], Photo] = decode_photo,
    ) -> None:
        self._recogniser = recogniser
        self._decode = decode
        self._finder = PhotoFaceFinder(cascade)

    def read(self, data: bytes) -> PhotoResult:
        """Decode a photo and tell its faces.

        Args:
            data: a JPEG, PNG, WebP or HEIC file.

        Raises:
            PhotoError: it is none of these, damaged, or too large.
        """
        photo = self._decode(data, GLANCE_EDGE)
        located, edge = self._finder.glance(_grey(photo))
        if edge > COARSE:
            needed = min(CLOSE_EDGE, edge * CROP_EDGE // MIN_FACE_WIDTH)
            if max(photo.image.shape) < min(needed, max(photo.width, photo.height)):
                photo = self._decode(data, CLOSE_EDGE)
            located = self._finder.search(_grey(photo), edge)
        faces = tuple(
            _to_face(number, face, self._recognise(photo.image, face), photo.scale)
            for number, face in enumerate(located[:MAX_FACES], start=1)
        )
        shown = at_most(photo.image, SHOWN_EDGE)
        status, reason = _verdict(faces)
        return PhotoResult(
            status=status,
            reason=reason,
            faces=faces,
            width=photo.width,
            height=photo.height,
            image=shown,
        )

    def _recognise(self, image: Image, face: FoundFace) -> Probabilities:
        """Return the mean for a face and its mirror image: a point better on FER2013.

        Asked for face by face, so that the live picture waits for one only.
        """
        crop = upright_crop(image, face)
        mirrored: Image = np.ascontiguousarray(crop[:, ::-1])
        return np.asarray(self._recogniser.predict([crop, mirrored]).mean(axis=0), np.float32)


def _grey(photo: Photo) -> Image:
    return np.asarray(cv2.cvtColor(photo.image, cv2.COLOR_BGR2GRAY), np.uint8)


def _to_face(number: int, face: FoundFace, probabilities: Probabilities, scale: float) -> Face:
    sure = bool(probabilities.max() >= CONFIDENT)
    emotion = EMOTIONS[int(probabilities.argmax())]
    return Face(
        id=number,
        box=face.box.scaled(scale),
        emotion=emotion,
        sure=sure,
        probabilities=probabilities,
    )


def _verdict(faces: Sequence[Face]) -> tuple[AnalysisStatus, str]:
    """Return the status, and why it is not ok."""
    if not faces:
        return AnalysisStatus.NO_FACE, (
            "No face found. It helps when the face looks towards the camera, is well lit, "
            "and takes up a tenth of the picture or more."
        )
    if not faces[0].sure:
        return AnalysisStatus.UNSURE, "No emotion stands out in this face."
    return AnalysisStatus.OK, ""

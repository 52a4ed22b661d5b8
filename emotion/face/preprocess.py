"""From a face in a frame to model input: what training, evaluation and serving share."""

from collections.abc import Sequence

import cv2
import numpy as np

from core.vision import Box, Image

FACE_SIZE = 48
"""Edge of a FER2013 face in pixels: what every model here has learned from."""


def crop_face(frame: Image, box: Box) -> Image:
    """Cut a face out of a frame.

    Args:
        frame: uint8 (height, width) or (height, width, 3).
        box: a box that overlaps the frame.

    Returns:
        Of the box's size, a view of the frame where it can be; what lies beyond the frame
        repeats its border, or a face at the edge would be squeezed.
    """
    height, width = frame.shape[:2]
    left, top = np.clip((box.x, box.y), 0, (width - 1, height - 1))
    right = max(left + 1, min(box.x + box.width, width))
    bottom = max(top + 1, min(box.y + box.height, height))
    inside = frame[top:bottom, left:right]
    beyond = (
        *(max(0, top - box.y), max(0, box.y + box.height - bottom)),
        *(max(0, left - box.x), max(0, box.x + box.width - right)),
    )
    if not any(beyond):
        return inside
    whole = cv2.copyMakeBorder(inside, *beyond, cv2.BORDER_REPLICATE)
    return np.asarray(whole[: box.height, : box.width], np.uint8)


def to_grey_face(image: Image) -> Image:
    """Reduce a face crop to what FER2013 shows of a face: 48x48 grey pixels.

    Every crop passes through 48 pixels, however large, so that a sharp camera picture looks
    to the model like the faces it was trained on.

    Args:
        image: uint8, (height, width) grey or (height, width, 3) BGR, not empty.

    Returns:
        uint8 (48, 48).
    """
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if image.shape == (FACE_SIZE, FACE_SIZE):
        return image
    # INTER_AREA averages when shrinking; linear sampling of a 300 px face would alias.
    larger = min(image.shape) > FACE_SIZE
    interpolation = cv2.INTER_AREA if larger else cv2.INTER_LINEAR
    return cv2.resize(image, (FACE_SIZE, FACE_SIZE), interpolation=interpolation)


def to_model_input(faces: Sequence[Image], size: int) -> np.ndarray:
    """Turn face crops into a batch for a model with a `size` x `size` x 3 input.

    Args:
        faces: crops as `to_grey_face` takes them; may be empty.
        size: edge of the model's input in pixels.

    Returns:
        float32 (len(faces), size, size, 3), grey repeated three times, 0 to 255: the models
        hold their own normalisation, so nothing is ever divided by 255 outside of them.
    """
    batch = np.empty((len(faces), size, size, 3), np.float32)
    for row, face in zip(batch, faces, strict=True):
        # Resized as float32: rounding to uint8 in between would differ from training.
        grey = to_grey_face(face).astype(np.float32)
        row[:] = cv2.resize(grey, (size, size), interpolation=cv2.INTER_LINEAR)[..., np.newaxis]
    return batch

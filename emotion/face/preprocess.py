"""Face crops to model input: the one function that training, evaluation and serving share."""

from collections.abc import Sequence

import cv2
import numpy as np

from core.vision import Image

FACE_SIZE = 48
"""Edge of a FER2013 face in pixels: what every model here has learned from."""


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

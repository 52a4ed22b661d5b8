"""What is wrong with a set of faces: duplicates, labels in conflict, blank pictures."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from training.face.datasets.faceset import PRIVATE, PUBLIC, TRAINING, FaceSet


@dataclass(frozen=True)
class Findings:
    """Counts of faces; two are duplicates where every pixel is the same."""

    duplicates: tuple[int, int, int]
    """Faces of Training, PublicTest, PrivateTest that repeat an earlier one of their split."""
    public_in_training: int
    private_in_training: int
    private_in_public: int
    conflicts: int
    """Different pictures that occur with more than one label."""
    blank: int
    """Faces of one single grey value."""


def picture_keys(images: np.ndarray) -> list[bytes]:
    """Return each picture's bytes, which are equal exactly for duplicates."""
    return [image.tobytes() for image in images]


def duplicates_of(faces: FaceSet, reference: FaceSet) -> np.ndarray:
    """Return bool (len(faces),): whether a face's picture occurs in `reference` too."""
    keys = set(picture_keys(reference.images))
    return np.array([key in keys for key in picture_keys(faces.images)], bool)


def check(faces: FaceSet) -> Findings:
    """Look for duplicates, conflicts and blank pictures."""
    splits = [faces.split(index) for index in (TRAINING, PUBLIC, PRIVATE)]
    training, public, private = splits
    within = [len(split) - len(set(picture_keys(split.images))) for split in splits]
    labels = defaultdict(set)
    for key, label in zip(picture_keys(faces.images), faces.labels, strict=True):
        labels[key].add(int(label))
    flat = faces.images.reshape(len(faces), -1)
    return Findings(
        duplicates=(within[0], within[1], within[2]),
        public_in_training=int(duplicates_of(public, training).sum()),
        private_in_training=int(duplicates_of(private, training).sum()),
        private_in_public=int(duplicates_of(private, public).sum()),
        conflicts=sum(len(emotions) > 1 for emotions in labels.values()),
        blank=int((flat.max(axis=1) == flat.min(axis=1)).sum()),
    )

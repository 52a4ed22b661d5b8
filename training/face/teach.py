"""Let models answer for the training faces, once, for others to learn from.

`python -m training.teach --weights a.keras b.keras --data <data set> --out runs/teachers.npz`
averages the models' probabilities over each face and its mirror image (Hinton 2015, arXiv
1503.02531); `training.train --teachers runs/teachers.npz` mixes them into its targets, in the
part that the recipe's `distil` says.
"""

# ruff: noqa: E402

import argparse
import dataclasses
import zlib
from pathlib import Path

from training.common.backend import choose_backend

choose_backend()  # before anything imports Keras

import numpy as np

from training.common.checkpoint import read_arrays, write_arrays
from training.common.errors import TrainingError, as_command
from training.face.datasets import TRAINING, FaceSet, load_for_training
from training.face.predictors import Ensemble, Predictor, apart, average, load_predictor, mirrored
from training.face.targets import Targets


@dataclasses.dataclass(frozen=True)
class Teachers:
    """What an ensemble says of n training faces."""

    fer: np.ndarray
    """float32 (n, 7)."""
    ferplus: np.ndarray
    """float32 (n, 8)."""
    pictures: int
    """Checksum of the faces, in their order."""

    @classmethod
    def ask(cls, model: Predictor, faces: FaceSet) -> "Teachers":
        """Collect a model's answers for faces and their mirror images."""
        images = list(faces.images)
        answer = average([model.predict(images), model.predict(mirrored(images))])
        return cls(answer.fer, answer.ferplus, zlib.crc32(faces.images.tobytes()))

    @classmethod
    def read(cls, path: Path) -> "Teachers":
        """Read what `write` wrote."""
        arrays = read_arrays(path)
        missing = {"fer", "ferplus", "pictures"} - set(arrays)
        if missing:
            raise TrainingError(f"teachers: '{path}' lacks {', '.join(sorted(missing))}")
        fer, ferplus = (arrays[head].astype(np.float32) for head in ("fer", "ferplus"))
        return cls(fer, ferplus, int(arrays["pictures"]))

    def write(self, path: Path) -> None:
        """Write the answers as .npz, rounded to float16."""
        fer, ferplus = self.fer.astype(np.float16), self.ferplus.astype(np.float16)
        arrays = {"fer": fer, "ferplus": ferplus, "pictures": self.pictures}
        write_arrays(path, arrays, compressed=True)

    def mix(self, targets: Targets, faces: FaceSet, part: float) -> Targets:
        """Replace `part` of the targets of `faces` by the answers.

        Raises:
            TrainingError: the answers are for other faces.
        """
        if zlib.crc32(faces.images.tobytes()) != self.pictures:
            raise TrainingError(
                f"teachers: made for {len(self.fer)} other training faces than these {len(faces)}"
            )
        own = targets.ferplus_weight[:, None]  # 0 where only the teachers have an opinion
        return dataclasses.replace(
            targets,
            fer=(1 - part) * targets.fer + part * self.fer,
            ferplus=np.where(
                own > 0, (1 - part) * targets.ferplus + part * self.ferplus, self.ferplus
            ),
            ferplus_weight=np.ones_like(targets.ferplus_weight),
        )


@as_command
def main(arguments: list[str] | None = None) -> None:
    """Write the teachers' answers."""
    parser = argparse.ArgumentParser(prog="python -m training.teach", description=__doc__)
    parser.add_argument("--weights", type=Path, nargs="+", required=True, help=".keras or .tflite")
    parser.add_argument("--data", type=Path, required=True, help="as for training.train")
    parser.add_argument("--votes", type=Path, help="fer2013new.csv, for a CSV or folder")
    parser.add_argument("--extra", type=Path, nargs="*", default=(), help="as for training.train")
    parser.add_argument("--out", type=Path, required=True, help="the .npz to write")
    options = parser.parse_args(arguments)
    faces = load_for_training(options.data, options.votes, options.extra).split(TRAINING)
    model = Ensemble([apart(load_predictor(path))[0] for path in options.weights])
    Teachers.ask(model, faces).write(options.out)

"""One emotion from a face and a voice: weighted by what each is worth, or learned."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
import numpy.typing as npt

from core.errors import WeightsError
from core.labels import EMOTIONS
from core.status import AnalysisStatus
from core.vision import Probabilities
from emotion.mood.smoothing import SmoothingConfig
from inference.calibration import calibrate, softmax
from inference.forest import Forest
from inference.sidecar import Sidecar, Temperature, file_sha256, load_sidecar, sidecar_path

CONFIDENT = SmoothingConfig().confident
FLOOR = 1e-3
FOREST = "forest"
"""Begins the names of a forest's arrays in a file."""

Floats = npt.NDArray[np.float32]


class Fusion(Protocol):
    """Combine what faces and voices say; a row is a face and a voice of the same moment."""

    def fuse(self, faces: Probabilities, voices: Probabilities) -> Probabilities:
        """Return float32 (n, 7), rows summing to 1.

        Args:
            faces, voices: float32 (n, 7) in the order of `EMOTIONS`.
        """
        ...


@dataclass(frozen=True, eq=False)
class WeightedFusion:
    """Add up the evidence of both: an opinion counts by its confidence and its reliability.

    The evidence of a modality for an emotion is log(p / usual): how much likelier it calls it
    than it usually does, so that a confident opinion moves the sum far and a vague one hardly.
    It is multiplied by how reliable the modality has been for that emotion, and both are added
    to the log-prior (a logarithmic opinion pool, Genest & Zidek 1986).

    All arrays are (7,), in the order of `EMOTIONS`.
    """

    prior: Floats
    """How often each emotion is to be expected."""
    face_usual: Floats
    """Mean of the probabilities that faces are given."""
    face_reliability: Floats
    """0 to 1, from the F1 scores of faces that were not trained on."""
    voice_usual: Floats
    voice_reliability: Floats

    def fuse(self, faces: Probabilities, voices: Probabilities) -> Probabilities:
        face = self.face_reliability * _evidence(faces, self.face_usual)
        voice = self.voice_reliability * _evidence(voices, self.voice_usual)
        scores = np.log(self.prior) + face + voice
        return softmax(scores).astype(np.float32)


def _evidence(probabilities: Probabilities, usual: Floats) -> Floats:
    # The floor keeps one opinion's "never" from being a veto.
    return np.asarray(np.log((probabilities + FLOOR) / (usual + FLOOR)), np.float32)


@dataclass(frozen=True, eq=False)
class ForestFusion:
    """A random forest on both vectors of probabilities, calibrated."""

    forest: Forest
    temperature: float
    """Divides the logits (Guo 2017); a forest's own probabilities are too modest."""

    def fuse(self, faces: Probabilities, voices: Probabilities) -> Probabilities:
        rows = np.concatenate((faces, voices), axis=1).astype(np.float32)
        return calibrate(self.forest.predict(rows), self.temperature).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Opinion:
    """What one modality says."""

    probabilities: Probabilities
    """float32 (7,)."""
    sure: bool
    """False where no emotion stands out."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Fused:
    """What both say together; by default neither has anything to say."""

    status: AnalysisStatus = AnalysisStatus.NOTHING
    """`OK`, `UNSURE` or `NOTHING`."""
    emotion: str | None = None
    """None unless the status is `OK`."""
    confidence: float | None = None
    """Probability of the likeliest emotion."""
    probabilities: Probabilities | None = None
    sources: tuple[str, ...] = ()
    """What it rests on: `photo`, `voice`, both, or neither."""


def fuse(fusion: Fusion, face: Opinion | None, voice: Opinion | None) -> Fused:
    """Combine a face and a voice; one that is missing or unsure leaves the word to the other."""
    modalities = {"photo": face, "voice": voice}
    opinions = {name: opinion for name, opinion in modalities.items() if opinion is not None}
    sources = {name: opinion for name, opinion in opinions.items() if opinion.sure} or opinions
    if not sources:
        return Fused()
    if len(sources) == 2:
        rows = [opinion.probabilities[np.newaxis] for opinion in sources.values()]
        probabilities = fusion.fuse(*rows)[0]
        clear = bool(probabilities.max() >= CONFIDENT)
    else:
        (only,) = sources.values()
        probabilities, clear = only.probabilities, only.sure
    emotion = EMOTIONS[int(probabilities.argmax())] if clear else None
    return Fused(
        status=AnalysisStatus.OK if clear else AnalysisStatus.UNSURE,
        emotion=emotion,
        confidence=float(probabilities.max()),
        probabilities=probabilities,
        sources=tuple(sources),
    )


class FusionSidecar(Sidecar):
    """What a fusion file holds; written by `training.fusion.evaluate`."""

    prefix: ClassVar[str] = "fusion"
    title: ClassVar[str] = "a fusion sidecar"

    method: Literal["weighted", "forest"]
    temperature: Temperature


def save_fusion(path: Path, fusion: Fusion, **provenance: Any) -> None:
    """Write a fusion and its sidecar.

    Args:
        path: an `.npz` file.
        fusion: a `WeightedFusion` or `ForestFusion`.
        provenance: `metrics`, `data`, `date` and `licence` of the sidecar.
    """
    method: Literal["weighted", "forest"]
    arrays: dict[str, Any]
    if isinstance(fusion, ForestFusion):
        method, temperature, arrays = "forest", fusion.temperature, fusion.forest.to_arrays(FOREST)
    elif isinstance(fusion, WeightedFusion):
        method, temperature, arrays = "weighted", 1.0, vars(fusion)
    else:
        raise TypeError(f"no way to save a {type(fusion).__name__}")
    np.savez_compressed(path, **arrays)
    sidecar = FusionSidecar(
        file=path.name,
        sha256=file_sha256(path),
        method=method,
        temperature=temperature,
        **provenance,
    )
    sidecar.write(sidecar_path(path))


def load_fusion(path: Path) -> Fusion:
    """Read a fusion that `save_fusion` wrote.

    Raises:
        WeightsError: a file is missing or damaged, or they do not belong together.
    """
    sidecar = load_sidecar(path, FusionSidecar)
    try:
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in stored.files}
        if sidecar.method == "weighted":
            return WeightedFusion(**arrays)
    except (OSError, ValueError, TypeError) as error:
        raise WeightsError(f"fusion: '{path.name}' is damaged: {error}") from error
    classes = len(EMOTIONS)
    try:
        forest = Forest.from_arrays(arrays, FOREST, columns=2 * classes, classes=classes)
    except ValueError as error:
        raise WeightsError(
            f"fusion: the trees of '{path.name}' do not hold together: {error}"
        ) from error
    return ForestFusion(forest, sidecar.temperature)

"""Learn and judge the fusion of face and voice: `python -m training.fusion`.

A pair is a FER2013 face and a RAVDESS clip of the same emotion: two different people, for want of
free recordings of both. Fusions are learned on PublicTest faces with the clips of three folds'
actors, compared on faces and a fold held out, and judged on PrivateTest faces with the clips of
the fifth fold, five times over. A voice's probabilities are always those of a model that has not
heard its actor: `training.speech evaluate` keeps them.
"""

import argparse
import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from core.vision import Image
from emotion.face.recogniser import LiteRTRecogniser, Recogniser
from emotion.fusion import CONFIDENT, Fusion, save_fusion
from emotion.voice.recogniser import CONFIDENT as CONFIDENT_VOICE
from training.common.errors import as_command, as_typed
from training.common.metrics import accuracy, confusion
from training.face.datasets import PRIVATE, PUBLIC, load
from training.fusion.data import Faces, Pairs, Voices, pair, read_voices
from training.fusion.models import learn_forest, learn_weighted
from training.fusion.report import Report, Score, write

Answers = dict[str, np.ndarray]
"""float32 (n, 7) by method."""

CLIPS_A_FACE = 8
"""Clips that each PublicTest face is paired with to learn from."""
HELD_OUT = 5
FOLDS = 5
"""Groups of RAVDESS's actors, as the literature leaves them out."""
NOISE = 1000
"""Pictures without a face that take the place of faces."""


def see(recogniser: Recogniser, images: Sequence[Image]) -> np.ndarray:
    """Return probabilities as photos get them: the mean of a face and its mirror image."""
    rows = [recogniser.predict([face, face[:, ::-1]]).mean(axis=0) for face in images]
    return np.array(rows, np.float32)


def learn(
    faces: Faces, voices: Voices, others: Voices, seed: int
) -> tuple[dict[str, Fusion], Pairs]:
    """Return the fusions learned on these faces and voices, by method, and the pairs held out.

    Args:
        faces: every fifth is kept to choose a method and its constants on.
        voices: of the actors to learn from.
        others: of other actors, for the faces that are kept.
    """
    random = np.random.default_rng(seed)
    for_choice = np.arange(len(faces.labels)) % HELD_OUT == 0
    pairs, held_out = (
        pair(faces.take(rows), actors, CLIPS_A_FACE, random)
        for rows, actors in ((~for_choice, voices), (for_choice, others))
    )
    fusions: dict[str, Fusion] = {
        "weighted": learn_weighted(pairs, held_out),
        "forest": learn_forest(pairs, held_out, seed),
    }
    return fusions, held_out


def serve(fusion: Fusion, pairs: Pairs) -> np.ndarray:
    """Return float32 (n, 7) as `emotion.fusion.fuse` answers: the unsure one is left out."""
    face_sure = pairs.faces.max(axis=1) >= CONFIDENT
    voice_sure = pairs.voices.max(axis=1) >= CONFIDENT_VOICE
    answers = fusion.fuse(pairs.faces, pairs.voices)
    answers[face_sure & ~voice_sure] = pairs.faces[face_sure & ~voice_sure]
    answers[voice_sure & ~face_sure] = pairs.voices[voice_sure & ~face_sure]
    return answers


def answer(fusions: Mapping[str, Fusion], pairs: Pairs) -> Answers:
    """Return what each method says of pairs, the single modalities and plain means among them."""
    product = np.maximum(pairs.faces * pairs.voices, 1e-12)
    answers = {
        "face alone": pairs.faces,
        "voice alone": pairs.voices,
        "mean of both": (pairs.faces + pairs.voices) / 2,
        "product of both": product / product.sum(axis=1, keepdims=True),
    }
    for name, fusion in fusions.items():
        answers[name] = fusion.fuse(pairs.faces, pairs.voices)
        answers[f"{name}, as served"] = serve(fusion, pairs)
    return answers


def noise_faces(random: np.random.Generator) -> list[Image]:
    """Return pictures of nothing, 48x48: noise from fine to coarse, stretched to full contrast."""
    pictures = []
    for _ in range(NOISE):
        noise = random.random((48, 48)).astype(np.float32)
        smooth = cv2.GaussianBlur(noise, (0, 0), random.uniform(0.3, 8))
        pictures.append(cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8))
    return pictures


def evaluate(
    public: Faces,
    private: Faces,
    noise: np.ndarray,
    voices: Voices,
    *,
    command: str,
    seed: int = 0,
) -> tuple[Report, np.ndarray]:
    """Learn and judge on each fold.

    Args:
        public, private: what is learned on, and what is judged on.
        noise: float32 (m, 7), what is seen in pictures without a face.
        command: that the report names.

    Returns:
        The figures, and int (7, 7), the confusion of what ships.
    """
    scores: dict[str, list[Score]] = {}
    held_out: dict[str, list[float]] = {}
    answers_of_folds, answers_to_noise, labels = [], [], []
    for fold in range(FOLDS):
        chosen_on, *learned_from = ((fold + step) % FOLDS for step in range(1, FOLDS))
        fusions, kept_pairs = learn(
            public, voices.of(*learned_from), voices.of(chosen_on), seed + fold
        )
        for name, fusion in fusions.items():
            held_out.setdefault(name, []).append(
                accuracy(serve(fusion, kept_pairs), kept_pairs.labels)
            )
        random = np.random.default_rng(seed + fold)
        pairs = pair(private, voices.of(fold), 1, random)
        drawn = noise[random.integers(0, len(noise), len(pairs.labels))]
        labels.append(pairs.labels)
        answers_of_folds.append(answer(fusions, pairs))
        answers_to_noise.append(answer(fusions, Pairs(drawn, pairs.voices, pairs.labels)))
        for name, answers in answers_of_folds[-1].items():
            scores.setdefault(name, []).append(Score.of(answers, pairs.labels))
    truth = np.concatenate(labels)
    blind = _joined(answers_to_noise)
    report = Report(
        command=command,
        pairs=len(truth),
        chosen=max(held_out, key=lambda name: float(np.mean(held_out[name]))),
        scores=scores,
        noise={name: accuracy(answers, truth) for name, answers in blind.items()},
        noise_unsure=float((noise.max(axis=1) < CONFIDENT).mean()),
    )
    return report, confusion(_joined(answers_of_folds)[report.served], truth)


def _joined(folds: Sequence[Answers]) -> Answers:
    return {name: np.concatenate([answers[name] for answers in folds]) for name in folds[0]}


@as_command
def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m training.fusion", description=__doc__)
    shared = Path("../shared/data/fer2013/fer2013.npz")
    parser.add_argument(
        "--data", type=Path, default=shared, help="FER2013, as for training.train (%(default)s)"
    )
    answers = Path("runs/speech/answers_actors.npz")
    parser.add_argument(
        "--voices", type=Path, default=answers, help="of training.speech evaluate (%(default)s)"
    )
    parser.add_argument(
        "--weights",
        type=Path,
        default=Path("weights/efficientnetb3.tflite"),
        help="of the faces (%(default)s)",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("weights/fusion.npz"), help="what ships (%(default)s)"
    )
    parser.add_argument(
        "--report", type=Path, default=Path("reports/fusion"), help="folder (%(default)s)"
    )
    options = parser.parse_args(arguments)
    voices = read_voices(options.voices)
    data = load(options.data)
    data.expect(PUBLIC, PRIVATE)
    recogniser = LiteRTRecogniser(options.weights)
    public, private = (
        Faces(see(recogniser, list(split.images)), split.labels.astype(int))
        for split in (data.split(PUBLIC), data.split(PRIVATE))
    )
    noise = see(recogniser, noise_faces(np.random.default_rng(0)))
    command = as_typed("training.fusion", arguments)
    report, table = evaluate(public, private, noise, voices, command=command)
    text = write(report, table, options.report)
    fusions, _ = learn(public, voices.of(*range(1, FOLDS)), voices.of(0), seed=0)
    save_fusion(
        options.out,
        fusions[report.chosen],
        metrics={
            "pairs_private": round(report.mean(report.served), 4),
            "better_alone": round(report.better_alone, 4),
        },
        data="FER2013 PublicTest faces paired with RAVDESS clips",
        date=datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        licence="Research use (FER2013), CC BY-NC-SA 4.0 (RAVDESS)",
    )
    print(text)

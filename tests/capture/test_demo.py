"""The drawn face: found in every frame, told apart by the shipped model, the same every time."""

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from capture import demo
from core.labels import EMOTIONS
from core.vision import Image, Probabilities
from emotion.face.preprocess import to_model_input
from emotion.face.sidecar import FaceSidecar
from inference.sidecar import load_sidecar

WEIGHTS = Path(__file__).parents[2] / "weights" / "efficientnetb3.tflite"
FRAMES_PER_SECOND = 5
CYCLE_SECONDS = demo.HOLD_SECONDS * len(demo.EXPRESSIONS)
TIMES = np.arange(0, CYCLE_SECONDS, 1 / FRAMES_PER_SECOND).tolist()


@pytest.fixture(scope="module")
def cascade() -> cv2.CascadeClassifier:
    folder = Path(cv2.data.haarcascades)
    return cv2.CascadeClassifier(str(folder / "haarcascade_frontalface_default.xml"))


def grey_frame(seconds: float, width: int = 640, height: int = 480) -> Image:
    return cv2.cvtColor(demo.render(seconds, width, height), cv2.COLOR_BGR2GRAY)


def recognise(faces: list[Image]) -> Probabilities:
    """The shipped model's probabilities, (n, 7) in the order of EMOTIONS."""
    sidecar = load_sidecar(WEIGHTS, FaceSidecar)
    batch = to_model_input(faces, sidecar.input_size)
    interpreter = Interpreter(str(WEIGHTS), num_threads=1)
    (source,) = interpreter.get_input_details()
    interpreter.resize_tensor_input(source["index"], batch.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(source["index"], batch)
    interpreter.invoke()
    outputs = (interpreter.get_tensor(o["index"]) for o in interpreter.get_output_details())
    raw = next(output for output in outputs if output.shape[1] == len(EMOTIONS))
    scaled = raw ** (1 / sidecar.temperature)
    columns = [sidecar.labels.index(emotion) for emotion in EMOTIONS]
    return (scaled / scaled.sum(axis=1, keepdims=True))[:, columns]


def test_shows_at_least_four_emotions_of_the_seven() -> None:
    assert len(set(demo.EXPRESSIONS)) == len(demo.EXPRESSIONS) >= 4
    assert set(demo.EXPRESSIONS) <= set(EMOTIONS)


def test_holds_each_expression_and_starts_over() -> None:
    middles = [(k + 0.5) * demo.HOLD_SECONDS for k in range(2 * len(demo.EXPRESSIONS))]
    assert tuple(demo.expression_at(t) for t in middles) == demo.EXPRESSIONS * 2


@pytest.mark.parametrize("size", [(320, 240), (640, 480), (1280, 720), (480, 640)])
def test_draws_one_face_in_any_size(size: tuple[int, int], cascade: cv2.CascadeClassifier) -> None:
    width, height = size
    frame = demo.render(1.0, width, height)
    assert frame.shape == (height, width, 3)
    assert frame.dtype == np.uint8
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    assert len(cascade.detectMultiScale(grey, 1.2, 5, minSize=(80, 80))) == 1


def test_is_the_same_for_the_same_time() -> None:
    first = demo.render(5.3)
    kept = first.copy()
    demo.render(17.0)
    first[:] = 0  # what a caller does to its frame must not come back
    assert np.array_equal(demo.render(5.3), kept)


def test_has_two_eyes_that_blink() -> None:
    cascade = cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / "haarcascade_eye.xml"))
    frames = [grey_frame(t)[:300] for t in np.arange(2.0, 3.5, 1 / 30).tolist()]
    eyes = [len(cascade.detectMultiScale(grey, 1.1, 5, minSize=(40, 40))) for grey in frames]
    assert np.median(eyes) == 2
    assert min(eyes) == 0


def test_never_holds_quite_still() -> None:
    heads = [cv2.GaussianBlur(grey_frame(t)[:300], (0, 0), 3) for t in (2.0, 2.3, 2.6)]
    changes = [cv2.absdiff(a, b).max() for a, b in pairwise(heads)]
    assert min(changes) > 5


def test_changes_its_expression_without_a_jump() -> None:
    start = demo.HOLD_SECONDS
    steps = np.arange(start - 0.1, start + demo.TRANSITION_SECONDS + 0.1, 1 / 30)
    frames = [cv2.GaussianBlur(grey_frame(t), (0, 0), 3) for t in steps.tolist()]
    whole = cv2.absdiff(frames[0], frames[-1]).mean()
    assert max(cv2.absdiff(a, b).mean() for a, b in pairwise(frames)) < whole / 2


def test_cascade_finds_exactly_one_face_in_every_frame(cascade: cv2.CascadeClassifier) -> None:
    missed = []
    for seconds in TIMES:
        grey = grey_frame(seconds)
        half = cv2.resize(cv2.equalizeHist(grey), None, fx=0.5, fy=0.5)
        full_size = cascade.detectMultiScale(grey, 1.2, 5, minSize=(80, 80))
        half_size = cascade.detectMultiScale(half, 1.2, 4, minSize=(40, 40))
        if (len(full_size), len(half_size)) != (1, 1):
            missed.append((seconds, len(full_size), len(half_size)))
    assert missed == []


def test_model_tells_at_least_four_expressions_apart(cascade: cv2.CascadeClassifier) -> None:
    held = [t for t in TIMES if t % demo.HOLD_SECONDS > demo.TRANSITION_SECONDS]
    faces = []
    for seconds in held:
        grey = grey_frame(seconds)
        ((x, y, width, height),) = cascade.detectMultiScale(grey, 1.2, 5, minSize=(80, 80))
        faces.append(grey[y : y + height, x : x + width])
    probabilities = recognise(faces)
    labels = np.array([EMOTIONS.index(demo.expression_at(t)) for t in held])
    classes = probabilities.argmax(axis=1)
    recognised = {
        EMOTIONS[emotion]
        for emotion in set(labels)
        if np.mean(classes[labels == emotion] == emotion) >= 0.9
        and np.median(probabilities[labels == emotion, emotion]) >= 0.6
    }
    assert len(recognised) >= 4, f"told apart: {sorted(recognised)}"
    assert recognised >= {"happy", "surprise", "neutral"}

"""The shipped weights, what is refused in their place, and LiteRT against Keras."""

import itertools
import json
import shutil

import cv2
import numpy as np
import pytest

from core.errors import WeightsError
from core.labels import EMOTIONS
from emotion.face.preprocess import to_model_input
from emotion.face.recogniser import LiteRTRecogniser
from emotion.face.sidecar import FaceSidecar
from inference.calibration import calibrate
from inference.sidecar import file_sha256, sidecar_path
from tests.conftest import ROOT, shared_data

SHIPPED = ROOT / "weights" / "efficientnetb3.tflite"


@pytest.fixture(scope="module")
def recogniser():
    return LiteRTRecogniser(SHIPPED)


@pytest.fixture
def weights(tmp_path):
    """A copy of the shipped weights that a test may spoil."""
    copy = tmp_path / SHIPPED.name
    shutil.copy(SHIPPED, copy)
    shutil.copy(sidecar_path(SHIPPED), sidecar_path(copy))
    return copy


def rewrite(weights, **changes):
    """Change fields of a sidecar; None takes a field out."""
    path = sidecar_path(weights)
    fields = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({k: v for k, v in fields.items() if v is not None}))


class TestShipped:
    def test_a_batch_gives_a_row_a_face(self, recogniser):
        faces = [np.random.default_rng(n).integers(0, 255, (60, 60), np.uint8) for n in range(3)]
        probabilities = recogniser.predict(faces)
        assert probabilities.shape == (3, 7)
        assert probabilities.dtype == np.float32
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
        # Not to the last bit: NumPy's log and exp round by how many values the processor takes at
        # once, hence by the rows. A row of another face would be off a hundred times as much.
        alone = np.concatenate([recogniser.predict([face]) for face in faces])
        np.testing.assert_allclose(alone, probabilities, atol=1e-5)
        apart = [np.abs(one - other).max() for one, other in itertools.combinations(alone, 2)]
        assert min(apart) > 1e-3

    def test_no_faces_give_no_rows(self, recogniser):
        assert recogniser.predict([]).shape == (0, 7)

    @pytest.mark.slow
    def test_it_recognises_better_than_its_sidecar_minus_noise(self, recogniser):
        """500 faces of PrivateTest: three standard errors below the published accuracy."""
        path = shared_data("FER2013", "fer2013", "fer2013.npz")
        with np.load(path) as data:
            private = np.flatnonzero(data["usage"] == 2)[:500]
            images, labels = data["images"][private], data["labels"][private]
        accuracy = (recogniser.predict(list(images)).argmax(axis=1) == labels).mean()
        assert accuracy > recogniser.sidecar.metrics["fer2013_private"] - 0.065

    def test_a_real_smile_is_happy(self, recogniser, faces_dir):
        picture = cv2.imread(str(faces_dir / "astronaut.png"))
        face = picture[65:185, 165:285]
        assert EMOTIONS[recogniser.predict([face])[0].argmax()] == "happy"


class TestSidecar:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            (
                {"labels": ["happy", "sad"]},
                "must name the labels angry, disgust, .* it names happy",
            ),
            ({"labels": None}, "is not a sidecar: 'labels'"),
            ({"labels": 3}, "is not a sidecar"),
            ({"sha256": "0" * 64}, "but its sidecar expects 000000000000"),
            ({"file": "other.tflite"}, "describes 'other.tflite', not 'efficientnetb3.tflite'"),
            ({"schema": 9}, "has schema 9, expected 1"),
            ({"temperature": 0}, "temperature above 0"),
            ({"temperature": "warm"}, "is not a sidecar"),
            ({"input_size": -1}, "input_size above 0"),
            ({"colour": "red"}, "is not a sidecar: .*colour"),
            ({"input_size": 80}, r"takes \[\[1, 96, 96, 3\]\] .* says \[\[1, 80, 80, 3\]\]"),
            ({"output": "valence"}, "has no output 'valence'; it has fer"),
            ({"output": "ferplus"}, r"has shape \[1, 8\], expected 7 columns"),
        ],
    )
    def test_one_that_does_not_fit_is_refused(self, weights, changes, message):
        rewrite(weights, **changes)
        with pytest.raises(WeightsError, match=message):
            LiteRTRecogniser(weights)

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(WeightsError, match="expected a model file at '.*none.tflite'"):
            LiteRTRecogniser(tmp_path / "none.tflite")

    def test_a_missing_sidecar_is_named(self, weights):
        sidecar_path(weights).unlink()
        with pytest.raises(WeightsError, match=r"needs its sidecar '.*efficientnetb3.tflite.json'"):
            LiteRTRecogniser(weights)

    def test_a_sidecar_that_is_no_json_is_refused(self, weights):
        sidecar_path(weights).write_text("{")
        with pytest.raises(WeightsError, match="is not readable JSON"):
            LiteRTRecogniser(weights)

    def test_a_file_that_is_no_model_is_refused(self, weights):
        weights.write_bytes(b"hello" * 100)
        rewrite(weights, sha256=file_sha256(weights))
        with pytest.raises(WeightsError, match="is not a LiteRT model"):
            LiteRTRecogniser(weights)

    def test_labels_in_another_order_are_put_in_ours(self, weights, recogniser):
        """As an image-folder training sorts them: alphabetically."""
        face = np.random.default_rng(0).integers(0, 255, (48, 48), np.uint8)
        labels = list(recogniser.sidecar.labels)
        swapped = [*labels[1:], labels[0]]
        rewrite(weights, labels=swapped)
        ours, theirs = recogniser.predict([face])[0], LiteRTRecogniser(weights).predict([face])[0]
        for emotion in EMOTIONS:
            column = labels[swapped.index(emotion)]
            assert theirs[EMOTIONS.index(emotion)] == ours[EMOTIONS.index(column)]


# Keras 3.15 asks for arrays as NumPy 1 gave them, while it saves and exports.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
class TestParity:
    def test_litert_agrees_with_keras(self, tmp_path):
        """A small B3 with random weights, exported and read back, on random faces."""
        keras = pytest.importorskip("keras")
        tf = pytest.importorskip("tensorflow")
        keras.utils.set_random_seed(1)
        inputs = keras.Input((32, 32, 3), name="faces")
        base = keras.applications.EfficientNetB3(
            include_top=False, weights=None, input_tensor=inputs, pooling="avg"
        )
        outputs = {"fer": keras.layers.Dense(7, "softmax", name="fer")(base.output)}
        model = keras.Model(inputs, outputs)
        random = np.random.default_rng(2)
        # Untrained, its normalisation layers would shrink all faces to the same point.
        for layer in model.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum = 0.0
        model(random.integers(0, 255, (16, 32, 32, 3)).astype(np.float32), training=True)
        archive = keras.export.ExportArchive()
        archive.track(model)
        archive.add_endpoint(
            "serve", model.call, [tf.TensorSpec((1, 32, 32, 3), tf.float32, name="faces")]
        )
        archive.write_out(tmp_path / "saved", verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path / "saved"))
        (tmp_path / "b3.tflite").write_bytes(converter.convert())
        path = tmp_path / "b3.tflite"
        sidecar = FaceSidecar(
            file=path.name,
            sha256=file_sha256(path),
            architecture="b3",
            labels=EMOTIONS,
            input_size=32,
            output="fer",
            temperature=0.7,
        )
        sidecar.write(sidecar_path(path))
        faces = [random.integers(0, 255, (n, n, 3), np.uint8) for n in (30, 48, 90, 200)]
        trained = model.predict_on_batch(to_model_input(faces, 32))["fer"]
        reference = calibrate(trained, 0.7)
        served = LiteRTRecogniser(path).predict(faces)
        assert np.ptp(reference, axis=0).max() > 1e-3, "the faces all look the same to it"
        np.testing.assert_allclose(served, reference, atol=1e-4)

"""The trained network as a LiteRT file with its sidecar, in the place the app loads it from."""

import datetime
import tempfile
from pathlib import Path

import keras
import numpy as np

from emotion.voice.model_input import PARAMETERS, SPEEDS
from emotion.voice.sidecar import LABELS, SpeechSidecar
from emotion.voice.statistics import SIZE
from inference.sidecar import file_sha256, sidecar_path
from training.common.checkpoint import write_whole
from training.common.errors import TrainingError

LICENCE = "CC BY-NC-SA 4.0 (RAVDESS)"
MAX_DIFFERENCE = 0.01
"""Of any probability against Keras: the weights are stored as float16."""


def convert(model: keras.Model) -> bytes:
    """Convert the network to a LiteRT file for one clip at a time, its weights as float16."""
    import tensorflow as tf

    spec = tf.TensorSpec((1, len(SPEEDS), SIZE), tf.float32, name="views")
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serve", lambda views: model(views, training=False), [spec])
    with tempfile.TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        return bytes(converter.convert())


def difference(weights: Path, model: keras.Model, inputs: np.ndarray) -> float:
    """Return the largest difference of a probability between the file and Keras.

    Args:
        weights: the `.tflite` file.
        model: what it was converted from.
        inputs: float32 (n, 3, 1271).
    """
    from inference.litert import load_interpreter

    interpreter = load_interpreter(weights, 1)
    (source,), (target,) = interpreter.get_input_details(), interpreter.get_output_details()
    expected = model.predict(inputs, verbose=0)
    worst = 0.0
    for row, reference in zip(inputs, expected, strict=True):
        interpreter.set_tensor(source["index"], row[np.newaxis])
        interpreter.invoke()
        worst = max(worst, float(np.abs(interpreter.get_tensor(target["index"]) - reference).max()))
    return worst


def ship(
    model: keras.Model,
    inputs: np.ndarray,
    weights: Path,
    *,
    temperature: float,
    metrics: dict[str, float],
) -> float:
    """Write the file and its sidecar; return how far it is from Keras.

    Raises:
        TrainingError: it differs by more than `MAX_DIFFERENCE`; what was there before is intact.
    """
    content = convert(model)
    with tempfile.TemporaryDirectory() as folder:
        converted = Path(folder) / weights.name
        converted.write_bytes(content)
        worst = difference(converted, model, inputs)
    if worst > MAX_DIFFERENCE:
        raise TrainingError(
            f"speech: '{weights.name}' differs by {worst:.3f} from Keras, {MAX_DIFFERENCE} allowed"
        )
    write_whole(weights, lambda beside: beside.write_bytes(content))
    sidecar = SpeechSidecar(
        file=weights.name,
        sha256=file_sha256(weights),
        labels=LABELS,
        features=PARAMETERS,
        temperature=temperature,
        metrics=metrics,
        data="RAVDESS speech, all 1,440 clips of 24 actors",
        date=datetime.date.today().strftime("%Y-%m"),
        licence=LICENCE,
    )
    write_whole(sidecar_path(weights), sidecar.write)
    return worst

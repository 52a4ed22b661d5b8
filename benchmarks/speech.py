"""How long a recorded clip takes to its answer: `python -m benchmarks.speech`.

A made-up voice of 3 s as browsers record it (WebM/Opus), decoded, described and judged; one at
a time, and several at once.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as `main` does

import argparse
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from audio.clip import decode
from emotion.voice.activity import find_voice
from emotion.voice.features import extract_features
from emotion.voice.model_input import to_voice_input
from emotion.voice.recogniser import SpeechEmotionRecogniser
from tests.audio.sounds import encode, voice


def quantiles(seconds: list[float]) -> str:
    """Return median and 95th percentile in milliseconds."""
    ordered = sorted(seconds)
    middle, late = statistics.median(ordered), ordered[int(0.95 * (len(ordered) - 1))]
    return f"median {1000 * middle:.0f} ms, p95 {1000 * late:.0f} ms"


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, default=Path("weights/speech.tflite"))
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=4)
    options = parser.parse_args()
    recogniser = SpeechEmotionRecogniser(options.weights)
    data = encode(voice(3.0, rate=48_000), "webm", "libopus", rate=48_000)

    def answer(_: int) -> float:
        began = time.perf_counter()
        recogniser.listen(decode(data))
        return time.perf_counter() - began

    answer(0)  # the first loads FFmpeg
    spent = time.process_time()
    print(f"one at a time: {quantiles([answer(n) for n in range(options.clips)])}")
    spent = (time.process_time() - spent) / options.clips
    print(f"work of one core for an answer: {1000 * spent:.0f} ms, whatever else runs")
    with ThreadPoolExecutor(options.at_once) as pool:
        print(
            f"{options.at_once} at once: {quantiles(list(pool.map(answer, range(options.clips))))}"
        )
    time_stages(recogniser, data, options.clips)


def time_stages(recogniser: SpeechEmotionRecogniser, data: bytes, clips: int) -> None:
    """Print how long each stage of an answer takes, and all behind the decoding."""
    samples = decode(data)
    span = find_voice(extract_features(samples)).span
    if span is None:
        raise SystemExit("the made-up voice was not taken for one")
    for name, stage in (
        ("decode", lambda: decode(data)),
        ("find the voice", lambda: find_voice(extract_features(samples))),
        ("describe it", lambda: to_voice_input(samples, span)),
        ("all after decoding", lambda: recogniser.listen(samples)),
    ):
        times = []
        for _ in range(clips):
            began = time.perf_counter()
            stage()
            times.append(time.perf_counter() - began)
        print(f"{name}: {quantiles(times)}")


if __name__ == "__main__":
    main()

"""Feed thousands of damaged sound files to the decoder: `python -m benchmarks.sound_fuzz`.

Prints how many gave sound and how many a sentence, how long the slowest took, and how much
memory the process gained after the first tenth. Anything else than sound or a sentence ends it.
"""

import argparse
import resource
import time

import numpy as np

from audio.clip import decode
from core.errors import SoundError
from tests.audio.sounds import encode, mutate, tone

KINDS = (
    ("wav", "pcm_s16le", "stereo", 44_100),
    ("mp3", "libmp3lame", "stereo", 44_100),
    ("flac", "flac", "mono", 48_000),
    ("ipod", "aac", "stereo", 48_000),
    ("ogg", "vorbis", "stereo", 48_000),
    ("ogg", "libopus", "mono", 48_000),
    ("webm", "libopus", "mono", 48_000),
)


def peak_megabytes() -> float:
    """Return the most memory the process has held so far (Linux counts in kilobytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    files = [encode(tone(3, 300, kind[3]), *kind) for kind in KINDS]
    refused, slowest, settled = 0, 0.0, 0.0
    for number in range(options.files):
        data = mutate(files[number % len(files)], rng)
        began = time.perf_counter()
        try:
            decode(data)
        except SoundError:
            refused += 1
        slowest = max(slowest, time.perf_counter() - began)
        if number == options.files // 10:
            settled = peak_megabytes()
    print(
        f"{options.files} damaged files: {options.files - refused} gave sound, "
        f"{refused} a sentence; slowest {1000 * slowest:.0f} ms; "
        f"peak memory {peak_megabytes():.0f} MB, "
        f"{peak_megabytes() - settled:+.0f} MB after the first tenth"
    )


if __name__ == "__main__":
    main()

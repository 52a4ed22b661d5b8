"""Measuring the sound of music files, how many times faster than they play; telling moods.

    python -m benchmarks.sound
    python -m benchmarks.sound --seconds 60 --files 4

A piece is made by rule and encoded as people have it: 44.1 kHz stereo (Opus 48 kHz).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from audio.music_file import decode
from benchmarks.live import machine
from benchmarks.stats import Result, Stopwatch, Verdict, table, verdict_table
from config import ROOT
from music.importers.measuring import Processes
from music.measure.song_mood import RANGES, SongMoodModel
from music.measure.sound import measure
from training.songs.synthesiser import RATE, Piece, make, write_music

FORMATS = (".mp3", ".flac", ".m4a", ".ogg", ".wav")
REPEATS = 5
SONGS = 5000
MIN_RATE = 20.0
"""Seconds of music a second of a core."""


def make_files(folder: Path, seconds: float) -> list[Path]:
    """Write the same piece in all formats."""
    samples, _ = make(Piece(seconds=60, notes_per_beat=4))
    samples = np.resize(samples, round(seconds * RATE))
    files = []
    for suffix in FORMATS:
        rate = 48_000 if suffix == ".ogg" else 44_100
        times = np.arange(round(seconds * rate)) / rate
        channel = np.interp(times, np.arange(len(samples)) / RATE, samples)
        files.append(folder / f"piece{suffix}")
        write_music(files[-1], np.column_stack([channel, 0.8 * channel]), rate)
    return files


def measure_formats(files: Sequence[Path], seconds: float) -> Result:
    """Measure each format in this process, by the processor time of all its threads."""
    rows, rates = [], {}
    for file in files:
        decoding = [_processor_seconds(decode, file) for _ in range(REPEATS)]
        whole = [_processor_seconds(measure, file) for _ in range(REPEATS)]
        rates[file.suffix] = seconds / statistics.median(whole)
        rows.append(
            (
                file.suffix,
                f"{file.stat().st_size / 1e6:.1f}",
                f"{statistics.median(decoding):.2f}",
                f"{statistics.median(whole):.2f}",
                f"{rates[file.suffix]:.0f}",
            )
        )
    print(f"\n{seconds:.0f} s of music, processor seconds, median of {REPEATS}:\n")
    print(table(("format", "MB", "decode", "measure", "times real time"), rows))
    worst = min(rates, key=lambda suffix: rates[suffix])
    name = f"a core, worst format ({worst})"
    verdict = Verdict(name, rates[worst], MIN_RATE, "times", at_least=True)
    return Result({"times_real_time": rates}, [verdict])


def _processor_seconds(work: Callable[[Path], object], file: Path) -> float:
    before = time.process_time()
    work(file)
    return time.process_time() - before


def measure_cores(files: Sequence[Path], seconds: float, count: int) -> Result:
    """Measure on one core and on all, by the clock, as `python -m music import` does."""
    paths = [str(files[number % len(files)]) for number in range(count)]
    rates = {}
    for workers in dict.fromkeys((1, os.cpu_count() or 1)):
        with Processes(measure, workers) as processes:
            processes.measure(paths[:workers])  # they start
            elapsed = Stopwatch()
            processes.measure(paths)
            rates[workers] = count * seconds / elapsed()
    rows = [(str(workers), f"{rate:.0f}") for workers, rate in rates.items()]
    print(f"\n{count} files of {seconds:.0f} s, all formats, by the clock:\n")
    print(table(("processes", "times real time"), rows))
    return Result({"times_real_time_by_processes": rates})


def measure_memory(file: Path) -> Result:
    """Measure the most memory that a process takes for a file."""
    status = Path("/proc/self/status")
    if not status.exists():
        print("\nMost memory of a process: not measured")
        return Result({})
    code = (
        "import sys; from pathlib import Path; from music.measure.sound import measure; "
        f"measure(Path(sys.argv[1])); print(Path('{status}').read_text())"
    )
    command = [sys.executable, "-c", code, str(file)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    peak = next(line for line in answer.stdout.splitlines() if line.startswith("VmHWM"))
    megabytes = int(peak.split()[1]) / 1024
    print(f"\nMost memory of a process: {megabytes:.0f} MB")
    return Result({"megabytes": megabytes})


def measure_moods() -> Result:
    """Measure loading the model and telling the mood of songs as varied as songs can be."""
    elapsed = Stopwatch()
    model = SongMoodModel(ROOT / "weights" / "song_mood.npz")
    loading = elapsed()
    lowest, highest = np.array(list(RANGES.values())).T
    rows = np.random.default_rng(0).uniform(lowest, highest, (SONGS, len(RANGES)))
    seconds = []
    for _ in range(REPEATS):
        before = time.process_time()
        model.predict(rows)
        seconds.append(time.process_time() - before)
    each = 1e6 * statistics.median(seconds) / SONGS
    print(f"\nMoods: loaded in {1000 * loading:.0f} ms, then {each:.0f} us of a core a song")
    return Result({"model_loaded_seconds": loading, "microseconds_a_song": each})


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure the measuring of music files.")
    parser.add_argument("--seconds", type=float, default=200, help="length of a song (200)")
    parser.add_argument("--files", type=int, default=20, help="for all cores (20)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures here")
    options = parser.parse_args(arguments)
    print(f"On {machine()}")
    with tempfile.TemporaryDirectory() as directory:
        files = make_files(Path(directory), options.seconds)
        results = [
            measure_formats(files, options.seconds),
            measure_cores(files, options.seconds, options.files),
            measure_memory(files[0]),
            measure_moods(),
        ]
    print(f"\n{verdict_table(v for result in results for v in result.verdicts)}")
    if options.json:
        data = {"machine": machine()} | {k: v for result in results for k, v in result.data.items()}
        options.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

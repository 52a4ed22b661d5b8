"""The live pipeline against its budgets and against the usual way, in one run.

    python -m benchmarks.live                        # everything, about eight minutes
    python -m benchmarks.live --seconds 10           # the same, quick and rough
    python -m benchmarks.live --only pipeline,start

Parts: `pipeline` (stages, frames/s, the usual way), `latency` (capture to JPEG), `mood`
(expression to playlist, flaps), `start`, `memory`, `idle` (nobody watches).
"""

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import costs, reaction, throughput
from benchmarks.clips import choose_clip
from benchmarks.stats import Result, verdict_table
from core.errors import AffectuneError


def parts(clip: Path, seconds: float) -> dict[str, Callable[[], Result]]:
    """Return the parts of the benchmark by name, each to be run for its share of the time."""
    return {
        "pipeline": lambda: throughput.measure(clip, seconds),
        "latency": lambda: reaction.measure_latency(clip, seconds / 2),
        "mood": lambda: reaction.measure_mood(seconds),
        "start": costs.measure_start,
        "memory": lambda: costs.measure_memory(clip, seconds),
        "idle": lambda: costs.measure_idle(clip, seconds / 3),
    }


def machine() -> str:
    """Say in a line what is measured on, and what else it does meanwhile."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}{load}"


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Measure the live pipeline against its budgets and the usual way."
    )
    names = list(parts(Path(), 0))
    parser.add_argument("--clip", type=Path, metavar="FILE", help="640x480 video to measure on")
    parser.add_argument("--seconds", type=float, default=60, help="longest part's time (60)")
    parser.add_argument(
        "--only", default=",".join(names), metavar="PART,...", help=f"of {', '.join(names)}"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures here")
    options = parser.parse_args(arguments)
    options.only = options.only.split(",")
    unknown = sorted(set(options.only) - set(names))
    if unknown:
        parser.error(f"--only: expected of {', '.join(names)}; got '{unknown[0]}'")
    if options.clip is not None and not options.clip.is_file():
        parser.error(f"--clip: expected a video at '{options.clip}', found none")
    if options.seconds < 9:
        parser.error("--seconds: expected 9 or more, two of the demo's expressions")
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse_options(arguments)
    with tempfile.TemporaryDirectory() as directory:
        clip = choose_clip(options.clip, Path(directory))
        chosen = {
            name: part
            for name, part in parts(clip, options.seconds).items()
            if name in options.only
        }
        print(f"{clip.name} on {machine()}")
        try:
            results = {name: part() for name, part in chosen.items()}
        except AffectuneError as error:
            raise SystemExit(f"benchmarks.live: {error}") from error
    print(f"\n{verdict_table(v for result in results.values() for v in result.verdicts)}")
    if options.json:
        data = {"machine": machine()} | {name: result.data for name, result in results.items()}
        options.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

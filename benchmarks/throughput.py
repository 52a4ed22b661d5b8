"""Frames a second of the whole pipeline, unthrottled, against the usual way."""

import statistics
from pathlib import Path

from benchmarks.pipeline import OurWay, UsualWay, Way, run_for
from benchmarks.stats import Result, Spread, Stopwatch, Verdict, milliseconds, table

ROUND = 26
"""Frames of a round; three rounds are once through the default clip."""
STAGES = ("decode", "detect", "recognise", "smooth", "draw", "encode", "playlist")


def measure(clip: Path, seconds: float) -> Result:
    """Run both ways, print what their stages took, and return how they compare."""
    ours, usual = OurWay(clip), UsualWay(clip)
    rates = _rates(ours, usual, seconds)
    ratios = [a / b for a, b in zip(rates["ours"], rates["usual"], strict=True)]
    stages = {"ours": _spreads(ours), "usual": _spreads(usual)}
    median = {name: statistics.median(values) for name, values in rates.items()}
    ratio = statistics.median(ratios)
    print(f"\nThe whole pipeline on {clip.name}, unthrottled: {len(ratios)} rounds of {ROUND}")
    print(f"frames for each way in turn; the usual way's network takes {usual.size} pixels too.")
    print(f"A face in {ours.with_face / ours.frames:.0%} of our frames.\n")
    print(_stage_table(stages))
    print(
        f"\nframes/s, median of the rounds: {median['ours']:.1f} ours "
        f"(worst round {min(rates['ours']):.1f}), {median['usual']:.1f} the usual way, "
        f"ratio {ratio:.1f}"
    )
    data = {
        "clip": clip.name,
        "frames_per_second": rates,
        "ratios": ratios,
        "with_face": ours.with_face / ours.frames,
        "stages_seconds": {
            name: {stage: vars(spread) for stage, spread in spreads.items()}
            for name, spreads in stages.items()
        },
    }
    return Result(
        data,
        [
            Verdict("whole pipeline, unthrottled", median["ours"], 100, "frames/s", at_least=True),
            Verdict("against the usual way", ratio, 10, "times", at_least=True),
        ],
    )


def _rates(ours: Way, usual: Way, seconds: float) -> dict[str, list[float]]:
    """Run both ways over the same frames in turns, so that noise hits them alike."""
    for way in (ours, usual):
        run_for(way, ROUND)  # warms up; not counted
        way.stages.clear()
    rates: dict[str, list[float]] = {"ours": [], "usual": []}
    elapsed = Stopwatch()
    while elapsed() < seconds or not rates["usual"]:
        rates["ours"].append(run_for(ours, ROUND))
        rates["usual"].append(run_for(usual, ROUND))
    return rates


def _spreads(way: Way) -> dict[str, Spread]:
    return {stage: Spread.of(values) for stage, values in way.stages.seconds.items()}


def _stage_table(stages: dict[str, dict[str, Spread]]) -> str:
    def cells(way: str, stage: str) -> tuple[str, str]:
        spread = stages[way].get(stage)
        return (milliseconds(spread.median), milliseconds(spread.p95)) if spread else ("-", "-")

    header = ("stage, ms", "ours: median", "p95", "usual: median", "p95")
    return table(
        header, ((stage, *cells("ours", stage), *cells("usual", stage)) for stage in STAGES)
    )

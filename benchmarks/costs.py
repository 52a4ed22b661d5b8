"""What the running server costs: its start, its memory, and itself when nobody watches."""

import contextlib
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.process import MAIN, serving
from benchmarks.stats import Result, Verdict, table
from benchmarks.watching import connect, finish_watching, start_watching

STARTS = 5
VIEWERS = 4
MAX_WAIT = 30.0


def measure_start() -> Result:
    """Measure from the command to the first picture, and to the first with a face on it."""
    starts = [_start() for _ in range(STARTS)]
    address, picture, annotated = (
        statistics.median(column) for column in zip(*starts, strict=True)
    )
    print(
        f"\nStart, median of {STARTS}: listening after {address:.2f} s, first picture after "
        f"{picture:.2f} s, first with a face named on it after {annotated:.2f} s "
        f"(worst {max(row[2] for row in starts):.2f} s)"
    )
    verdict = Verdict("command to first annotated frame", annotated, 3, "s")
    return Result({"seconds_listening_picture_annotated": starts}, [verdict])


def _start() -> tuple[float, float, float]:
    with serving([*MAIN, "demo"]) as server:
        listening = server.since_command()
        # As the page does; with no viewer the picture is looked at 2.5 times a second only.
        with contextlib.closing(connect(server.port)):
            _wait_for(lambda: server.get("/snapshot.jpg")[0] == 200)
            picture = server.since_command()
            _wait_for(lambda: bool(server.state()["faces"]))
            _wait_for(lambda: server.get("/snapshot.jpg")[0] == 200)
            return listening, picture, server.since_command()


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + MAX_WAIT
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"no annotated picture within {MAX_WAIT:.0f} s")
        time.sleep(0.01)


def measure_memory(clip: Path, seconds: float) -> Result:
    """Measure the server's memory with four viewers, and its growth in the second half.

    The demo grows by some 50 MB in its first minutes: it keeps the heads it has drawn.
    """
    megabytes = {name: _memory(source, seconds) for name, source in sources(clip).items()}
    rows = []
    for name, samples in megabytes.items():
        shown = (f"{value:.0f}" for value in (samples[0], samples[-1], max(samples)))
        rows.append((name, *shown, f"{_growth(samples):+.1f}"))
    print(f"\nResident memory with {VIEWERS} viewers, MB, over {seconds:.0f} s:\n")
    print(table(("source", "first", "last", "most", "a minute in the second half"), rows))
    most = max(max(samples) for samples in megabytes.values())
    verdict = Verdict(f"memory, {VIEWERS} viewers, most", most, 350, "MB")
    return Result({"resident_mb": megabytes}, [verdict])


def _memory(source: str, seconds: float) -> list[float]:
    """Return the server's memory in MB, second by second."""
    with serving([*MAIN, source]) as server:
        viewers = start_watching(server.port, seconds, 0, normal=VIEWERS)
        samples = []
        for _ in range(round(seconds)):
            time.sleep(1)
            samples.append(server.memory())
        finish_watching(viewers)
    return samples


def _growth(samples: list[float]) -> float:
    """Return the growth in MB a minute in the second half of one sample a second."""
    half = samples[len(samples) // 2 :]
    return (half[-1] - half[0]) * 60 / max(1, len(half) - 1)


def sources(clip: Path) -> dict[str, str]:
    return {"demo": "demo", "file": str(clip.resolve())}


def measure_idle(clip: Path, seconds: float) -> Result:
    """Measure the share of a core that the server takes while nobody watches."""
    shares = {name: _idle(source, seconds) for name, source in sources(clip).items()}
    print(f"\nNobody watches, over {seconds:.0f} s:\n")
    print(table(("source", "share of a core"), ((n, f"{s:.1%}") for n, s in shares.items())))
    verdicts = [
        Verdict(f"no viewer, {name}", share, 0.1, "of a core") for name, share in shares.items()
    ]
    return Result({"core_share": shares}, verdicts)


def _idle(source: str, seconds: float) -> float:
    with serving([*MAIN, source]) as server:
        time.sleep(3)
        before = server.processor_seconds()
        time.sleep(seconds)
        return (server.processor_seconds() - before) / seconds

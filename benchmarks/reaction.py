"""How long the live camera takes: from capture to JPEG, and from expression to playlist."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clips import find_clips
from benchmarks.pipeline import OurWay
from benchmarks.stats import Result, Spread, Verdict, table
from camera import LiveCamera
from capture import demo
from capture.demo.source import DemoSource
from capture.frame import FrameSource
from capture.spec import SourceSpec
from capture.video import FileSource
from config import Config
from store.database import open_in_memory
from utils import Grabber
from web.assemble import assemble, load_parts

WARM_UP = 2.0
POLL = 0.004
"""Seconds between looks at the session: the resolution of what is measured here."""


@contextlib.contextmanager
def live_camera(spec: SourceSpec, source: FrameSource) -> Iterator[LiveCamera]:
    """Run the live camera that `main` makes, on an opened source."""
    services = assemble(load_parts(Config(source="none"), Grabber(spec, source), open_in_memory()))
    with services.live:
        yield services.live


@contextlib.contextmanager
def viewer(live: LiveCamera) -> Iterator[list[float]]:
    """Watch as one viewer in a thread; yield the ages in seconds of the pictures it gets."""
    ages: list[float] = []
    ended = threading.Event()

    def watch() -> None:
        with live.viewer():
            sequence, _ = live.jpegs.peek()
            while not ended.is_set():
                newer = live.jpegs.wait_newer(sequence, timeout=0.5)
                if newer is not None:
                    sequence, jpeg = newer
                    ages.append(time.time() - jpeg.captured_at)

    thread = threading.Thread(target=watch, name="viewer", daemon=True)
    thread.start()
    try:
        yield ages
    finally:
        ended.set()
        thread.join(2)


def measure_latency(clip: Path, seconds: float) -> Result:
    """Measure from capture to JPEG in a viewer's hands, on a clip at its own rate."""
    spec = SourceSpec("file", str(clip))
    with live_camera(spec, FileSource(clip)) as live, viewer(live) as ages:
        time.sleep(WARM_UP)
        ages.clear()
        analysed = live.recognition.analysed
        time.sleep(seconds)
        rate, analysed = len(ages) / seconds, live.recognition.analysed - analysed
    spread = Spread.of(ages)
    print(
        f"\nCapture to JPEG, one viewer, {clip.name}: median {1000 * spread.median:.1f} ms, p95 "
        f"{1000 * spread.p95:.1f} ms; {rate:.1f} pictures/s, {analysed / seconds:.1f} analysed/s"
    )
    data = {"age_seconds": vars(spread), "pictures_per_second": rate}
    return Result(data, [Verdict("capture to JPEG, p95", 1000 * spread.p95, 33, "ms")])


@dataclass(frozen=True)
class Change:
    """A change of the mood in force."""

    at: float
    """Seconds since the demo began."""
    emotion: str | None


@dataclass(frozen=True)
class Answer:
    """What followed one change of the demo's expression."""

    expression: str
    seconds: float | None
    """From the first moving frame to the mood; None where it did not follow."""
    others: tuple[str | None, ...]
    """Other moods that came before the next expression."""


def measure_mood(seconds: float) -> Result:
    """Measure from a change of the demo's expression to that of the playlist's version.

    Counted from the first frame in which the face moves; it is there 0.4 s later.
    """
    watched, flaps = observe_demo(seconds, watched=True)
    unwatched, _ = observe_demo(seconds, watched=False)
    per_minute = {"demo": flaps} | {clip.name: clip_flaps(clip, seconds) for clip in find_clips()}
    times = [answer.seconds for answer in watched if answer.seconds is not None]
    alone = [answer.seconds for answer in unwatched if answer.seconds is not None]
    print("\nExpression to playlist, from the first moving frame (the transition lasts 0.4 s):\n")
    print(_answer_table(watched, unwatched))
    print("\nFlaps a minute:", ", ".join(f"{n} {count:.1f}" for n, count in per_minute.items()))
    if not times:
        raise SystemExit("The mood followed none of the demo's expressions.")
    spread = Spread.of(times)
    print(f"median {spread.median:.2f} s, worst {spread.worst:.2f} s of {spread.count}")
    data = {
        "watched": [vars(answer) for answer in watched],
        "unwatched": [vars(answer) for answer in unwatched],
        "flaps_per_minute": per_minute,
    }
    verdicts = [
        Verdict("expression to playlist, worst", spread.worst, 1.5, "s"),
        Verdict(
            "expressions followed",
            len(times),
            len(watched),
            f"of {len(watched)}",
            at_least=True,
        ),
    ]
    if alone:
        verdicts.append(Verdict("the same with no viewer, worst", max(alone), 1.5, "s"))
    return Result(data, verdicts)


def observe_demo(seconds: float, watched: bool) -> tuple[list[Answer], float]:
    """Return what followed each expression of the demo, and the flaps a minute."""
    begun = time.monotonic()
    source = DemoSource()
    with contextlib.ExitStack() as stack:
        live = stack.enter_context(live_camera(SourceSpec("demo"), source))
        if watched:
            stack.enter_context(viewer(live))
        changes = _changes(live, begun, seconds)
        flaps = live.session.flaps
    last = int(seconds // demo.HOLD_SECONDS)
    answers = [_answer(changes, turn) for turn in range(1, last)]
    return answers, 60 * flaps / seconds


def _changes(live: LiveCamera, begun: float, seconds: float) -> list[Change]:
    changes = []
    version = live.session.state().version
    while (now := time.monotonic() - begun) < seconds:
        state = live.session.state()
        if state.version != version:
            version = state.version
            changes.append(Change(now, state.in_force))
        time.sleep(POLL)
    return changes


def _answer(changes: list[Change], turn: int) -> Answer:
    """Return what followed the transition that began at `turn` times the holding time."""
    begun = turn * demo.HOLD_SECONDS
    meant = demo.expression_at(begun)
    during = [change for change in changes if 0 <= change.at - begun < demo.HOLD_SECONDS]
    right = [change.at - begun for change in during if change.emotion == meant]
    others = tuple(change.emotion for change in during if change.emotion != meant)
    return Answer(meant, right[0] if right else None, others)


def clip_flaps(clip: Path, seconds: float) -> float:
    """Return the flaps a minute on a clip played over and over for `seconds` of its time."""
    way = OurWay(clip)
    while way.elapsed < seconds:
        way.step()
    return 60 * way.session.flaps / way.elapsed


def _answer_table(watched: list[Answer], unwatched: list[Answer]) -> str:
    def cell(answer: Answer) -> str:
        shown = "not" if answer.seconds is None else f"{answer.seconds:.2f}"
        return f"{shown} (also {', '.join(map(str, answer.others))})" if answer.others else shown

    rows = zip(watched, unwatched, strict=False)
    return table(
        ("expression, s", "one viewer", "no viewer"),
        ((first.expression, cell(first), cell(second)) for first, second in rows),
    )

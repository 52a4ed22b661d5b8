"""What the benchmarks' stages take down."""

import pytest

from benchmarks.stats import Spread, Stages


def test_every_run_of_a_stage_is_taken_down() -> None:
    stages = Stages()
    for _ in range(3):
        with stages.measure("detect"):
            pass
    stages.add("detect", 2.0)
    assert stages.runs("detect") == 4
    assert stages.runs("draw") == 0
    assert stages.since("detect", 3) == 2.0
    spread = Spread.of(stages.seconds["detect"])
    assert (spread.worst, spread.count) == (2.0, 4)
    assert spread.median == pytest.approx(0, abs=0.1)
    stages.clear()
    assert not stages.seconds

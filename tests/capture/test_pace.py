"""Rates that a camera's jitter must not break."""

import numpy as np
import pytest

from capture.pace import Pace, rate


def passed(times, per_second):
    pace = Pace(per_second)
    return [time for time in times if pace.allows(time)]


@pytest.mark.parametrize("seed", range(5))
def test_a_camera_at_the_asked_rate_keeps_its_frames_whatever_their_jitter(seed):
    jitter = np.random.default_rng(seed).uniform(-0.15, 0.15, 300)
    times = (np.arange(300) + jitter) / 30
    assert len(passed(times, 30)) >= 0.97 * 300


@pytest.mark.parametrize("seed", range(5))
def test_a_jitter_of_a_tenth_of_the_interval_costs_no_frame(seed):
    jitter = np.random.default_rng(seed).uniform(-0.1, 0.1, 300)
    times = (np.arange(300) + jitter) / 30
    assert len(passed(times, 30)) == 300


def test_a_camera_whose_every_other_frame_is_late_is_not_halved():
    times = (np.arange(300) + np.tile([1 / 16, -1 / 16], 150)) / 32  # exact as binary fractions
    assert len(passed(times, 32)) == 300


def test_twice_the_asked_rate_is_halved():
    assert len(passed(np.arange(600) / 60, 30)) == pytest.approx(300, abs=2)


def test_after_a_break_nothing_is_made_up_for():
    assert passed([0, 5, 5.01, 5.02, 5.1], 10) == [0, 5, 5.1]


def test_without_a_rate_all_pass():
    assert len(passed(np.zeros(10), None)) == 10


@pytest.mark.parametrize(
    ("times", "per_second"), [([], 0), ([7.0], 0), ([7.0, 7.0], 0), ([7.0, 7.5, 8.0], 2)]
)
def test_a_rate_is_counted_between_events(times, per_second):
    assert rate(times) == per_second

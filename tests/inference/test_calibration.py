"""Temperatures: what they change, and what they must not."""

import numpy as np
import pytest

from inference.calibration import calibrate, softmax


def test_a_temperature_of_one_changes_nothing():
    rows = np.array([[0.7, 0.2, 0.1]], np.float32)
    np.testing.assert_allclose(calibrate(rows, 1.0), rows, atol=1e-6)


def test_a_temperature_of_two_takes_the_root():
    rows = np.array([[0.64, 0.36]], np.float32)
    np.testing.assert_allclose(calibrate(rows, 2.0), [[0.8 / 1.4, 0.6 / 1.4]], atol=1e-6)


def test_a_zero_stays_finite():
    assert np.isfinite(calibrate(np.array([[1.0, 0.0]], np.float32), 0.5)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_type_stays(dtype):
    rows = np.array([[0.9, 0.1], [0.5, 0.5]], dtype)
    assert calibrate(rows, np.float64(1.3)).dtype == dtype
    assert calibrate(rows[:0], 1.3).shape == (0, 2)


def test_large_scores_do_not_overflow():
    np.testing.assert_allclose(softmax(np.array([[1000.0, 1000.0, -1000.0]])), [[0.5, 0.5, 0]])

"""Bootstrap intervals: where the textbook has them, and the same each time."""

import math

import numpy as np
import pytest

from workbench.evaluation.intervals import of_mean, of_metric


def test_the_interval_of_a_share_is_the_normal_one() -> None:
    rights = np.arange(2000) % 10 < 9
    estimate = of_mean(rights)
    half = 1.96 * math.sqrt(0.9 * 0.1 / 2000)
    assert estimate.value == 0.9
    assert estimate.low == pytest.approx(0.9 - half, abs=0.002)
    assert estimate.high == pytest.approx(0.9 + half, abs=0.002)


def test_it_is_the_same_each_time() -> None:
    scores = np.random.default_rng(1).random(50)
    assert of_mean(scores) == of_mean(scores) != of_mean(scores, seed=1)


def test_a_metric_is_computed_on_resamples_as_large_as_the_examples() -> None:
    sizes: set[int] = set()

    def median(indices: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
        sizes.add(len(indices))
        return float(np.median(indices))

    estimate = of_metric(median, 101)
    assert estimate.low < estimate.value == 50 < estimate.high
    assert sizes == {101}


def test_nothing_is_measured_on_nothing() -> None:
    with pytest.raises(ValueError, match="no examples"):
        of_mean([])

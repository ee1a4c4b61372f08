"""Metrics against figures worked out by hand."""

import numpy as np
import pytest

from workbench.evaluation.calibration import bins, calibration_error, expected_calibration_error
from workbench.evaluation.metrics import f1, mean, out_of_scope_recall, ratio


def test_f1_counts_all_examples_together() -> None:
    metric = f1("F1", [(1, 2, 1), (0, 0, 3), (2, 2, 2)])  # 3 right of 4 found and 6 labelled
    assert metric.value == pytest.approx(2 * 3 / (4 + 6))
    assert metric.of(np.array([2, 2])) == 1.0
    assert f1("F1", [(0, 0, 0)]).value == 1.0


def test_a_ratio_is_of_sums_and_a_mean_of_examples() -> None:
    assert ratio("covered", [1, 9], [10, 10]).value == 0.5
    assert ratio("covered", [1, 0], [10, 0]).of(np.array([1])) == 1.0
    assert mean("right", [True, False, True, True]).value == 0.75


class TestOutOfScopeRecall:
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    right = np.array([1, 1, 1, 0, 1, 0], bool)
    outside = np.array([0, 0, 0, 1, 0, 1], bool)

    def recall(self, precision: float) -> float:
        return out_of_scope_recall(self.scores, self.right, self.outside, precision)

    def test_the_least_threshold_that_is_precise_enough(self) -> None:
        assert self.recall(0.95) == 1.0  # accepts three, none of them from outside
        assert self.recall(0.8) == 0.5  # accepts five, of which four are right
        assert self.recall(0.5) == 0.0  # accepts all

    def test_equal_scores_are_accepted_together(self) -> None:
        scores = np.array([0.9, 0.6, 0.6])
        right, outside = np.array([True, True, False]), np.array([False, False, True])
        assert out_of_scope_recall(scores, right, outside, 0.95) == 1.0
        assert out_of_scope_recall(scores, right, outside, 0.6) == 0.0

    def test_it_is_undefined_where_nothing_is_outside(self) -> None:
        assert np.isnan(out_of_scope_recall(self.scores, self.right, np.zeros(6, bool), 0.95))

    def test_nothing_is_accepted_where_nothing_is_precise_enough(self) -> None:
        assert out_of_scope_recall(self.scores, ~self.right, self.outside, 0.95) == 1.0


class TestCalibration:
    def test_it_weighs_bins_by_their_examples(self) -> None:
        confidence = np.array([0.95, 0.95, 0.95, 0.95, 0.3])
        right = np.array([1.0, 1, 1, 0, 0])
        expected = (4 * abs(0.95 - 0.75) + 1 * 0.3) / 5
        assert expected_calibration_error(confidence, right) == pytest.approx(expected)
        assert [one.examples for one in bins(confidence, right)] == [1, 4]
        assert bins(confidence, right)[1] == pytest.approx((0.95, 0.75, 4))

    def test_scores_that_mean_what_they_say(self) -> None:
        random = np.random.default_rng(0)
        confidence = random.random(200_000)
        right = (random.random(200_000) < confidence).astype(float)
        assert expected_calibration_error(confidence, right) < 0.005

    def test_the_ends_fall_into_bins(self) -> None:
        metric = calibration_error(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
        assert metric.value == 0.0
        assert len(metric.bins) == 2

"""Whether a probability means what it says: of all that is given 0.7, seven in ten should be right."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation.intervals import Indices
from workbench.evaluation.metrics import Metric

__all__ = ["BINS", "Bin", "CalibrationError", "bins", "calibration_error", "expected_calibration_error"]

BINS = 15  # of equal width, as in https://arxiv.org/abs/1706.04599

Array = NDArray[np.float64]


class Bin(NamedTuple):
    """Examples with alike probabilities: their mean, and how many of them were right."""

    confidence: float
    right: float
    examples: int


@dataclass(frozen=True, slots=True)
class CalibrationError(Metric):
    """The expected calibration error, and what a reliability diagram draws."""

    bins: Sequence[Bin] = ()


def expected_calibration_error(confidence: Array, right: Array) -> float:
    """How far mean probability and share of right ones lie apart, bin by bin, weighed by the bins' examples.

    Both are [examples]; `right` is 1 or 0.
    """
    apart = np.bincount(_places(confidence), weights=confidence - right, minlength=BINS)
    return float(np.abs(apart).sum() / len(confidence))


def calibration_error(confidence: Array, right: Array) -> CalibrationError:
    """The metric of these examples."""

    def of(indices: Indices) -> float:
        return expected_calibration_error(confidence[indices], right[indices])

    return CalibrationError("expected calibration error", len(right), of, kept=False, bins=bins(confidence, right))


def bins(confidence: Array, right: Array) -> list[Bin]:
    """Those bins that hold examples, by rising probability."""
    places = _places(confidence)
    masks = [places == place for place in np.unique(places)]
    return [Bin(float(confidence[mask].mean()), float(right[mask].mean()), int(mask.sum())) for mask in masks]


def _places(confidence: Array) -> NDArray[np.int64]:
    """Which bin each probability falls into: the first is [0, 1/15]."""
    return np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)

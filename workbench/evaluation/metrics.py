"""What is measured: a figure that can be computed on all examples and on any resample of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.evaluation.intervals import Estimate, Indices, of_metric

__all__ = ["Metric", "f1", "mean", "out_of_scope_recall", "ratio"]

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Metric:
    """`of` computes it on the examples with these indices, each as often as it is there.

    `kept`: whether int8's share of fp32's figure says how much it keeps, as it does where 0 is nothing and more is
    better.
    """

    name: str
    examples: int
    of: Callable[[Indices], float]
    kept: bool = True

    @property
    def value(self) -> float:
        return self.of(np.arange(self.examples))

    def estimate(self) -> Estimate:
        return of_metric(self.of, self.examples)


def mean(name: str, scores: Sequence[float] | Array, *, kept: bool = True) -> Metric:
    """The mean of a score for each example, such as 1 and 0 where it is right or wrong."""
    values = np.asarray(scores, np.float64)
    return Metric(name, len(values), lambda indices: float(values[indices].mean()), kept)


def ratio(name: str, parts: Sequence[float] | Array, wholes: Sequence[float] | Array) -> Metric:
    """What the examples have of something together, of what they could have; 1 where they could have nothing."""
    table = np.stack([np.asarray(parts, np.float64), np.asarray(wholes, np.float64)], axis=1)

    def of(indices: Indices) -> float:
        part, whole = table[indices].sum(axis=0)
        return float(part / whole) if whole else 1.0

    return Metric(name, len(table), of)


def f1(name: str, counts: Sequence[tuple[int, int, int]]) -> Metric:
    """F1 over all examples at once, of what was right, found and labelled in each."""
    right, found, labelled = np.array(counts, np.int64).reshape(-1, 3).T
    return ratio(name, 2 * right, found + labelled)


def out_of_scope_recall(scores: Array, right: Array, outside: Array, precision: float) -> float:
    """The share of queries from `outside` that are refused when those with a score of t or more are accepted.

    t is the least for which a share `precision` of the accepted is `right`; where there is none, all are refused.
    All arrays are [queries]. NaN where no query is from outside.
    """
    if not outside.any():
        return np.nan
    order = np.argsort(-scores)
    possible = np.append(np.diff(scores[order]) < 0, True)  # equal scores are accepted together
    enough = np.cumsum(right[order]) >= precision * np.arange(1, len(order) + 1)
    accepted = np.flatnonzero(possible & enough)
    last = accepted[-1] + 1 if accepted.size else 0
    return 1 - float(outside[order[:last]].sum() / outside.sum())

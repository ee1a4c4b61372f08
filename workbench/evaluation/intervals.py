"""How sure a metric is, given the examples it was measured on: percentile bootstrap (Efron, 1979)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Estimate", "Indices", "of_mean", "of_metric"]

RESAMPLES = 1_000
BOUNDS = (2.5, 97.5)  # percentiles: 95 % lie between

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} ({self.low:.4f} to {self.high:.4f})"


def of_metric(metric: Callable[[Indices], float], examples: int, seed: int = 0) -> Estimate:
    """The metric of all `examples`, and its interval over resamples of them.

    `metric` takes the indices of the examples it is to count, each as often as it is there. Where it is not defined,
    as a correlation of equal numbers, it gives NaN, and the resample does not count.
    """
    everything = np.arange(examples)
    found = [metric(indices) for indices in _resamples(examples, seed)]
    low, high = np.nanpercentile(found, BOUNDS)
    return Estimate(metric(everything), float(low), float(high))


def of_mean(scores: Sequence[float] | NDArray[Any], seed: int = 0) -> Estimate:
    """The mean of the examples' scores (1 and 0 for right and wrong) and its interval."""
    values = np.asarray(scores, np.float64)
    return of_metric(lambda indices: float(values[indices].mean()), len(values), seed)


def _resamples(examples: int, seed: int) -> Iterator[Indices]:
    """Draws with replacement, as many as there are examples; the same for every metric of the same examples."""
    if not examples:
        raise ValueError("there are no examples to measure on")
    random = np.random.default_rng(seed)
    for _ in range(RESAMPLES):
        yield random.integers(0, examples, examples)

"""Spearman's rank correlation on sentence pairs (STS Benchmark, http://ixa2.si.ehu.eus/stswiki)."""

from collections.abc import Sequence

import numpy as np

from workbench.evaluation.intervals import Indices
from workbench.evaluation.metrics import Metric
from workbench.evaluation.services import AnyOperation, ask_each
from workbench.packager.similarity import Pair, spearman

__all__ = ["correlation", "measure"]


def measure(operation: AnyOperation, rows: Sequence[Pair]) -> list[Metric]:
    """Of the cosines with people's scores."""
    first = np.array(ask_each(operation, [pair.first for pair in rows]))
    second = np.array(ask_each(operation, [pair.second for pair in rows]))
    return [correlation((first * second).sum(axis=1).tolist(), rows)]


def correlation(cosines: Sequence[float], rows: Sequence[Pair]) -> Metric:
    ours, theirs = np.array(cosines), np.array([pair.score for pair in rows])

    def of(indices: Indices) -> float:
        x, y = ours[indices], theirs[indices]
        return spearman(x, y) if np.ptp(x) and np.ptp(y) else np.nan

    return Metric("Spearman's correlation", len(rows), of)

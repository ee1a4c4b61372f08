"""Reranking: where the relevant passages stand, beside the order of the embed bundle, which reads each text alone."""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from workbench.evaluation.metrics import Metric, mean
from workbench.evaluation.services import AnyOperation, ask, open_operation
from workbench.progress import track
from workbench.training.examples import Ranked

__all__ = ["average_precision", "measure", "reciprocal_rank"]

RERANKED = 50  # of a query's passages: those that the embed bundle puts first
CUT = 10  # ranks that MRR looks at
AT_ONCE = 256  # texts embedded

Array = NDArray[Any]
Hits = list[NDArray[np.bool_]]  # for each query: whether the passage at each rank is relevant


def measure(operation: AnyOperation, rows: Sequence[Ranked]) -> list[Metric]:
    """The nearest passages of each query are reranked; the others keep their places behind them."""
    nearest = _nearest(rows)
    reranked = _reranked(operation, rows, nearest)
    before, after = _hits(rows, nearest), _hits(rows, reranked)
    return [metric for name, score in _SCORES.items() for metric in _compared(name, score, before, after)]


def _compared(name: str, score: Callable[[Array], float], before: Hits, after: Hits) -> list[Metric]:
    first, last = np.array(list(map(score, before))), np.array(list(map(score, after)))
    return [
        mean(name, last),
        mean(f"{name} of embed's order", first, kept=False),
        mean(f"{name} above embed's", last - first, kept=False),
    ]


def _nearest(rows: Sequence[Ranked]) -> list[Array]:
    """For each row the indices of its passages, the nearest first."""
    texts = list(dict.fromkeys(chain.from_iterable((row.query, *row.passages) for row in rows)))
    places, vectors = {text: place for place, text in enumerate(texts)}, _embedded(texts)
    found = []
    for row in rows:
        passages = vectors[[places[passage] for passage in row.passages]]
        found.append(np.argsort(-(passages @ vectors[places[row.query]]), kind="stable"))
    return found


def _embedded(texts: Sequence[str]) -> Array:
    """[texts, width]"""
    predictor, starts = open_operation("embed").predictor, range(0, len(texts), AT_ONCE)
    groups = (predictor.predict(texts[start : start + AT_ONCE]) for start in track(starts, "embedding", len(starts)))
    return np.stack([answer.vector for group in groups for answer in group])


def _reranked(operation: AnyOperation, rows: Sequence[Ranked], nearest: Sequence[Array]) -> list[Array]:
    """The same with the first of them in the order that the service gives."""
    pairs = list(zip(rows, nearest, strict=True))
    bodies = [{"query": row.query, "documents": [row.passages[i] for i in order[:RERANKED]]} for row, order in pairs]
    found = []
    for order, answer in zip(nearest, ask(operation, bodies), strict=True):
        places = [result["index"] for result in answer["results"]]
        found.append(np.concatenate([order[places], order[RERANKED:]]))
    return found


def _hits(rows: Sequence[Ranked], orders: Sequence[Array]) -> Hits:
    return [np.isin(order, list(row.relevant)) for row, order in zip(rows, orders, strict=True)]


def reciprocal_rank(hits: Array) -> float:
    """1 / the rank of the first hit, or 0 if it is beyond the cut."""
    return float(1 / (1 + hits.argmax())) if hits[:CUT].any() else 0.0


def average_precision(hits: Array) -> float:
    return float(average_precision_score(hits, -np.arange(len(hits))))


_SCORES: dict[str, Callable[[Array], float]] = {f"MRR@{CUT}": reciprocal_rank, "MAP": average_precision}

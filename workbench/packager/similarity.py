"""Spearman's rank correlation of an embedding's cosines with people's scores of sentence pairs."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from modelet.predictor import Predictor
from modelet.tasks.embedding import Embedding
from workbench.progress import track

__all__ = ["Pair", "correlation", "read_pairs", "spearman"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences and how alike people found them."""

    first: str
    second: str
    score: float


def read_pairs(path: Path) -> list[Pair]:
    """Rows of a CSV file without a header. Raises ValueError naming the line that is no pair."""
    pairs = []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file), 1):
            try:
                first, second, score = row
                pairs.append(Pair(first, second, float(score)))
            except ValueError:
                raise ValueError(f"{path}, line {number}: must be sentence,sentence,score") from None
    if len({pair.score for pair in pairs}) < 2:
        raise ValueError(f"{path}: a rank correlation needs pairs of at least two different scores")
    return pairs


def correlation(predictor: Predictor[str, Embedding], pairs: Sequence[Pair], what: str) -> float:
    """Spearman's correlation on `pairs`; `what` names the progress bar."""
    cosines = []
    for pair in track(pairs, what, len(pairs)):
        first, second = predictor.predict([pair.first, pair.second])
        cosines.append(float(first.vector @ second.vector))
    return spearman(np.array(cosines), np.array([pair.score for pair in pairs]))


def spearman(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Pearson's correlation of the ranks, ties sharing their mean rank."""
    return float(np.corrcoef(_ranks(x), _ranks(y))[0, 1])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: NDArray[np.float64] = (last - (counts - 1) / 2)[inverse]
    return ranks

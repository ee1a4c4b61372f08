"""Spearman's rank correlation on sentence pairs (STS Benchmark, http://ixa2.si.ehu.eus/stswiki), beside fp32's."""

import csv
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from modelet.bundle import Bundle
from modelet.predictor import Predictor
from modelet.tasks.embedding import Embedding, TextOrIds
from workbench.packager.package import open_bundle, open_reference
from workbench.progress import track

__all__ = ["Pair", "Similarity", "evaluate", "read_pairs", "spearman"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences and how alike people found them."""

    first: str
    second: str
    score: float


@dataclass(frozen=True, slots=True)
class Similarity:
    """Spearman's correlation of cosines with people's scores: the bundle's, and its fp32 reference's."""

    pairs: int
    bundle: float
    reference: float


def evaluate(function: Path, data: Path) -> Similarity:
    """Both correlations on the CSV file `data` (sentence, sentence, score). Raises ValueError naming the line."""
    pairs = read_pairs(data)
    gold = np.array([pair.score for pair in pairs])
    with tempfile.TemporaryDirectory() as scratch:
        predictors = {
            "bundle": open_bundle(Bundle.load(function / "model")),
            "fp32": open_reference(function, Path(scratch)),
        }
        found = {name: spearman(_cosines(predictor, pairs, name), gold) for name, predictor in predictors.items()}
    return Similarity(len(pairs), found["bundle"], found["fp32"])


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
    return pairs


def spearman(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Pearson's correlation of the ranks, ties sharing their mean rank."""
    return float(np.corrcoef(_ranks(x), _ranks(y))[0, 1])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: NDArray[np.float64] = (last - (counts - 1) / 2)[inverse]
    return ranks


def _cosines(predictor: Predictor[TextOrIds, Embedding], pairs: Sequence[Pair], name: str) -> NDArray[np.float64]:
    cosines = []
    for pair in track(pairs, f"evaluating {name}", len(pairs)):
        first, second = predictor.predict([pair.first, pair.second])
        cosines.append(float(first.vector @ second.vector))
    return np.array(cosines)

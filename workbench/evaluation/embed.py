"""Spearman's rank correlation on sentence pairs (STS Benchmark, http://ixa2.si.ehu.eus/stswiki), beside fp32's."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from modelet.bundle import Bundle
from workbench.packager.package import open_bundle, open_reference
from workbench.packager.similarity import correlation, read_pairs

__all__ = ["Similarity", "evaluate"]


@dataclass(frozen=True, slots=True)
class Similarity:
    """Spearman's correlation of cosines with people's scores: the bundle's, and its fp32 reference's."""

    pairs: int
    bundle: float
    reference: float


def evaluate(function: Path, data: Path) -> Similarity:
    """Both correlations on the CSV file `data` (sentence, sentence, score). Raises ValueError naming the line."""
    pairs = read_pairs(data)
    with tempfile.TemporaryDirectory() as scratch:
        predictors = {
            "bundle": open_bundle(Bundle.load(function / "model")),
            "fp32": open_reference(function, Path(scratch)),
        }
        found = {name: correlation(predictor, pairs, f"evaluating {name}") for name, predictor in predictors.items()}
    return Similarity(len(pairs), found["bundle"], found["fp32"])

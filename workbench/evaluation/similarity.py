"""Spearman's rank correlation on sentence pairs, of the cosines that similarity answers."""

from collections.abc import Sequence

from workbench.evaluation.embed import correlation
from workbench.evaluation.metrics import Metric
from workbench.evaluation.services import AnyOperation, ask_each
from workbench.packager.similarity import Pair

__all__ = ["measure"]


def measure(operation: AnyOperation, rows: Sequence[Pair]) -> list[Metric]:
    inputs = [{"source_sentence": pair.first, "sentences": [pair.second]} for pair in rows]
    return [correlation([cosine for [cosine] in ask_each(operation, inputs)], rows)]

"""Language identification: how often the label is fastText's own."""

from collections.abc import Sequence

from workbench.evaluation.metrics import Metric, mean
from workbench.evaluation.services import AnyOperation, ask_each
from workbench.packager.languages import Identified

__all__ = ["measure"]


def measure(operation: AnyOperation, rows: Sequence[Identified]) -> list[Metric]:
    answers = ask_each(operation, [row.text for row in rows], top_k=1)
    pairs = zip(answers, rows, strict=True)
    return [mean("labels equal to fastText's", [best["label"] == row.label for [best], row in pairs])]

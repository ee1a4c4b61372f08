"""Zero-shot classification: what follows from what, and which of a set's labels a text deserves."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from functions.zeroshot.schema import MAX_LABELS
from workbench.evaluation.classification import classified, index_of
from workbench.evaluation.metrics import Metric, mean
from workbench.evaluation.services import AnyOperation, ask, in_groups
from workbench.progress import track
from workbench.training.examples import Classified

__all__ = ["measure"]

METHODS: Final = ("both", "entailment", "similarity")

Array = NDArray[Any]


def measure(operation: AnyOperation, rows: Sequence[Classified]) -> list[Metric]:
    """Of pairs, by the model itself; of texts, by each of the service's methods. Raises ValueError for many labels."""
    return _entailed(operation, rows) if len(rows[0].texts) == 2 else _labelled(operation, rows)


def _entailed(operation: AnyOperation, rows: Sequence[Classified]) -> list[Metric]:
    labels = operation.predictor.manifest.labels
    groups = in_groups([row.texts for row in rows])
    answers = [
        one for group in track(groups, "asking the model", len(groups)) for one in operation.predictor.predict(group)
    ]
    scores = np.array([answer.probabilities for answer in answers], np.float64)
    return classified(labels, scores, np.array([index_of(labels, row.label) for row in rows]))


def _labelled(operation: AnyOperation, rows: Sequence[Classified]) -> list[Metric]:
    labels = sorted({row.label for row in rows})
    if len(labels) > MAX_LABELS:
        raise ValueError(f"the rows have {len(labels)} labels; zeroshot takes at most {MAX_LABELS}")
    truth = np.array([labels.index(row.label) for row in rows])
    scores = _scores(operation, [row.texts[0] for row in rows], [label.replace("_", " ") for label in labels])
    right = {method: (scores[method].argmax(axis=1) == truth).astype(np.float64) for method in METHODS}
    return [
        *classified(labels, scores["both"], truth),
        mean("accuracy by entailment alone", right["entailment"]),
        mean("accuracy by similarity alone", right["similarity"], kept=False),
        mean("accuracy above similarity alone", right["both"] - right["similarity"], kept=False),
    ]


def _scores(operation: AnyOperation, texts: Sequence[str], labels: Sequence[str]) -> dict[str, Array]:
    """By method, [texts, labels]. A group is asked by all methods in turn, so that the cache knows its pairs."""
    bodies = [
        {"inputs": list(group), "parameters": {"candidate_labels": labels, "method": method}}
        for group in in_groups(texts)
        for method in METHODS
    ]
    answers = list(ask(operation, bodies))
    return {
        method: np.array([_in_order(one, labels) for group in answers[place :: len(METHODS)] for one in group])
        for place, method in enumerate(METHODS)
    }


def _in_order(answer: Sequence[dict[str, Any]], labels: Sequence[str]) -> list[float]:
    scores = {one["label"]: one["score"] for one in answer}
    return [scores[label] for label in labels]

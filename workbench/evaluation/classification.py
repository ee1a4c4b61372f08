"""Text classification: how often the likeliest label is right, what is refused, and what the scores are worth."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, roc_auc_score

from modelet.services.classification import FLAGGED
from workbench.evaluation.calibration import calibration_error
from workbench.evaluation.intervals import Indices
from workbench.evaluation.metrics import Metric, mean, out_of_scope_recall
from workbench.evaluation.services import AnyOperation, ask_each
from workbench.training.examples import Classified, Flagged

__all__ = ["classified", "index_of", "measure"]

OUT_OF_SCOPE = "out_of_scope"
PRECISION = 0.95  # of what is accepted, when out-of-scope recall is measured

Array = NDArray[Any]


def measure(operation: AnyOperation, rows: Sequence[Classified | Flagged]) -> list[Metric]:
    """Of a label for each text, or of what was judged of each text. Raises ValueError naming an unknown label."""
    labels = operation.predictor.manifest.labels
    if isinstance(rows[0], Flagged):
        flagged = [row for row in rows if isinstance(row, Flagged)]
        return _flags(labels, _scores(operation, [row.text for row in flagged]), [row.flags for row in flagged])
    single = [row for row in rows if isinstance(row, Classified)]
    truth = np.array([index_of(labels, row.label) for row in single])
    return classified(labels, _scores(operation, [row.texts[0] for row in single]), truth)


def _scores(operation: AnyOperation, texts: Sequence[str]) -> Array:
    """[texts, labels], in the order of the manifest."""
    labels = operation.predictor.manifest.labels
    answers = ask_each(operation, texts, top_k=len(labels))
    rows = [{one["label"]: one["score"] for one in answer} for answer in answers]
    return np.array([[row[label] for label in labels] for row in rows])


def index_of(labels: Sequence[str], label: str) -> int:
    if label not in labels:
        raise ValueError(f"{label!r} is none of the model's labels: {', '.join(labels[:20])}")
    return labels.index(label)


def classified(labels: Sequence[str], scores: Array, truth: Array) -> list[Metric]:
    """Of `scores` [texts, labels] that sum to 1, and `truth` [texts], indices of labels."""
    guess = scores.argmax(axis=1)
    right = guess == truth
    calibration = calibration_error(scores.max(axis=1), right.astype(np.float64))
    if OUT_OF_SCOPE in labels:
        return [*_in_and_out(scores, truth, labels.index(OUT_OF_SCOPE)), calibration]
    return [mean("accuracy", right), _macro_f1("macro F1", truth, guess), calibration]


def _in_and_out(scores: Array, truth: Array, outside_label: int) -> list[Metric]:
    """For intents: of queries that have one, and of those that have none and should be refused.

    A query is accepted by its best score of an intent. Of what is accepted, 95 % must have the right intent, or by the
    milder reading have one at all; where that is so of all queries, there is nothing to refuse and no figure.
    """
    outside = truth == outside_label
    in_scope = np.delete(scores, outside_label, axis=1)
    best = np.delete(np.arange(scores.shape[1]), outside_label)[in_scope.argmax(axis=1)]
    readings = {
        "out-of-scope recall where 95 % of the accepted are right": best == truth,
        "out-of-scope recall where 95 % of the accepted are in scope": ~outside,
    }
    right = scores.argmax(axis=1) == truth
    accuracy = [] if outside.all() else [mean("in-scope accuracy", right[~outside])]
    refusable = {name: good for name, good in readings.items() if outside.any() and good.mean() < PRECISION}
    return [*accuracy, *(_refusals(name, in_scope.max(axis=1), good, outside) for name, good in refusable.items())]


def _refusals(name: str, scores: Array, right: Array, outside: Array) -> Metric:
    def of(indices: Indices) -> float:
        return out_of_scope_recall(scores[indices], right[indices], outside[indices], PRECISION)

    return Metric(name, len(scores), of)


def _flags(labels: Sequence[str], scores: Array, flags: Sequence[dict[str, float]]) -> list[Metric]:
    """For each label that somebody judged: whether it holds where at least half say so."""
    judged: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row, given in zip(scores, flags, strict=True):
        for label, flag in given.items():
            judged[label].append((row[index_of(labels, label)], flag))
    tables = {label: np.array(pairs).T for label, pairs in judged.items()}
    every = np.concatenate(list(tables.values()), axis=1)
    found = [metric for label, (score, flag) in tables.items() for metric in _flag(label, score, flag >= FLAGGED)]
    return [*found, calibration_error(every[0], every[1])]


def _flag(label: str, scores: Array, truth: Array) -> list[Metric]:
    def area(indices: Indices) -> float:
        there = truth[indices]
        return float(roc_auc_score(there, scores[indices])) if there.any() and not there.all() else np.nan

    areas = [Metric(f"{label}: AUROC", len(truth), area)] if truth.any() and not truth.all() else []
    return [*areas, _macro_f1(f"{label}: macro F1 of flagged", truth, scores >= FLAGGED)]


def _macro_f1(name: str, truth: Array, guess: Array) -> Metric:
    labels = np.unique(truth)

    def of(indices: Indices) -> float:
        found = f1_score(truth[indices], guess[indices], labels=labels, average="macro", zero_division=0)
        return float(found)

    return Metric(name, len(truth), of)

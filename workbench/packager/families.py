"""The families of tasks as packaging sees them: what they read, and how the answers of two precisions compare."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelet.manifest import Check, TaskName
from modelet.tasks.activations import softmax
from modelet.tasks.classification import Classification
from modelet.tasks.embedding import Embedding, EmbeddingTask
from modelet.tasks.language_identification import LanguageIdentificationTask
from modelet.tasks.pair_classification import PairClassificationTask
from modelet.tasks.question_answering import QuestionAnsweringTask, Reading
from modelet.tasks.text_classification import TextClassificationTask
from modelet.tasks.token_classification import Tagging, TokenClassificationTask
from workbench.packager.pairs import in_context, neighbours
from workbench.packager.spec import GateSpec

__all__ = ["FAMILIES", "Family"]

ANSWER_TOKENS = 30  # of a span that answers a question, at most

Compare = Callable[[GateSpec, Sequence[Any], Sequence[Any]], list[Check]]


@dataclass(frozen=True)
class Family:
    """A family of tasks.

    `task` is the runtime's class, `items` makes what it reads out of texts, `numbers` are all of an answer,
    `by_label` whether their last axis is the labels', and `compare` makes the gate's lines of answers and fp32's.
    """

    task: type[Any]
    numbers: Callable[[Any], Sequence[NDArray[np.float32]]]
    compare: Compare
    items: Callable[[Sequence[str]], Sequence[Any]] = list
    by_label: bool = False


def _compare_embeddings(gate: GateSpec, answers: Sequence[Embedding], expected: Sequence[Embedding]) -> list[Check]:
    cosines = [float(a.vector @ e.vector) for a, e in zip(answers, expected, strict=True)]
    return [
        Check(name="mean cosine to fp32", value=float(np.mean(cosines)), limit=gate.mean_cosine),
        Check(name="minimum cosine to fp32", value=min(cosines), limit=gate.min_cosine),
    ]


def _compare_taggings(gate: GateSpec, answers: Sequence[Tagging], expected: Sequence[Tagging]) -> list[Check]:
    """Word by word rather than token by token: a word, the mean of its pieces, is the finest that the runtime shows."""
    return _compare_distributions(gate, *([one.probabilities for one in side] for side in (answers, expected)))


def _compare_classifications(
    gate: GateSpec, answers: Sequence[Classification], expected: Sequence[Classification]
) -> list[Check]:
    return _compare_distributions(gate, *([_distributions(one) for one in side] for side in (answers, expected)))


def _distributions(answer: Classification) -> NDArray[np.float32]:
    """One over all labels; where each is judged by itself, one of yes and no for each."""
    probabilities = answer.probabilities
    if answer.activation == "softmax":
        return probabilities[np.newaxis]
    return np.stack([probabilities, 1 - probabilities], axis=-1)


def _compare_distributions(
    gate: GateSpec, answers: Sequence[NDArray[np.float32]], expected: Sequence[NDArray[np.float32]]
) -> list[Check]:
    """Arrays [distributions, labels]."""
    same = [q.argmax(-1) == p.argmax(-1) for q, p in zip(answers, expected, strict=True)]
    return [
        Check(name="top label equal to fp32", value=float(np.concatenate(same).mean()), limit=gate.top_label),
        _divergence(gate, answers, expected),
    ]


def _compare_readings(gate: GateSpec, answers: Sequence[Reading], expected: Sequence[Reading]) -> list[Check]:
    """The likeliest span, whether or not it is likelier that there is none, and where spans start and end."""
    same = [_best(answer) == _best(reading) for answer, reading in zip(answers, expected, strict=True)]
    return [
        Check(name="best span equal to fp32", value=float(np.mean(same)), limit=gate.top_label),
        _divergence(gate, *([softmax(w.T) for one in side for w in one.logits] for side in (answers, expected))),
    ]


def _best(reading: Reading) -> list[tuple[int, int]]:
    spans, _ = reading.answers(1, ANSWER_TOKENS)
    return [(span.start, span.end) for span in spans]


def _divergence(
    gate: GateSpec, answers: Sequence[NDArray[np.float32]], expected: Sequence[NDArray[np.float32]]
) -> Check:
    """The mean Kullback-Leibler divergence of distributions [distributions, outcomes] from those of fp32."""
    pairs = ((q.astype(np.float64), p.astype(np.float64)) for q, p in zip(answers, expected, strict=True))
    found = [(p * (np.log(p + 1e-12) - np.log(q + 1e-12))).sum(axis=-1) for q, p in pairs]
    return Check(name="mean KL from fp32", value=float(np.concatenate(found).mean()), limit=gate.mean_kl, at_most=True)


def _logits(answer: Classification) -> Sequence[NDArray[np.float32]]:
    return [answer.logits]


FAMILIES: Mapping[TaskName, Family] = {
    "embedding": Family(EmbeddingTask, lambda answer: [answer.vector], _compare_embeddings),
    "text-classification": Family(TextClassificationTask, _logits, _compare_classifications, by_label=True),
    "language-identification": Family(LanguageIdentificationTask, _logits, _compare_classifications, by_label=True),
    "pair-classification": Family(
        PairClassificationTask, _logits, _compare_classifications, items=neighbours, by_label=True
    ),
    "token-classification": Family(
        TokenClassificationTask, lambda answer: [answer.probabilities], _compare_taggings, by_label=True
    ),
    "question-answering": Family(
        QuestionAnsweringTask, lambda answer: answer.logits, _compare_readings, items=in_context
    ),
}

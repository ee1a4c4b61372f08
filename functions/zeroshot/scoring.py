"""Entailment and similarity to one score for each label.

Each becomes the logarithm of the odds that the label is right; both together are their weighted sum. The weights make
a question's own intent likeliest among others, on those intents of CLINC150 that nothing was trained with
(`python benchmarks/zeroshot_weights.py`).
"""

from collections.abc import Sequence
from math import exp, log

__all__ = ["combined", "entailment_odds", "scores", "similarity_odds"]

ENTAILMENT_WEIGHT = 0.59
SIMILARITY_WEIGHT = 13.7
NEUTRAL_SIMILARITY = 0.21  # a cosine that says nothing of the label


def entailment_odds(logits: Sequence[float], entailment: int) -> float:
    """Of a text that entails its hypothesis; `logits` has the model's labels, `entailment` is one of them."""
    others = [logit for label, logit in enumerate(logits) if label != entailment]
    greatest = max(others)
    return logits[entailment] - greatest - log(sum(exp(logit - greatest) for logit in others))


def similarity_odds(cosine: float) -> float:
    return SIMILARITY_WEIGHT * (cosine - NEUTRAL_SIMILARITY)


def combined(entailed: Sequence[float], similar: Sequence[float]) -> list[float]:
    """The odds of both, or of the one that is there."""
    if not (entailed and similar):
        return [*entailed, *similar]
    return [ENTAILMENT_WEIGHT * one + other for one, other in zip(entailed, similar, strict=True)]


def scores(odds: Sequence[float], multi_label: bool) -> list[float]:
    """Probabilities of the labels of one text: of each by itself, or of one of them."""
    if multi_label:
        return [1 / (1 + exp(-one)) for one in odds]
    powers = [exp(one - max(odds)) for one in odds]
    total = sum(powers)
    return [power / total for power in powers]

"""The gate: what a bundle must reach, through the runtime's own predictor, to be written."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from modelet.manifest import Check, Manifest
from modelet.predictor import Predictor
from modelet.tasks.embedding import Embedding
from modelet.tasks.token_classification import Tagging
from workbench.packager.labelled import labelled_checks
from workbench.packager.spec import GateSpec, PackagerError
from workbench.progress import track

__all__ = ["TEXTS", "gate_texts", "run_gate"]

TEXTS = Path(__file__).parent / "texts"
GROUP = 32  # an answer is compared alone and in such a group


def gate_texts() -> list[str]:
    """The texts that ship for gating, none of which calibrates."""
    return (TEXTS / "gate.txt").read_text(encoding="utf-8").splitlines()


def run_gate(
    gate: GateSpec,
    candidate: Predictor[str, Any],
    reference: Predictor[str, Any] | None,
    folder: Path,
    texts: Sequence[str] | None = None,
) -> tuple[Check, ...]:
    """Every check that applies, passed or not, on `texts` (those that ship).

    `reference` is None where there is no other precision to compare with; the labelled file is looked for in `folder`.
    Raises PackagerError when the model has other labels than declared.
    """
    texts = gate_texts() if texts is None else texts
    alone = [candidate.predict([text])[0] for text in track(texts, "gate: answers alone", len(texts))]
    _check_labels(candidate.manifest, alone[0])
    checks = [Check(name="answers equal alone and among others", value=_invariance(candidate, texts, alone), limit=1.0)]
    if reference is not None:
        expected = [reference.predict([text])[0] for text in track(texts, "gate: fp32 reference", len(texts))]
        checks += _COMPARISONS[candidate.manifest.task](gate, alone, expected)
    if gate.labelled is not None:
        checks += labelled_checks(gate, candidate, reference, folder / gate.labelled)
    return tuple(checks)


def _invariance(predictor: Predictor[str, Any], texts: Sequence[str], alone: Sequence[Any]) -> float:
    """Share of texts whose answer among others, in another order, is the same to the last bit."""
    groups, same = _groups(texts), 0
    for group in track(groups, "gate: answers among others", len(groups)):
        answers = predictor.predict([texts[index] for index in group])
        same += sum(_bits(answer) == _bits(alone[index]) for index, answer in zip(group, answers, strict=True))
    return same / len(texts)


def _groups(texts: Sequence[str]) -> list[list[int]]:
    """All texts in another order, so many at a time."""
    order = random.Random(0).sample(range(len(texts)), len(texts))
    return [order[start : start + GROUP] for start in range(0, len(order), GROUP)]


def _check_labels(manifest: Manifest, answer: Embedding | Tagging) -> None:
    if isinstance(answer, Tagging) and answer.probabilities.shape[-1] != len(manifest.labels):
        columns = answer.probabilities.shape[-1]
        raise PackagerError(f"model.toml: labels has {len(manifest.labels)}, but the model gives {columns} columns")


def _bits(answer: Embedding | Tagging) -> bytes:
    return answer.vector.tobytes() if isinstance(answer, Embedding) else answer.probabilities.tobytes()


def _compare_embeddings(gate: GateSpec, answers: Sequence[Embedding], expected: Sequence[Embedding]) -> list[Check]:
    cosines = [float(a.vector @ e.vector) for a, e in zip(answers, expected, strict=True)]
    return [
        Check(name="mean cosine to fp32", value=float(np.mean(cosines)), limit=gate.mean_cosine),
        Check(name="minimum cosine to fp32", value=min(cosines), limit=gate.min_cosine),
    ]


def _compare_taggings(gate: GateSpec, answers: Sequence[Tagging], expected: Sequence[Tagging]) -> list[Check]:
    """Word by word rather than token by token: a word, the mean of its pieces, is the finest that the runtime shows."""
    p = np.concatenate([tagging.probabilities for tagging in expected]).astype(np.float64)
    q = np.concatenate([tagging.probabilities for tagging in answers]).astype(np.float64)
    divergence = (p * (np.log(p + 1e-12) - np.log(q + 1e-12))).sum(axis=-1)
    return [
        Check(name="top label equal to fp32", value=float((p.argmax(-1) == q.argmax(-1)).mean()), limit=gate.top_label),
        Check(name="mean KL from fp32", value=float(divergence.mean()), limit=gate.mean_kl, at_most=True),
    ]


Comparison = Callable[[GateSpec, Sequence[Any], Sequence[Any]], list[Check]]
_COMPARISONS: dict[str, Comparison] = {
    "embedding": _compare_embeddings,
    "token-classification": _compare_taggings,
}

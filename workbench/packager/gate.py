"""The gate: what a bundle must reach, through the runtime's own predictor, to be written."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelet.manifest import Check, Manifest
from modelet.predictor import Predictor
from modelet.tasks.embedding import Embedding
from modelet.tasks.token_classification import Tagging
from workbench.packager.spec import GateSpec, PackagerError
from workbench.progress import track

__all__ = ["TEXTS", "gate_texts", "run_gate"]

TEXTS = Path(__file__).parent / "texts"
GROUP = 32  # an answer is compared alone and among this many others


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

    `reference` is None for a ready-made model; labelled files are looked for in `folder`.
    """
    texts = gate_texts() if texts is None else texts
    alone = [candidate.predict([text])[0] for text in track(texts, "gate: answers alone", len(texts))]
    checks = [Check(name="answers equal alone and among others", value=_invariance(candidate, texts, alone), limit=1.0)]
    if reference is not None:
        expected = [reference.predict([text])[0] for text in track(texts, "gate: fp32 reference", len(texts))]
        checks += _COMPARISONS[candidate.manifest.task](gate, alone, expected)
    if gate.labelled is not None:
        checks += _labelled_checks(gate, candidate, folder / gate.labelled)
    return tuple(checks)


def _invariance(predictor: Predictor[str, Any], texts: Sequence[str], alone: Sequence[Any]) -> float:
    """Share of texts whose answer among others, in another order, is the same to the last bit."""
    order = random.Random(0).sample(range(len(texts)), len(texts))
    groups = [order[start : start + GROUP] for start in range(0, len(order), GROUP)]
    same = 0
    for group in track(groups, "gate: answers among others", len(groups)):
        answers = predictor.predict([texts[index] for index in group])
        same += sum(_bits(answer) == _bits(alone[index]) for index, answer in zip(group, answers, strict=True))
    return same / len(texts)


def _bits(answer: Embedding | Tagging) -> bytes:
    return answer.vector.tobytes() if isinstance(answer, Embedding) else answer.probabilities.tobytes()


def _compare_embeddings(gate: GateSpec, answers: Sequence[Embedding], expected: Sequence[Embedding]) -> list[Check]:
    cosines = [float(a.vector @ e.vector) for a, e in zip(answers, expected, strict=True)]
    return [
        Check(name="mean cosine to fp32", value=float(np.mean(cosines)), limit=gate.mean_cosine),
        Check(name="minimum cosine to fp32", value=min(cosines), limit=gate.min_cosine),
    ]


def _compare_taggings(gate: GateSpec, answers: Sequence[Tagging], expected: Sequence[Tagging]) -> list[Check]:
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


def _labelled_checks(gate: GateSpec, predictor: Predictor[str, Tagging], path: Path) -> list[Check]:
    """How many labelled spans have a word that the model takes for something, and how many other words it leaves."""
    touched: list[bool] = []
    left: list[NDArray[np.bool_]] = []
    for text, spans in _labelled(path):
        [tagging] = predictor.predict([text])
        found = ~_is_outside(predictor.manifest, tagging)
        inside = [(tagging.words[:, 0] < end) & (start < tagging.words[:, 1]) for start, end in spans]
        touched += [bool(found[mask].any()) for mask in inside]
        left.append(~found[~np.any(inside, axis=0)] if inside else ~found)
    return [
        Check(name="labelled spans found", value=sum(touched) / max(len(touched), 1), limit=gate.recall),
        Check(name="other words left alone", value=float(np.concatenate(left).mean()), limit=gate.specificity),
    ]


def _is_outside(manifest: Manifest, tagging: Tagging) -> NDArray[np.bool_]:
    result: NDArray[np.bool_] = tagging.probabilities.argmax(axis=-1) == manifest.labels.index("O")
    return result


def _labelled(path: Path) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        for row in rows:
            yield row["text"], [(span["start"], span["end"]) for span in row["spans"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PackagerError(
            f'{path}: must be a list of {{"text", "spans": [{{"start", "end"}}]}}: {error!r}'
        ) from error

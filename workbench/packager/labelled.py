"""The gate on a labelled file: the task's metric, and how much of fp32's it keeps."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from modelet.manifest import Check
from modelet.predictor import Predictor
from modelet.tasks.classification import Classification
from modelet.tasks.embedding import Embedding
from modelet.tasks.token_classification import Tagging
from workbench.packager.languages import Identified, agreement
from workbench.packager.languages import read_rows as read_identified
from workbench.packager.similarity import correlation, read_pairs
from workbench.packager.spec import GateSpec, PackagerError
from workbench.progress import track

__all__ = ["labelled_checks"]


class _Labelled(NamedTuple):
    text: str
    spans: Sequence[tuple[int, int]]


def labelled_checks(
    gate: GateSpec, candidate: Predictor[str, Any], reference: Predictor[str, Any] | None, path: Path
) -> list[Check]:
    """Each metric of the task on the file at `path`: at least its limit, and its share of the reference's if there is
    one. Embedding: a CSV of sentence,sentence,score; token classification: JSON of texts and spans; language
    identification: JSON of texts and labels.

    Raises PackagerError naming the row that is malformed, or the task that has no such file.
    """
    if candidate.manifest.task not in _METRICS:
        raise PackagerError(f"gate.labelled: only {', '.join(_METRICS)} have one, not {candidate.manifest.task}")
    read, measure = _METRICS[candidate.manifest.task]
    try:
        rows = read(path)
    except (OSError, ValueError) as error:
        raise PackagerError(f"gate.labelled: {error}") from error
    found = measure(candidate, rows, "gate: labelled texts")
    checks = [Check(name=name, value=value, limit=getattr(gate, limit)) for (name, limit), value in found.items()]
    if reference is not None:
        expected = measure(reference, rows, "gate: labelled texts in fp32")
        checks += [
            Check(name=f"{key[0]}, relative to fp32", value=_ratio(found[key], expected[key]), limit=gate.relative)
            for key in found
        ]
    return checks


def _ratio(value: float, reference: float) -> float:
    """Of a reference that gets nothing right no share can be lost."""
    return value / reference if reference > 0 else float(value >= reference)


Found = dict[tuple[str, str], float]  # by the metric's name and the field of GateSpec that limits it


def _similarity(predictor: Predictor[str, Embedding], rows: Sequence[Any], what: str) -> Found:
    return {("Spearman's correlation", "spearman"): correlation(predictor, rows, what)}


def _identification(predictor: Predictor[str, Classification], rows: Sequence[Identified], what: str) -> Found:
    return {("labels as fastText's", "agreement"): agreement(predictor, rows, what)}


def _detection(predictor: Predictor[str, Tagging], rows: Sequence[_Labelled], what: str) -> Found:
    """How many labelled spans have a word that the model takes for something, and how many other words it leaves."""
    outside = predictor.manifest.labels.index("O")
    touched: list[bool] = []
    left: list[NDArray[np.bool_]] = []
    for row in track(rows, what, len(rows)):
        [tagging] = predictor.predict([row.text])
        found = tagging.probabilities.argmax(axis=-1) != outside
        inside = [(tagging.words[:, 0] < end) & (start < tagging.words[:, 1]) for start, end in row.spans]
        touched += [bool(found[mask].any()) for mask in inside]
        left.append(~found[~np.any(inside, axis=0)] if inside else ~found)
    return {
        ("labelled spans found", "recall"): _share(np.array(touched, np.bool_)),
        ("other words left alone", "specificity"): _share(np.concatenate(left)),
    }


def _share(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean()) if hits.size else 1.0


def _read_spans(path: Path) -> list[_Labelled]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        found = [_Labelled(row["text"], [(span["start"], span["end"]) for span in row["spans"]]) for row in rows]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f'{path} must be a list of {{"text", "spans": [{{"start", "end"}}]}}: {error!r}') from error
    if not found:
        raise ValueError(f"{path} has no text")
    return found


_METRICS: dict[str, tuple[Callable[[Path], Sequence[Any]], Callable[..., Found]]] = {
    "embedding": (read_pairs, _similarity),
    "language-identification": (read_identified, _identification),
    "token-classification": (_read_spans, _detection),
}

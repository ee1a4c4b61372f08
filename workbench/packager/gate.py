"""The gate: what a bundle must reach, through the runtime's own predictor, to be written."""

import random
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelet.errors import InvalidInputError
from modelet.manifest import Check, Manifest
from modelet.predictor import Predictor
from workbench.packager.families import FAMILIES, Family
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
    candidate: Predictor[Any, Any],
    reference: Predictor[Any, Any] | None,
    folder: Path,
    texts: Sequence[str] | None = None,
) -> tuple[Check, ...]:
    """Every check that applies, passed or not, on `texts` (those that ship).

    `reference` is None where there is no other precision to compare with; the labelled file is looked for in `folder`.
    Raises PackagerError when the model has other labels than declared.
    """
    family = FAMILIES[candidate.manifest.task]
    items = _readable(candidate, family.items(gate_texts() if texts is None else texts))
    alone = [candidate.predict([item])[0] for item in track(items, "gate: answers alone", len(items))]
    numbers = [family.numbers(answer) for answer in alone]
    if family.by_label:
        _check_labels(candidate.manifest, numbers[0])
    same = _invariance(candidate, family, items, numbers)
    checks = [Check(name="answers equal alone and among others", value=same, limit=1.0)]
    if reference is not None:
        expected = [reference.predict([item])[0] for item in track(items, "gate: fp32 reference", len(items))]
        checks += family.compare(gate, alone, expected)
    if gate.labelled is not None:
        checks += labelled_checks(gate, candidate, reference, folder / gate.labelled)
    return tuple(checks)


def _readable(predictor: Predictor[Any, Any], items: Sequence[Any]) -> list[Any]:
    """Those items that a caller would get an answer to."""
    found = []
    for item in items:
        with suppress(InvalidInputError):
            predictor.check(item, "inputs")
            found.append(item)
    if not found:
        raise PackagerError("model.toml: limits.max_tokens is too small for any of the texts to gate with")
    return found


def _invariance(
    predictor: Predictor[Any, Any],
    family: Family,
    items: Sequence[Any],
    alone: Sequence[Sequence[NDArray[np.float32]]],
) -> float:
    """Share of items whose answer among others, in another order, is the same to the last bit."""
    groups, same = _groups(items), 0
    for group in track(groups, "gate: answers among others", len(groups)):
        answers = predictor.predict([items[index] for index in group])
        numbers = map(family.numbers, answers)
        same += sum(_bits(one) == _bits(alone[index]) for index, one in zip(group, numbers, strict=True))
    return same / len(items)


def _groups(items: Sequence[Any]) -> list[list[int]]:
    """All items in another order, so many at a time."""
    order = random.Random(0).sample(range(len(items)), len(items))
    return [order[start : start + GROUP] for start in range(0, len(order), GROUP)]


def _check_labels(manifest: Manifest, numbers: Sequence[NDArray[np.float32]]) -> None:
    if (columns := numbers[0].shape[-1]) != len(manifest.labels):
        raise PackagerError(f"model.toml: labels has {len(manifest.labels)}, but the model gives {columns} columns")


def _bits(numbers: Sequence[NDArray[np.float32]]) -> bytes:
    return b"".join(one.tobytes() for one in numbers)

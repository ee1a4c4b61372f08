"""Answers beside those of single precision, by the numbers."""

from collections.abc import Sequence

import numpy as np
import pytest

from modelet.manifest import Activation
from modelet.tasks.classification import Classification
from modelet.tasks.question_answering import Reading
from workbench.packager.families import FAMILIES
from workbench.packager.spec import GateSpec


def classification(logits: Sequence[float], activation: Activation) -> Classification:
    return Classification(np.array([logits], np.float32), activation, tokens=3, truncated=False)


def reading(start: int, end: int) -> Reading:
    """Three words of a letter; the tokens `start` and `end` stand out."""
    logits = np.zeros((3, 2), np.float32)
    logits[start, 0] = logits[end, 1] = 5
    offsets = np.array([[0, 1], [2, 3], [4, 5]])
    return Reading(offsets, [slice(0, 3)], [logits], null=8.0, tokens=8)


@pytest.mark.parametrize(
    ("activation", "top", "divergence"),
    [
        ("softmax", 0.5, 0.0616),  # 0.5987 became 0.3543, and so the other label is the top one
        ("sigmoid", 0.75, 0.0306),  # one of four, 0.6225, became 0.3775
    ],
)
def test_classifications(activation: Activation, top: float, divergence: float) -> None:
    expected = [classification([0.5, 0.1], activation), classification([1.0, -1.0], activation)]
    answers = [classification([-0.5, 0.1], activation), classification([1.0, -1.0], activation)]
    checks = FAMILIES["text-classification"].compare(GateSpec(), answers, expected)
    assert [check.name for check in checks] == ["top label equal to fp32", "mean KL from fp32"]
    assert [check.value for check in checks] == [top, pytest.approx(divergence, abs=1e-4)]


def test_readings() -> None:
    expected, answers = [reading(0, 1), reading(1, 2)], [reading(0, 1), reading(1, 1)]
    span, divergence = FAMILIES["question-answering"].compare(GateSpec(), answers, expected)
    assert (span.name, span.value) == ("best span equal to fp32", 0.5)
    # One of four distributions, in which 0.98670 and 0.00665 changed places.
    assert divergence.name == "mean KL from fp32"
    assert divergence.value == pytest.approx(1.2251, abs=1e-4)


def test_a_context_says_its_text() -> None:
    items = FAMILIES["question-answering"].items(["a", "b", "c"])
    assert items == [("a", "c a b"), ("b", "a b c"), ("c", "b c a")]

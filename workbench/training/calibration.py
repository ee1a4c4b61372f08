"""Scores that mean what they say: a temperature, or a slope and a shift for each label, folded into the head.

Temperature: Guo et al., 2017, https://arxiv.org/abs/1706.04599. Slope and shift: Platt, 1999. Both are found on rows
that nothing was trained on, by Newton's method on a convex loss.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from modelet.tasks.activations import sigmoid, softmax
from workbench.evaluation.calibration import expected_calibration_error
from workbench.training.objectives import IGNORED, OBJECTIVES, Encoded, Objective

__all__ = ["Calibration", "calibrate", "calibration_error"]

Array = NDArray[Any]
STEPS = 30
NOWHERE = -1e4  # a logit of what cannot be chosen


@dataclass(frozen=True)
class Calibration:
    """Logits become `slope` x logit + `shift`, each [columns] or one for all."""

    method: str
    slope: Array
    shift: Array


class _Choices(NamedTuple):
    """One of several: logits [choices, columns] and the index of the right one."""

    logits: Array
    right: Array

    def fit(self) -> Calibration:
        return Calibration(
            "temperature", np.array(_steepness(self.logits.astype(np.float64), self.right)), np.array(0.0)
        )

    def confidence(self) -> tuple[Array, Array]:
        chosen = self.logits.argmax(1)
        return softmax(self.logits).max(1), (chosen == self.right).astype(float)


class _Judgements(NamedTuple):
    """Each by itself: logits [rows, columns] and how far they hold, NaN where nobody judged."""

    logits: Array
    holds: Array

    def fit(self) -> Calibration:
        columns = zip(self.logits.T, self.holds.T, strict=True)
        lines = np.array([_line(z[~np.isnan(y)], y[~np.isnan(y)]) for z, y in columns])
        return Calibration("slope and shift", lines[:, 0], lines[:, 1])

    def confidence(self) -> tuple[Array, Array]:
        known = ~np.isnan(self.holds)
        return sigmoid(self.logits[known]), self.holds[known]


def calibrate(objective: Objective, outputs: Sequence[Array], encoded: Sequence[Encoded]) -> Calibration:
    """What makes the scores of these outputs as right as they are sure."""
    return _DECISIONS[type(objective)](outputs, encoded).fit()


def calibration_error(objective: Objective, outputs: Sequence[Array], encoded: Sequence[Encoded]) -> float:
    """How far scores are from how often they are right."""
    return expected_calibration_error(*_DECISIONS[type(objective)](outputs, encoded).confidence())


def _classified(outputs: Sequence[Array], encoded: Sequence[Encoded]) -> _Choices:
    return _Choices(np.stack(outputs), np.array([item.target[1] for item in encoded]))


def _tagged(outputs: Sequence[Array], encoded: Sequence[Encoded]) -> _Choices:
    targets = np.concatenate([item.target for item in encoded])
    return _Choices(np.concatenate(outputs)[targets != IGNORED], targets[targets != IGNORED])


def _answered(outputs: Sequence[Array], encoded: Sequence[Encoded]) -> _Choices:
    """Starts and ends, among the passage's tokens and the first one, which stands for no answer."""
    widest = max(map(len, outputs))
    logits, right = [], []
    for output, item in zip(outputs, encoded, strict=True):
        *sides, before, region = item.target
        for side in range(0 if region else 2):
            row = np.full(widest, NOWHERE)
            row[0], row[before : len(output) - 1] = output[0, side], output[before:-1, side]
            logits.append(row)
            right.append(sides[side][0])
    return _Choices(np.stack(logits), np.array(right))


def _flagged(outputs: Sequence[Array], encoded: Sequence[Encoded]) -> _Judgements:
    return _Judgements(np.stack(outputs), np.stack([item.target for item in encoded]))


def _ranked(outputs: Sequence[Array], encoded: Sequence[Encoded]) -> _Judgements:
    holds = [float(index in item.target) for item in encoded for index in range(len(item.sequences))]
    return _Judgements(np.stack(outputs), np.array(holds)[:, np.newaxis])


_DECISIONS: dict[Any, Callable[[Sequence[Array], Sequence[Encoded]], _Choices | _Judgements]] = {
    OBJECTIVES["classification"]: _classified,
    OBJECTIVES["tagging"]: _tagged,
    OBJECTIVES["answering"]: _answered,
    OBJECTIVES["flagging"]: _flagged,
    OBJECTIVES["ranking"]: _ranked,
}


def _steepness(z: Array, right: Array) -> Array:
    """The factor on the logits `z` [n, k] that makes the `right` ones likeliest, one row in n + 1 taken for a guess."""
    share = 1 / (len(z) + 1)
    guess = np.mean(z, axis=1, where=z > NOWHERE)
    wanted = (1 - share) * z[np.arange(len(z)), right] + share * guess
    factor: Array = np.ones(())
    for _ in range(STEPS):
        odds = softmax(factor * z)
        mean = (odds * z).sum(1)
        variance = (odds * (z - mean[:, np.newaxis]) ** 2).sum(1)
        step = (mean - wanted).mean() / max(variance.mean(), 1e-9)
        factor = np.asarray(np.clip(factor - step, factor / 2, factor * 2))
    return factor


def _line(logits: Array, holds: Array) -> tuple[float, float]:
    """Slope and shift of a logistic regression of `holds` (0 to 1) on one logit, with Platt's milder targets."""
    rows: Array = np.stack([logits.astype(np.float64), np.ones(len(logits))])
    positive = holds.sum()
    if not 0 < positive < len(holds):
        return 1.0, 0.0  # those of one kind tell nothing of the other
    high, low = (positive + 1) / (positive + 2), 1 / (len(holds) - positive + 2)
    targets = low + (high - low) * holds

    def loss(line: Array) -> float:
        z = line @ rows
        return float((np.logaddexp(0, z) - targets * z).sum())

    line: Array = np.zeros(2)
    for _ in range(STEPS):
        odds = sigmoid(line @ rows)
        curvature = (rows * (odds * (1 - odds))) @ rows.T + 1e-6 * np.eye(2)
        step = np.linalg.solve(curvature, rows @ (odds - targets))
        while loss(line - step) > loss(line) and np.abs(step).max() > 1e-9:
            step = step / 2
        line = line - step
    slope, shift = map(float, line)
    return (slope, shift) if slope > 0 else (1.0, 0.0)  # too few rows: an order is never turned round

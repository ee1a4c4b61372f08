"""Any number of labels at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from workbench.training.examples import Flagged
from workbench.training.objectives.base import Array, Encoded, Reader

__all__ = ["Flagging"]


@dataclass(frozen=True)
class Flagging(Reader):
    """Any number of labels at once: binary cross entropy over those that somebody judged."""

    metric: str = "mean AUROC"

    @property
    def columns(self) -> int:
        return len(self.labels)

    def encode(self, example: Flagged) -> Encoded:
        target = np.array([example.flags.get(label, np.nan) for label in self.labels], np.float32)
        return Encoded([self.ids(example.text)], target)

    def loss(self, logits: Tensor, batch: Sequence[Encoded]) -> Tensor:
        target = torch.from_numpy(np.stack([item.target for item in batch])).to(logits.device)
        known = ~target.isnan()
        losses = functional.binary_cross_entropy_with_logits(logits, target.nan_to_num(), reduction="none")
        return (losses * known).sum() / known.sum()

    def parts(self, outputs: Sequence[Array], encoded: Sequence[Encoded]) -> Array:
        return np.stack([np.stack(outputs), np.stack([item.target for item in encoded])], axis=1)

    def total(self, parts: Array) -> float:
        """The mean over those labels of which both kinds were judged; NaN where there is none."""
        areas = [
            _auroc(logits[~np.isnan(held)], held[~np.isnan(held)] > 0.5) for logits, held in parts.transpose(2, 1, 0)
        ]
        areas = [area for area in areas if not np.isnan(area)]
        return float(np.mean(areas)) if areas else float("nan")


def _auroc(scores: Array, positive: Array) -> float:
    """The chance that a positive scores above a negative; NaN where one kind is missing."""
    count, others = positive.sum(), (~positive).sum()
    if not count or not others:
        return float("nan")
    ranks = scores.argsort().argsort() + 1.0
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * others))

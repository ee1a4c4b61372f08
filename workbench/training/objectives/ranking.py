"""Passages in the order of their relevance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from workbench.training.examples import Ranked
from workbench.training.objectives.base import Array, Encoded, Reader

__all__ = ["Ranking"]


@dataclass(frozen=True)
class Ranking(Reader):
    """Passages that answer above those that do not: cross entropy over the passages of a query."""

    metric: str = "MRR"
    columns: int = 1

    def encode(self, example: Ranked) -> Encoded:
        return Encoded([self.ids(example.query, passage) for passage in example.passages], example.relevant)

    def loss(self, logits: Tensor, batch: Sequence[Encoded]) -> Tensor:
        losses = []
        for scores, item in zip(logits[:, 0].split([len(i.sequences) for i in batch]), batch, strict=True):
            relevant = torch.tensor(sorted(item.target), device=logits.device)
            losses.append(scores.logsumexp(0) - scores[relevant].logsumexp(0))
        return torch.stack(losses).mean()

    def parts(self, outputs: Sequence[Array], encoded: Sequence[Encoded]) -> Array:
        scores = iter(outputs)
        ranks = []
        for item in encoded:
            group = np.array([float(next(scores)[0]) for _ in item.sequences])
            order = (-group).argsort(kind="stable")
            ranks.append(1 / (1 + next(rank for rank, index in enumerate(order) if index in item.target)))
        return np.array(ranks)

"""One label of several."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from workbench.training.examples import Classified
from workbench.training.objectives.base import Array, Encoded, Reader

__all__ = ["Classification"]


@dataclass(frozen=True)
class Classification(Reader):
    """One label of several: cross entropy, or the divergence from what a teacher says."""

    smoothing: float = 0.05
    metric: str = "accuracy"

    @property
    def columns(self) -> int:
        return len(self.labels)

    def encode(self, example: Classified) -> Encoded:
        one_hot = np.eye(len(self.labels), dtype=np.float32)[self.labels.index(example.label)]
        target = one_hot * (1 - self.smoothing) + self.smoothing / len(self.labels)
        if example.soft is not None:
            target = np.array(example.soft, np.float32)
        return Encoded([self.ids(*example.texts)], (target, self.labels.index(example.label)))

    def loss(self, logits: Tensor, batch: Sequence[Encoded]) -> Tensor:
        target = torch.from_numpy(np.stack([item.target[0] for item in batch])).to(logits.device)
        return functional.cross_entropy(logits, target)

    def parts(self, outputs: Sequence[Array], encoded: Sequence[Encoded]) -> Array:
        return np.array([o.argmax() == item.target[1] for o, item in zip(outputs, encoded, strict=True)])

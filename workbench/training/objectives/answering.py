"""Where in a passage an answer stands."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from workbench.training.examples import Question
from workbench.training.objectives.base import Array, Encoded, Reader

__all__ = ["Answering"]


@dataclass(frozen=True)
class Answering(Reader):
    """Where an answer starts and ends, the first token standing for none.

    Where only a region is known, a start and an end anywhere in it count: the likelihood is summed over them.
    """

    metric: str = "exact spans"
    columns: int = 2

    def encode(self, example: Question) -> Encoded:
        question, passage = self.tokenizer.encode(example.question), self.tokenizer.encode(example.passage)
        question_ids = question.ids[: self.max_tokens // 3]
        room = self.max_tokens - self.tokenizer.pair_specials - len(question_ids)
        offsets = passage.offsets[:room]
        framed = self.tokenizer.frame(question_ids, passage.ids[:room])
        before = len(framed) - len(offsets) - 1
        starts, ends = [], []
        for span in (example.region,) if example.region is not None else example.answers:
            inside = [i for i, (a, b) in enumerate(offsets) if a < span.end and b > span.start]
            if not inside or offsets[inside[-1]][1] < span.end:
                continue
            chosen = inside if example.region is not None else [inside[0]]
            starts += [before + i for i in chosen]
            ends += [before + i for i in (inside if example.region is not None else [inside[-1]])]
        return Encoded([framed], (starts or [0], ends or [0], before, example.region is not None))

    def loss(self, logits: Tensor, batch: Sequence[Encoded]) -> Tensor:
        total = logits.new_zeros(())
        for side in range(2):
            allowed = torch.zeros(logits.shape[:2], dtype=torch.bool)
            open_ = torch.zeros(logits.shape[:2], dtype=torch.bool)
            for row, item in enumerate(batch):
                open_[row, 0] = True
                open_[row, item.target[2] : len(item.sequences[0]) - 1] = True
                allowed[row, item.target[side]] = True
            allowed, open_ = allowed.to(logits.device), open_.to(logits.device)
            scores = logits[..., side].float().masked_fill(~open_, -1e9)
            right = scores.masked_fill(~allowed, -1e9).logsumexp(1)
            total = total + (scores.logsumexp(1) - right).mean()
        return total / 2

    def parts(self, outputs: Sequence[Array], encoded: Sequence[Encoded]) -> Array:
        """Whether the span is right; NaN where only a region is known."""
        hits = []
        for output, item in zip(outputs, encoded, strict=True):
            starts, ends, before, region = item.target
            hit = _best_span(output, before) in set(zip(starts, ends, strict=True))
            hits.append(np.nan if region else float(hit))
        return np.array(hits)

    def total(self, parts: Array) -> float:
        known = parts[~np.isnan(parts)]
        return float(known.mean()) if known.size else 0.0


def _best_span(logits: Array, before: int, longest: int = 30) -> tuple[int, int]:
    starts, ends = logits[before:-1, 0], logits[before:-1, 1]
    scores = starts[:, None] + ends[None, :]
    allowed = np.triu(np.ones(scores.shape, bool)) & ~np.triu(np.ones(scores.shape, bool), longest)
    scores = np.where(allowed, scores, -np.inf)
    start, end = np.unravel_index(scores.argmax(), scores.shape)
    return (0, 0) if logits[0].sum() > scores.max() else (int(start) + before, int(end) + before)

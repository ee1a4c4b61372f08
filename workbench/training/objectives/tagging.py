"""Typed spans, as labels of words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from workbench.training.examples import Span, Tagged
from workbench.training.objectives.base import Array, Encoded, Reader

__all__ = ["IGNORED", "Tagging"]

IGNORED = -100  # a target that does not count, as torch's cross entropy has it


@dataclass(frozen=True)
class Tagging(Reader):
    """BIO labels of a text's words, on every piece of them, since the runtime takes a word for its pieces' mean."""

    metric: str = "span F1"

    @property
    def columns(self) -> int:
        return len(self.labels)

    def encode(self, example: Tagged) -> Encoded:
        encoding = self.tokenizer.encode(example.text)
        room = self.max_tokens - self.tokenizer.specials
        tags = self._tags(encoding.offsets, encoding.words, example.spans)[:room]
        framed = self.tokenizer.frame(encoding.ids[:room])
        target = np.full(len(framed), IGNORED, np.int64)
        first = len(self.tokenizer.frame([])) - 1  # one special token ends the sequence
        target[first : first + len(tags)] = tags
        return Encoded([framed], target)

    def _tags(
        self, offsets: Sequence[tuple[int, int]], words: Sequence[int | None], spans: Sequence[Span]
    ) -> list[int]:
        starts: dict[int | None, int] = {}
        for (start, _), word in zip(offsets, words, strict=True):
            starts.setdefault(word, start)
        tags = []
        for word in words:
            start = starts[word]
            inside = next((span for span in spans if span.start <= start < span.end), None)
            if inside is None:
                tags.append(self.labels.index("O"))
                continue
            before = (s for s in starts.values() if inside.start <= s < start)
            prefix = "I" if next(before, None) is not None else "B"
            tags.append(self.labels.index(f"{prefix}-{inside.type}"))
        return tags

    def loss(self, logits: Tensor, batch: Sequence[Encoded]) -> Tensor:
        target = torch.full(logits.shape[:2], IGNORED, device=logits.device)
        for row, item in enumerate(batch):
            target[row, : len(item.target)] = torch.from_numpy(item.target)
        return functional.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=IGNORED)

    def parts(self, outputs: Sequence[Array], encoded: Sequence[Encoded]) -> Array:
        counts = []
        for output, item in zip(outputs, encoded, strict=True):
            known = item.target != IGNORED
            truth = self._spans(item.target[known])
            guess = self._spans(output[known].argmax(-1))
            counts.append((len(truth & guess), len(guess), len(truth)))
        return np.array(counts)

    def total(self, parts: Array) -> float:
        right, found, there = parts.sum(0)
        return float(2 * right / max(found + there, 1))

    def _spans(self, tags: Array) -> set[tuple[int, int, str]]:
        spans: list[list[Any]] = []
        open_ = ""
        for position, tag in enumerate(tags):
            prefix, _, type_ = self.labels[tag].partition("-")
            if prefix == "I" and type_ == open_:
                spans[-1][1] = position
            elif prefix != "O" and not (prefix == "B" and spans and type_ == open_ and tags[position - 1] == tag):
                spans.append([position, position, type_])
            elif prefix == "B":
                spans[-1][1] = position  # another piece of the same first word
            open_ = type_ if prefix != "O" else ""
        return {(a, b, c) for a, b, c in spans}

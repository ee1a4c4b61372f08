"""What an objective is, and how all of them read texts."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from modelet.tokenizer import TextTokenizer, fit_pair

__all__ = ["Array", "Encoded", "Objective", "Reader"]

Array = NDArray[Any]


class Encoded(NamedTuple):
    """An example as the network reads it: the sequences of ids that belong together, and what is to be found."""

    sequences: list[NDArray[np.int64]]
    target: Any

    @property
    def size(self) -> int:
        """Tokens."""
        return sum(map(len, self.sequences))


class Objective(Protocol):
    """`metric` is what training watches, on the part of the training data that is held out: more is better.

    It is the `total` of `parts` [examples, ...], a row for each example, so that it can be had of any of them.
    """

    @property
    def metric(self) -> str: ...
    @property
    def columns(self) -> int: ...

    def encode(self, example: Any) -> Encoded: ...
    def loss(self, logits: Tensor, batch: Sequence[Encoded]) -> Tensor: ...
    def parts(self, outputs: Sequence[Array], encoded: Sequence[Encoded]) -> Array: ...
    def total(self, parts: Array) -> float: ...
    def score(self, outputs: Sequence[Array], encoded: Sequence[Encoded]) -> float: ...


@dataclass(frozen=True)
class Reader(ABC):
    """How the objectives read texts; `labels` are in the order of the columns."""

    labels: tuple[str, ...]
    tokenizer: TextTokenizer
    max_tokens: int

    @abstractmethod
    def parts(self, outputs: Sequence[Array], encoded: Sequence[Encoded]) -> Array:
        """See `Objective`."""

    def total(self, parts: Array) -> float:
        return float(parts.mean())

    def score(self, outputs: Sequence[Array], encoded: Sequence[Encoded]) -> float:
        return self.total(self.parts(outputs, encoded))

    def ids(self, first: str, second: str | None = None) -> NDArray[np.int64]:
        """One text, or a pair, as the runtime reads it."""
        a = self.tokenizer.encode(first).ids
        if second is None:
            return self.tokenizer.frame(a[: self.max_tokens - self.tokenizer.specials])
        b = self.tokenizer.encode(second).ids
        return self.tokenizer.frame(*fit_pair(a, b, self.max_tokens - self.tokenizer.pair_specials))

"""Embeddings: a text, or its token ids, to one vector of unit length."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelet.errors import InvalidInputError
from modelet.inputs import TextOrIds
from modelet.tasks.base import EXAMPLE, OBJECT, Output, Prepared, TextTask

__all__ = ["Embedding", "EmbeddingTask"]


@dataclass(frozen=True, slots=True)
class Embedding:
    """A float32 vector [dimensions] of length 1, and the tokens that were read for it."""

    vector: NDArray[np.float32]
    tokens: int
    truncated: bool

    @property
    def size(self) -> int:
        return self.vector.nbytes + OBJECT

    def cosine(self, other: "Embedding") -> float:
        """How near the two are, -1 to 1; in double precision and for one pair, so that nothing else decides it."""
        return float(np.clip(self.vector.astype(np.float64) @ other.vector.astype(np.float64), -1, 1))


class EmbeddingTask(TextTask[TextOrIds]):
    """Pooling and normalisation are inside the graph. Texts are cut at the manifest's `max_tokens`."""

    name = "embedding"
    example: TextOrIds = EXAMPLE

    def check(self, item: TextOrIds, field: str) -> None:
        last = self._tokenizer.vocabulary - 1
        if not isinstance(item, str) and not 0 <= min(item) <= max(item) <= last:
            raise InvalidInputError(field, f"token ids must be in 0..{last}")

    def preprocess(self, item: TextOrIds) -> Prepared[bool]:
        ids = self._tokenizer.encode(item).ids if isinstance(item, str) else self._tokenizer.without_specials(item)
        return Prepared(len(ids) > self._room, [self._tokenizer.frame(ids[: self._room])])

    def postprocess(self, prepared: Prepared[bool], outputs: Sequence[Output]) -> Embedding:
        vector = outputs[0]
        vector.flags.writeable = False  # the cache hands out the same array again
        return Embedding(vector, prepared.tokens, truncated=prepared.read)

    def fingerprint(self, item: TextOrIds) -> tuple[bytes, ...]:
        return (b"text", item.encode()) if isinstance(item, str) else (b"ids", np.array(item, np.int64).tobytes())

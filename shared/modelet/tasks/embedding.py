"""Embeddings: a text, or its token ids, to one vector of unit length."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelet.inputs import TextOrIds
from modelet.manifest import Manifest
from modelet.predictor import Prepared
from modelet.tokenizer import Encoding, TextTokenizer

__all__ = ["Embedding", "EmbeddingTask"]


@dataclass(frozen=True, slots=True)
class Embedding:
    """A float32 vector [dimensions] of length 1, and the tokens that were read for it."""

    vector: NDArray[np.float32]
    tokens: int


class EmbeddingTask:
    """Pooling and normalisation are inside the graph. Texts are cut at the manifest's `max_tokens`."""

    name = "embedding"

    def __init__(self, manifest: Manifest, tokenizer: TextTokenizer) -> None:
        self._tokenizer = tokenizer
        self._room = manifest.limits.max_tokens - tokenizer.specials

    def preprocess(self, item: TextOrIds) -> Prepared:
        if isinstance(item, str):
            encoding = self._tokenizer.encode(item)
        else:
            encoding = Encoding(self._tokenizer.without_specials(item))
        return Prepared(encoding, [self._tokenizer.frame(encoding.ids[: self._room])])

    def postprocess(self, prepared: Prepared, outputs: Sequence[NDArray[np.float32]]) -> Embedding:
        vector = outputs[0]
        vector.flags.writeable = False  # the cache hands out the same array again
        return Embedding(vector, len(prepared.sequences[0]))

    def fingerprint(self, item: TextOrIds) -> bytes:
        return b"text" + item.encode() if isinstance(item, str) else b"ids" + np.array(item, np.int64).tobytes()

    def size(self, answer: Embedding) -> int:
        return answer.vector.nbytes + 256

"""Token classification: each word of a text of any length with a probability for every label.

Labels are BIO (Ramshaw and Marcus, 1995): `B-X` begins a span of type X, `I-X` continues it, `O` is outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from modelet.errors import BundleError
from modelet.manifest import Manifest
from modelet.predictor import Prepared
from modelet.tokenizer import Encoding, TextTokenizer, windows

__all__ = ["Tagging", "TokenClassificationTask"]


@dataclass(frozen=True, slots=True)
class Tagging:
    """Words of a text and what the model takes them for.

    `words` [words, 2] are [start, end) in Unicode code points; `probabilities` [words, labels] are in the order of
    the manifest's labels, each the mean over the word's pieces; `tokens` is what the model read.
    """

    words: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    tokens: int


class TokenClassificationTask:
    """Texts longer than the model reads are cut into windows that overlap; nothing is dropped."""

    name = "token-classification"

    def __init__(self, manifest: Manifest, tokenizer: TextTokenizer) -> None:
        self._tokenizer = tokenizer
        self._size = manifest.limits.max_tokens - tokenizer.specials
        self._overlap = manifest.limits.overlap
        if self._size <= self._overlap:
            raise BundleError(f"{manifest.id}: windows of {self._size} tokens cannot overlap by {self._overlap}")

    def preprocess(self, item: str) -> Prepared:
        encoding = self._tokenizer.encode(item)
        return Prepared(encoding, [self._tokenizer.frame(encoding.ids[w]) for w in self._windows(encoding)])

    def postprocess(self, prepared: Prepared, outputs: Sequence[NDArray[np.float32]]) -> Tagging:
        encoding = prepared.encoding
        rows = [self._tokenizer.unframe(output) for output in outputs]
        logits = _merge(rows, list(self._windows(encoding)))
        words, probabilities = _by_word(encoding, _softmax(logits))
        return Tagging(words, probabilities, sum(map(len, prepared.sequences)))

    def fingerprint(self, item: str) -> bytes:
        return item.encode()

    def size(self, answer: Tagging) -> int:
        return answer.words.nbytes + answer.probabilities.nbytes + 256

    def _windows(self, encoding: Encoding) -> Sequence[slice]:
        return list(windows(len(encoding.ids), self._size, self._overlap))


def _merge(rows: Sequence[NDArray[np.float32]], slices: Sequence[slice]) -> NDArray[np.float32]:
    """One row for each token, from the window in which it has more context: overlaps are halved."""
    cuts = [(left.stop + right.start) // 2 for left, right in pairwise(slices)]
    bounds = zip([0, *cuts], [*cuts, slices[-1].stop], strict=True)
    return np.concatenate([r[a - w.start : b - w.start] for r, w, (a, b) in zip(rows, slices, bounds, strict=True)])


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: NDArray[np.float32] = powers / powers.sum(axis=-1, keepdims=True)
    return result


def _by_word(encoding: Encoding, probabilities: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Offsets [words, 2] of the words, and the mean [words, labels] of their pieces' probabilities."""
    words = np.array(encoding.words, np.int64)
    offsets = np.array(encoding.offsets, np.int64).reshape(-1, 2)
    if not words.size:
        return offsets, probabilities
    first = np.flatnonzero(np.diff(words, prepend=-1))
    last = np.append(first[1:], words.size)
    pieces = (last - first).astype(np.float32)[:, np.newaxis]
    means: NDArray[np.float32] = np.divide(np.add.reduceat(probabilities, first), pieces, dtype=np.float32)
    return np.stack([offsets[first, 0], offsets[last - 1, 1]], axis=1), means

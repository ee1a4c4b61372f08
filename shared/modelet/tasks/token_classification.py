"""Token classification: each word of a text of any length with a probability for every label.

Labels are BIO (Ramshaw and Marcus, 1995): `B-X` begins a span of type X, `I-X` continues it, `O` is outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from modelet.tasks.activations import softmax
from modelet.tasks.base import EXAMPLE, OBJECT, Output, Prepared, TextTask, Windowed
from modelet.tokenizer import Encoding, windows

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
    truncated: bool = False

    @property
    def size(self) -> int:
        return self.words.nbytes + self.probabilities.nbytes + OBJECT


class TokenClassificationTask(TextTask[str]):
    """Texts longer than the model reads are cut into windows that overlap; nothing is dropped."""

    name = "token-classification"
    example = EXAMPLE

    def preprocess(self, item: str) -> Prepared[Windowed]:
        encoding = self._tokenizer.encode(item)
        read = list(windows(len(encoding.ids), self._room, self._overlap))
        return Prepared(Windowed(encoding, read), [self._tokenizer.frame(encoding.ids[one]) for one in read])

    def postprocess(self, prepared: Prepared[Windowed], outputs: Sequence[Output]) -> Tagging:
        encoding, read = prepared.read
        rows = [self._tokenizer.unframe(o, one.stop - one.start) for one, o in zip(read, outputs, strict=True)]
        words, probabilities = _by_word(encoding, softmax(_merge(rows, read)))
        return Tagging(words, probabilities, prepared.tokens)


def _merge(rows: Sequence[NDArray[np.float32]], slices: Sequence[slice]) -> NDArray[np.float32]:
    """One row for each token, from the window in which it has more context: overlaps are halved."""
    cuts = [(left.stop + right.start) // 2 for left, right in pairwise(slices)]
    bounds = zip([0, *cuts], [*cuts, slices[-1].stop], strict=True)
    return np.concatenate([r[a - w.start : b - w.start] for r, w, (a, b) in zip(rows, slices, bounds, strict=True)])


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

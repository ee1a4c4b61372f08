"""Text to token ids, by a tokenizer.json on disk; padding off, truncation and windows our own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from modelet.errors import BundleError

__all__ = ["Encoding", "TextTokenizer", "fit_pair", "windows"]


@dataclass(frozen=True, slots=True)
class Encoding:
    """A text's tokens without the special ones.

    `offsets` are each token's [start, end) in Unicode code points, `words` the number of the word it is a piece of.
    """

    ids: Sequence[int]
    offsets: Sequence[tuple[int, int]] = ()
    words: Sequence[int | None] = ()


class TextTokenizer:
    """A Hugging Face `tokenizers` file. Whatever padding or truncation it was saved with is turned off.

    A text that says "[SEP]" has that token, as everywhere; with `verbatim` it has none but pieces of ordinary words.
    """

    def __init__(self, path: Path, *, verbatim: bool = False) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # tokenizers raises bare Exception
            raise BundleError(f"{path} is not a tokenizer: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._tokenizer.encode_special_tokens = verbatim
        self._prefix, _, self._suffix = self._specials_around("a")
        # What was saved without a template for pairs puts nothing between them: they could not be told apart.
        self._middle = self._specials_around("a", "a")[1] or self._suffix

    def _specials_around(self, text: str, pair: str | None = None) -> tuple[list[int], list[int], list[int]]:
        """Special tokens before, between and after the texts."""
        probe = self._tokenizer.encode(text, pair)
        first = probe.special_tokens_mask.index(0)
        last = len(probe.ids) - probe.special_tokens_mask[::-1].index(0)
        inner = zip(probe.ids[first:last], probe.special_tokens_mask[first:last], strict=True)
        return probe.ids[:first], [token for token, special in inner if special], probe.ids[last:]

    @property
    def vocabulary(self) -> int:
        """Number of token ids."""
        return self._tokenizer.get_vocab_size()

    @property
    def specials(self) -> int:
        """Special tokens added around one sequence."""
        return len(self._prefix) + len(self._suffix)

    @property
    def pair_specials(self) -> int:
        """Special tokens added around and between a pair of sequences."""
        return self.specials + len(self._middle)

    def encode(self, text: str) -> Encoding:
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        return Encoding(encoded.ids, encoded.offsets, encoded.word_ids)

    def frame(self, ids: Sequence[int], second: Sequence[int] | None = None) -> NDArray[np.int64]:
        """Model input [tokens]: `ids`, or a pair of sequences, between the special tokens."""
        pair = () if second is None else (*self._middle, *second)
        return np.array([*self._prefix, *ids, *pair, *self._suffix], dtype=np.int64)

    def unframe(self, output: NDArray[np.float32], count: int) -> NDArray[np.float32]:
        """The rows of a per-token output [tokens, ...] that belong to the last text, which has `count` tokens."""
        end = len(output) - len(self._suffix)
        return output[end - count : end]

    def without_specials(self, ids: Sequence[int]) -> Sequence[int]:
        """`ids` less the special tokens that may already frame them."""
        first, last = len(self._prefix), len(ids) - len(self._suffix)
        framed = first <= last and list(ids[:first]) == self._prefix and list(ids[last:]) == self._suffix
        return ids[first:last] if framed else ids


def windows(length: int, size: int, overlap: int) -> Iterator[slice]:
    """Slices that cover `range(length)`, each at most `size` long, neighbours sharing `overlap`."""
    start = 0
    while start + size < length:
        yield slice(start, start + size)
        start += size - overlap
    yield slice(start, length)


def fit_pair(first: Sequence[int], second: Sequence[int], room: int) -> tuple[Sequence[int], Sequence[int]]:
    """A pair in at most `room` tokens: the second text is cut, the first only where it takes more than half of it."""
    kept = first[: max(room // 2, room - len(second))]
    return kept, second[: room - len(kept)]

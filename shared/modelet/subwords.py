"""Words and character n-grams of a text, hashed to feature numbers as fastText does.

Bojanowski et al., 2017, https://arxiv.org/abs/1607.04606; the rules are those of fastText 0.9.2, src/dictionary.cc.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, field_validator

from modelet.errors import BundleError

__all__ = ["FEATURES_FILE", "Features", "SubwordHasher"]

FEATURES_FILE = "features.json"

END_OF_LINE, LABEL = "</s>", "__label__"  # marks of fastText's own, the first a word of every line
SEPARATOR = b"\n"  # of words, where their n-grams end
CHARACTER = 4  # bytes in UTF-8, at most
FNV_OFFSET, FNV_PRIME = np.uint32(2_166_136_261), np.uint32(16_777_619)


class Features(BaseModel):
    """What a model knows: feature w is `words[w]`, feature `len(words) + n` the n-grams that hash to `ngrams[n]`.

    N-grams have `minn` to `maxn` characters, those that begin and end a word included; hashes are modulo `bucket`, and
    `ngrams` ascend.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    minn: int = Field(ge=2)
    maxn: PositiveInt
    bucket: PositiveInt
    words: list[str]
    ngrams: list[int] = Field(min_length=1)

    @field_validator("words")
    @classmethod
    def _lines_end(cls, words: list[str]) -> list[str]:
        if END_OF_LINE not in words:
            raise ValueError(f"must have {END_OF_LINE}, the one feature of a text that has no other")
        return words


class SubwordHasher:
    """Texts to feature numbers, by the features file of a bundle."""

    def __init__(self, path: Path) -> None:
        try:
            features = Features.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise BundleError(f"{path} is not a features file: {error}") from error
        self._sizes = range(features.minn, features.maxn + 1)
        self._bucket = features.bucket
        self._words = {word.encode(): number for number, word in enumerate(features.words)}
        self._end = features.words.index(END_OF_LINE)
        self._ngrams = np.array(features.ngrams, np.uint32)

    def features(self, text: str) -> NDArray[np.int64]:
        """Numbers of the features of `text`, each as often as it occurs. All of it is one line."""
        words = [word for word in text.encode().replace(b"\0", b" ").split() if not _is_mark(word)]
        known = [self._end, *(self._words[word] for word in words if word in self._words)]
        buckets = np.concatenate(list(self._hashes(words))) % self._bucket
        at = np.minimum(np.searchsorted(self._ngrams, buckets), len(self._ngrams) - 1)
        ngrams = len(self._words) + at[self._ngrams[at] == buckets]
        return np.concatenate([np.array(known, np.int64), ngrams])

    def _hashes(self, words: Sequence[bytes]) -> Iterator[NDArray[np.uint32]]:
        """FNV-1a of the n-grams of all words, an array for each size; character by character for all at once."""
        longest = self._sizes[-1]
        room = SEPARATOR * (longest + CHARACTER)  # what n-grams that begin at the last character may look at
        data = np.frombuffer(SEPARATOR.join(b"<%b>" % word for word in words) + room, np.uint8)
        begins = np.flatnonzero((data & 0xC0) != 0x80)
        lengths = np.diff(begins, append=len(data))
        signed = data.view(np.int8).astype(np.int32).view(np.uint32)  # as fastText, whose bytes are signed, has them
        count = len(begins) - len(room)
        hashes, inside = np.full(count, FNV_OFFSET), np.ones(count, np.bool_)
        for size in range(1, longest + 1):
            at, length = begins[size - 1 :][:count], lengths[size - 1 :][:count]
            inside &= data[at] != ord(SEPARATOR)
            for byte in range(lengths.max()):
                hashes = np.where(byte < length, (hashes ^ signed[at + byte]) * FNV_PRIME, hashes)
            if size in self._sizes:
                yield hashes[inside]


def _is_mark(word: bytes) -> bool:
    return word == END_OF_LINE.encode() or word.startswith(LABEL.encode())

"""fastText's model files, as quantised classifiers of texts are saved.

The format is that of fastText 0.9.2, version 12 (https://github.com/facebookresearch/fastText, src/fasttext.cc): the
arguments, the dictionary, the input matrix and the output matrix, little-endian. The input is product-quantised
(Jégou et al., 2011), each row's norm apart, and its features are words and their character n-grams.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["FastText", "Quantized"]

MAGIC, VERSION = 793_712_314, 12
CENTROIDS = 256  # of one quantiser: a code is a byte
LABEL_PREFIX = "__label__"
_ARGUMENTS = ("dim", "ws", "epoch", "minCount", "neg", "wordNgrams", "loss", "model", "bucket", "minn", "maxn")
# Of all that fastText can save, what its language identification is.
_READ_HERE: Final = {"wordNgrams": 1, "loss": 1, "model": 3}  # loss 1 is hierarchical softmax, model 3 a classifier


@dataclass(frozen=True, slots=True)
class Quantized:
    """Row r of a matrix [rows, dim] is `centroids[p, codes[r, p]]` for each part p, one after the other, times
    `norms[r]`; codes [rows, parts], centroids [parts, 256, dim / parts], norms [rows]."""

    codes: NDArray[np.uint8]
    centroids: NDArray[np.float32]
    norms: NDArray[np.float32]

    def rows(self, numbers: NDArray[np.int64]) -> Self:
        """The matrix of these rows, in this order."""
        return type(self)(self.codes[numbers], self.centroids, self.norms[numbers])


@dataclass(frozen=True, slots=True)
class FastText:
    """A classifier: rows of `input` are the words', then those of the n-grams that were kept, by ascending hash bucket.

    `counts` says how often each label was seen; `output` [labels, dim] holds a vector for each inner node of the tree
    that they make, and one more that is never used.
    """

    minn: int
    maxn: int
    bucket: int
    words: list[str]
    labels: list[str]
    counts: list[int]
    ngrams: NDArray[np.int32]
    input: Quantized
    output: NDArray[np.float32]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file at `path`. Raises ValueError that says what it is instead, or what is wrong with it."""
        reader = _Reader(path.read_bytes())
        if reader.numbers("ii") != (MAGIC, VERSION):
            raise ValueError(f"is not a fastText model of version {VERSION}")
        arguments = dict(zip(_ARGUMENTS, reader.numbers("11i"), strict=True))
        if other := [f"{name} {arguments[name]}" for name, value in _READ_HERE.items() if arguments[name] != value]:
            raise ValueError(f"has {', '.join(other)}; only {_READ_HERE} is read")
        reader.numbers("id")  # of training alone
        entries, ngrams = _dictionary(reader)
        words = [entry for entry, _, is_label in entries if not is_label]
        labels = [entry.removeprefix(LABEL_PREFIX) for entry, _, is_label in entries if is_label]
        table, output = _quantized(reader), _output(reader)
        if (rows := len(table.codes)) != (features := len(words) + len(ngrams)) or len(output) != len(labels):
            raise ValueError(f"has {rows} rows for {features} features, and {len(output)} for {len(labels)} labels")
        ascending = np.argsort(ngrams)
        return cls(
            **{name: arguments[name] for name in ("minn", "maxn", "bucket")},
            words=words,
            labels=labels,
            counts=[count for _, count, is_label in entries if is_label],
            ngrams=ngrams[ascending],
            input=table.rows(np.concatenate([np.arange(len(words)), len(words) + ascending])),
            output=output,
        )


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def numbers(self, form: str) -> tuple[Any, ...]:
        form = f"<{form}"
        return struct.unpack(form, self._take(struct.calcsize(form)))

    def array(self, dtype: str, *shape: int) -> NDArray[Any]:
        kind = np.dtype(dtype)
        return np.frombuffer(self._take(int(np.prod(shape)) * kind.itemsize), kind).reshape(shape)

    def string(self) -> str:
        end = self._content.find(b"\0", self._at)
        text = self._take(end - self._at if end >= 0 else len(self._content) + 1)
        self._at += 1
        return text.decode("utf-8")

    def _take(self, size: int) -> bytes:
        found = self._content[self._at : self._at + size] if size >= 0 else b""
        if len(found) != size:
            raise ValueError(f"ends after {len(self._content)} bytes, in the middle")
        self._at += size
        return found


def _dictionary(reader: _Reader) -> tuple[list[tuple[str, int, bool]], NDArray[np.int32]]:
    """Each entry's text, count and whether it is a label; and the hash buckets of the n-grams kept, by their rows."""
    size, _, _ = reader.numbers("3i")
    _, kept = reader.numbers("2q")
    if kept < 0:
        raise ValueError("keeps all n-grams; only models that were quantised with a cut-off are read")
    entries = [(reader.string(), *reader.numbers("qb")) for _ in range(size)]
    pairs = reader.array("<i4", kept, 2)
    ngrams = np.empty(kept, np.int32)
    ngrams[pairs[:, 1]] = pairs[:, 0]
    return [(text, count, bool(kind)) for text, count, kind in entries], ngrams


def _quantized(reader: _Reader) -> Quantized:
    """The input matrix, whose rows' norms are codes of a quantiser of their own."""
    is_quantized, with_norms = reader.numbers("??")
    if not (is_quantized and with_norms):
        raise ValueError("has an input that is not quantised with its norms; save it by `fasttext quantize -qnorm`")
    rows, _ = reader.numbers("2q")
    [size] = reader.numbers("i")
    codes = reader.array("u1", rows, size // rows)
    centroids = _centroids(reader)
    norm_codes = reader.array("u1", rows)
    return Quantized(codes, centroids, _centroids(reader)[0, norm_codes, 0])


def _centroids(reader: _Reader) -> NDArray[np.float32]:
    """Those of one quantiser [parts, 256, dim / parts]."""
    dim, parts, part, last = reader.numbers("4i")
    if part != last:
        raise ValueError(f"cuts vectors of {dim} numbers into parts of {part} and {last}; only equal parts are read")
    return reader.array("<f4", parts, CENTROIDS, part)


def _output(reader: _Reader) -> NDArray[np.float32]:
    [is_quantized] = reader.numbers("?")
    if is_quantized:
        raise ValueError("has a quantised output; only the input may be")
    return reader.array("<f4", *reader.numbers("2q"))

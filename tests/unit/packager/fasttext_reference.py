"""A tiny fastText classifier: its file, byte by byte, and what fastText does with it, in plain Python."""

import math
import re
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

__all__ = ["BUCKET", "KEPT", "LABELS", "SIZES", "WORDS", "content", "features", "probabilities"]

LABELS, COUNTS = ("en", "ru", "de", "fr", "vo"), (90, 40, 30, 20, 3)
WORDS = ("</s>", "the", "и", "straße")
BUCKET, SIZES = 97, (2, 4)
KEPT = (5, 96, 0, 17, 18, 60, 61, 33, 34, 80, 2, 41, 42, 70, 71, 72, 73, 74)  # hash buckets that pruning left
DIM, PARTS = 4, 2

_random = np.random.default_rng(0)
CODES = _random.integers(0, 256, (len(WORDS) + len(KEPT), PARTS), np.uint8)
CENTROIDS = _random.normal(size=(PARTS, 256, DIM // PARTS)).astype("<f4")
NORM_CODES = _random.integers(0, 256, len(CODES), np.uint8)
NORMS = _random.uniform(1, 3, (1, 256, 1)).astype("<f4")
OUTPUT = _random.normal(size=(len(LABELS), DIM)).astype("<f4")


def content(loss: int = 1, version: int = 12, quantized_output: bool = False, kept: Sequence[int] = KEPT) -> bytes:
    """The file; what is given is what must not be."""
    entries = [*zip(WORDS, [99] * len(WORDS), [0] * len(WORDS), strict=True)]
    entries += [(f"__label__{label}", count, 1) for label, count in zip(LABELS, COUNTS, strict=True)]
    parts = [
        struct.pack("<2i", 793712314, version),
        struct.pack("<12id", DIM, 5, 5, 1, 5, 1, loss, 3, BUCKET, *SIZES, 100, 1e-4),
        struct.pack("<3i2q", len(entries), len(WORDS), len(LABELS), 1000, len(kept)),
        *(entry.encode() + b"\0" + struct.pack("<qb", count, kind) for entry, count, kind in entries),
        *(struct.pack("<2i", bucket, row) for row, bucket in reversed(list(enumerate(kept)))),
        struct.pack("<??2qi", True, True, len(CODES), DIM, CODES.size) + CODES.tobytes(),
        struct.pack("<4i", DIM, PARTS, DIM // PARTS, DIM // PARTS) + CENTROIDS.tobytes(),
        NORM_CODES.tobytes() + struct.pack("<4i", 1, 1, 1, 1) + NORMS.tobytes(),
        struct.pack("<?2q", quantized_output, *OUTPUT.shape) + OUTPUT.tobytes(),
    ]
    return b"".join(parts)


def features(line: str) -> list[int]:
    """Rows of the input for a line without line break, as Dictionary::getLine and computeSubwords find them."""
    found = []
    for word in [*re.findall(r"[^ \t\n\v\f\r\0]+", line), "</s>"]:
        if word in WORDS:
            found.append(WORDS.index(word))
        if word != "</s>":
            found += [len(WORDS) + KEPT.index(bucket) for bucket in _buckets(f"<{word}>") if bucket in KEPT]
    return found


def _buckets(word: str) -> Iterator[int]:
    for begin in range(len(word)):
        for size in range(SIZES[0], SIZES[1] + 1):
            if begin + size <= len(word):
                yield fnv(word[begin : begin + size].encode()) % BUCKET


def fnv(content: bytes) -> int:
    """fastText's hash: FNV-1a, but bytes over 127 are negative before they are widened."""
    value = 2166136261
    for byte in content:
        value = ((value ^ (byte if byte < 128 else byte | 0xFFFFFF00)) * 16777619) & 0xFFFFFFFF
    return value


def probabilities(line: str) -> list[float]:
    """Of every label, by walking the Huffman tree from the root, as HierarchicalSoftmaxLoss does."""
    rows = [np.concatenate(CENTROIDS[[0, 1], CODES[row]]) * NORMS[0, NORM_CODES[row], 0] for row in features(line)]
    hidden = np.mean(rows, axis=0)
    found = [0.0] * len(LABELS)

    def walk(node: Any, probability: float) -> None:
        if isinstance(node, int):
            found[node] = probability
            return
        number, left, right = node
        turn = 1 / (1 + math.exp(-float(hidden @ OUTPUT[number])))
        walk(left, probability * (1 - turn))
        walk(right, probability * turn)

    # The tree of COUNTS by hand: 3 + 20 = 23, 23 + 30 = 53, 40 + 53 = 93, 90 + 93.
    walk((3, 0, (2, 1, (1, (0, 4, 3), 2))), 1.0)
    return found

"""The arithmetic of int8: scales, zero points and codes.

Packaging must give the same bytes on any machine, so only what IEEE 754 rounds exactly is used (+ - * / sqrt, min, max,
rint): no power, no logarithm, no sum whose order depends on the CPU.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Affine", "Array", "Codes", "activation_scale", "quantize_columns", "quantize_rows", "smoothing_divisor"]

Array = NDArray[np.float32]

CODE_MAX = 255  # of an activation (u8)
# Without VNNI, x86 adds the products of two neighbouring rows in an int16 that saturates (vpmaddubsw). Codes whose
# parts of one sign sum to at most 128 never get there: 255 * 128 < 32768. The hundredth absorbs quotients' rounding.
PAIR_MAX = np.float32(127.99)
FLOOR = 1e-3  # of magnitudes in smoothing: a dead channel must not divide by zero


class Codes(NamedTuple):
    """`values * scales` is the tensor: s8 values, float scales that broadcast over them."""

    values: NDArray[np.int8]
    scales: Array


class Affine(NamedTuple):
    """`(code - zero) * scale` is the value of a u8 code."""

    scale: np.float32
    zero: np.uint8


def activation_scale(low: float, high: float) -> Affine:
    """The finest scale whose codes cover `low`, `high` and zero."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = np.float32((high - low) / CODE_MAX) or np.float32(1)
    return Affine(scale, np.uint8(np.rint(-low / float(scale))))


def quantize_rows(table: Array) -> Codes:
    """One scale for each row: [entries, hidden] and [entries, 1]."""
    return _codes(table, np.abs(table).max(axis=1, keepdims=True) / np.float32(127))


def quantize_columns(weight: Array, bits: int) -> Codes:
    """One scale for each column, [inputs, outputs] and [outputs], such that no pair of products can saturate."""
    peak = np.abs(weight).max(axis=0) / np.float32(2 ** (bits - 1) - 1)
    return _codes(weight, np.maximum(peak, _pair_sums(weight) / PAIR_MAX))


def smoothing_divisor(activation: Array, weight: Array) -> Array:
    """SmoothQuant's factor (https://arxiv.org/abs/2211.10438, eq. 4) with alpha = 3/4, for each channel [hidden].

    `activation` and `weight` are the largest magnitudes of the channel and of the weights that read it.
    """
    reached, read = (np.maximum(x, FLOOR, dtype=np.float64) for x in (activation, weight))
    return np.sqrt(np.sqrt(reached * reached * reached / read)).astype(np.float32)


def _codes(tensor: Array, scales: Array) -> Codes:
    scales = np.where(scales > 0, scales, np.float32(1))
    return Codes(np.rint(tensor / scales).astype(np.int8), scales)


def _pair_sums(weight: Array) -> Array:
    """The largest sum, for each column, of the parts of one sign of rows 2i and 2i + 1."""
    padded = np.pad(weight, ((0, len(weight) % 2), (0, 0)))
    positive, negative = np.maximum(padded, 0), np.maximum(-padded, 0)
    sums = np.maximum(positive[0::2] + positive[1::2], negative[0::2] + negative[1::2])
    return np.asarray(sums.max(axis=0))

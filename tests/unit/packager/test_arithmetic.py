"""Scales and codes: bounds, exactness, and that no CPU can saturate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from workbench.packager.arithmetic import (
    Affine,
    Array,
    activation_scale,
    quantize_columns,
    quantize_rows,
    smoothing_divisor,
)

magnitudes = st.floats(-1000, 1000, width=32).filter(lambda x: x == 0 or abs(x) > 1e-20)
matrices = arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=magnitudes)
# Sums of neighbours on and just around the limit, where rounding decides.
halves = arrays(np.float32, (8, 3), elements=st.integers(-256, 256).map(lambda n: n / 2))


def extreme_pair_sum(codes: NDArray[np.int8]) -> int:
    """The largest magnitude that the int16 accumulator of vpmaddubsw can meet, for any u8 activation."""
    padded = np.pad(codes.astype(np.int64), ((0, len(codes) % 2), (0, 0)))
    ends = (255 * np.clip(padded, *bounds) for bounds in ((0, None), (None, 0)))
    return max(int(np.abs(end[0::2] + end[1::2]).max()) for end in ends)


@given(matrices | halves, st.sampled_from([8, 7, 4]))
def test_no_pair_of_products_saturates(weight: Array, bits: int) -> None:
    codes, scales = quantize_columns(weight, bits)
    assert extreme_pair_sum(codes) < 2**15
    assert np.abs(codes.astype(int)).max() < 2 ** (bits - 1)
    assert (scales > 0).all()


@given(matrices)
def test_columns_are_within_half_a_step(weight: Array) -> None:
    codes, scales = quantize_columns(weight, 8)
    assert (np.abs(codes * scales - weight) <= scales * np.float32(0.5001)).all()


def test_a_pair_of_opposite_signs_keeps_all_eight_bits() -> None:
    codes, scales = quantize_columns(np.array([[127.0], [-127.0]], np.float32), 8)
    assert codes.ravel().tolist() == [127, -127]
    assert scales.tolist() == [1.0]


@given(matrices)
def test_rows_are_within_half_a_step(table: Array) -> None:
    codes, scales = quantize_rows(table)
    assert scales.shape == (len(table), 1)
    assert (np.abs(codes * scales - table) <= scales * np.float32(0.5001)).all()


@given(st.floats(-100, 100), st.floats(0.01, 100))
def test_an_activation_scale_covers_its_range_and_zero(low: float, width: float) -> None:
    scale, zero = activation_scale(low, low + width)
    least, greatest = (int(code) - int(zero) for code in (0, 255))
    assert least * scale <= min(low, 0) + scale
    assert greatest * scale >= max(low + width, 0) - scale
    assert least <= 0 <= greatest


def test_an_activation_that_is_always_zero_has_a_scale() -> None:
    assert activation_scale(0.0, 0.0) == Affine(np.float32(1), np.uint8(0))


def test_smoothing_is_three_quarters() -> None:
    activation, weight = np.array([16.0, 1.0, 0.0], np.float32), np.array([1.0, 16.0, 0.0], np.float32)
    assert smoothing_divisor(activation, weight) == pytest.approx([8.0, 0.5, 1e-3**0.5])

"""Logits to scores."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["FUNCTIONS", "Function", "sigmoid", "softmax"]

Function = Literal["softmax", "sigmoid", "none"]
Array = NDArray[np.float32]


def softmax(logits: Array) -> Array:
    """Probabilities that sum to 1 along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: Array = powers / powers.sum(axis=-1, keepdims=True)
    return result


def sigmoid(logits: Array) -> Array:
    """A probability for each logit by itself; by tanh, which overflows for none."""
    result: Array = 0.5 * (np.tanh(0.5 * logits) + 1)
    return result


FUNCTIONS: dict[Function, Callable[[Array], Array]] = {
    "softmax": softmax,
    "sigmoid": sigmoid,
    "none": lambda logits: logits,
}

"""A checkpoint as transformers saves it: tensors by the names of its modules, and config.json."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from workbench.packager.layers import Array, Linear, Norm
from workbench.packager.spec import PackagerError

__all__ = ["Checkpoint", "UnsupportedModelError", "Weights", "read_weights"]

WORDS = "embeddings.word_embeddings.weight"  # of every encoder

Weights = Mapping[str, NDArray[Any]]


class UnsupportedModelError(ValueError):
    """The checkpoint is none that the graph builders can express."""


def read_weights(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a safetensors file, without the prefix (`bert.`) that the encoder's have inside a larger model.

    Of bfloat16 numpy knows since onnx is imported. Raises PackagerError naming the file if it is none.
    """
    try:
        tensors = load_file(path)
    except (SafetensorError, TypeError) as error:  # the latter for a type that numpy does not have
        raise PackagerError(f"{path} cannot be read as safetensors: {error}") from None
    prefix = next((name.removesuffix(WORDS) for name in tensors if name.endswith(WORDS)), "")
    return {name.removeprefix(prefix): value for name, value in tensors.items()}


@dataclass(frozen=True)
class Checkpoint:
    """Weights, by names without prefix and in torch's shapes (linears [out, in]), and the config.json beside them."""

    weights: Weights
    config: Mapping[str, Any]

    def tensor(self, name: str) -> Array:
        if name not in self.weights:
            raise UnsupportedModelError(
                f"the checkpoint has no tensor {name!r}: is it one for this head and config.json?"
            )
        return np.asarray(self.weights[name], np.float32)

    def linear(self, name: str) -> Linear:
        weight = np.ascontiguousarray(self.tensor(f"{name}.weight").T)
        return Linear(name, weight, self.tensor(f"{name}.bias"))

    def norm(self, name: str) -> Norm:
        epsilon = float(self.config.get("layer_norm_eps", 1e-12))
        return Norm(name, self.tensor(f"{name}.weight"), self.tensor(f"{name}.bias"), epsilon)

"""From what training changed to the tensors of an adapter, and back."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from workbench.packager.adapter import Tensors, difference, low_rank, replacement
from workbench.training.network import LORA_A, LORA_B, Network
from workbench.training.spec import TrainingError

__all__ = ["adapter_rank", "adapter_tensors", "resume_low_rank"]

_IN_BACKBONE, _IN_PEFT = "backbone.", "backbone.base_model.model."


def adapter_tensors(network: Network, weights: Tensors) -> dict[str, NDArray[Any]]:
    """What training made of `network`, as an adapter to `weights`: see `packager/adapter.py`."""
    trained = {name: value.detach().float().cpu().numpy() for name, value in network.trained().items()}
    tensors: dict[str, NDArray[Any]] = {}
    for name, value in trained.items():
        if name.endswith(LORA_A):
            stem = name.removesuffix(LORA_A)
            tensors |= low_rank(stem.removeprefix(_IN_PEFT), value, trained[stem + LORA_B])
        elif name.startswith(_IN_BACKBONE) and not name.endswith(LORA_B):
            own = name.removeprefix(_IN_BACKBONE)
            tensors |= difference(own, value - weights[own]) if value.ndim == 2 else replacement(own, value)
        elif not name.startswith(_IN_BACKBONE):
            tensors |= replacement(_head_name(network, name), value)
    return tensors


def _head_name(network: Network, parameter: str) -> str:
    """`output.weight` as transformers names it."""
    module, _, part = parameter.rpartition(".")
    return f"{'pooler.dense' if module == 'pooler' else network.output_name}.{part}"


def adapter_rank(adapter: Tensors) -> int:
    """The rank of its products; 0 for differences."""
    return next((len(value) for name, value in adapter.items() if name.endswith(".lora_A")), 0)


def resume_low_rank(network: Network, adapter: Tensors) -> None:
    """Have `network` begin with the products of `adapter`. Raises TrainingError if it adapts other layers."""
    state = {
        f"{_IN_PEFT}{stem}{parameter}": torch.from_numpy(np.asarray(adapter[f"{stem}.{kind}"], np.float32))
        for stem in _stems(adapter)
        for kind, parameter in (("lora_A", LORA_A), ("lora_B", LORA_B))
    }
    if absent := sorted(state.keys() - network.trained().keys()):
        raise TrainingError(f"the adapter changes what this backbone does not have: {absent[0]}")
    network.load_trained(state)


def _stems(adapter: Iterable[str]) -> list[str]:
    return [name.removesuffix(".lora_A") for name in adapter if name.endswith(".lora_A")]

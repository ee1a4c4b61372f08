"""What differs from one kind of encoder to the next, as data; `encoder.py` builds what they share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from workbench.packager.checkpoint import Checkpoint
from workbench.packager.graph import Graph

__all__ = ["Architecture", "LayerNames", "PoolerNames", "SizeNames"]


class SizeNames(NamedTuple):
    """What config.json calls the sizes, and the activation of the feed-forward blocks."""

    hidden: str
    heads: str
    layers: str
    activation: str


SIZES = SizeNames("hidden_size", "num_attention_heads", "num_hidden_layers", "hidden_act")


class LayerNames(NamedTuple):
    """What transformers calls the parts of a layer, in a `stem` that has the layer's number."""

    stem: str
    query: str
    key: str
    value: str
    out: str
    attention_norm: str
    up: str
    down: str
    output_norm: str


class PoolerNames(NamedTuple):
    """The head for whole sequences: a linear on the first token, an operator of ONNX, another linear."""

    dense: str
    activation: str
    output: str


@dataclass(frozen=True)
class Architecture:
    """A kind of encoder.

    `model_types` are config.json's names of it, `supported` what is built of keys there that change the arithmetic; an
    absent key has the first value. `first_position` is that of the first token. `token_types` are as many as its
    tokenizers use: none, one for all, or one for each text of a pair. `bias` makes what is added to the scores of
    attention [1, heads, sequence, sequence].
    """

    model_types: tuple[str, ...]
    layer: LayerNames
    pooler: PoolerNames
    supported: Mapping[str, tuple[Any, ...]]
    sizes: SizeNames = SIZES
    first_position: int = 0
    token_types: int = 0
    bias: Callable[[Graph, Checkpoint], str] | None = None

    @property
    def name(self) -> str:
        return self.model_types[0]

    def positions(self, config: Mapping[str, Any]) -> int:
        """How many tokens a sequence may have."""
        return int(config.get("max_position_embeddings", 512)) - self.first_position

"""Encoders from a Hugging Face checkpoint to ONNX, without torch.

Layers are those of the Transformer (Vaswani et al., 2017, https://arxiv.org/abs/1706.03762), normalised after the
residual is added. The graph takes `input_ids` int64 [batch, sequence] and neither a mask nor token types: every
sequence of a run has the same length, and types are made inside.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import onnx

from workbench.packager.architecture import Architecture
from workbench.packager.checkpoint import Checkpoint, UnsupportedModelError, Weights
from workbench.packager.embeddings import embed
from workbench.packager.graph import Graph
from workbench.packager.heads import HEADS
from workbench.packager.layers import Activation, Norm, Recipe, Site, Stream

__all__ = ["build"]

ACTIVATIONS = {
    "gelu": Activation("Gelu", {}),
    "gelu_new": Activation("Gelu", {"approximate": "tanh"}),
    "gelu_pytorch_tanh": Activation("Gelu", {"approximate": "tanh"}),
    "relu": Activation("Relu", {}),
}


class _Layer(NamedTuple):
    qkv: Site
    out: Site
    attention_norm: Norm
    up: Site
    down: Site
    output_norm: Norm


class _Shared(NamedTuple):
    """What all layers are run with: `bias` is what their attention takes besides query, key and value."""

    heads: int
    activation: Activation
    bias: Sequence[str]


def build(
    architecture: Architecture,
    weights: Weights,
    config: Mapping[str, Any],
    head: str,
    recipe: Recipe,
    separator: int | None = None,
) -> onnx.ModelProto:
    """The model for `head` (a key of `HEADS`) at the precision that `recipe` gives it.

    `weights` have transformers' names without the encoder's prefix; `config` is the checkpoint's config.json.
    `separator`, for pairs of texts, is the id of the token between them. Raises `UnsupportedModelError` for what is not
    built here.
    """
    _check(architecture, config, head)
    graph = Graph(architecture.name)
    checkpoint = Checkpoint(weights, config)
    graph.input("input_ids", np.int64, ["batch", "sequence"])
    hidden = _encode(graph, checkpoint, architecture, recipe, separator)
    for name, shape in HEADS[head](graph, checkpoint, architecture.pooler, hidden).items():
        graph.output(name, np.float32, ["batch", *shape])
    return graph.model()


def _check(architecture: Architecture, config: Mapping[str, Any], head: str) -> None:
    if head not in HEADS:
        raise UnsupportedModelError(f"head {head!r} is none of {', '.join(HEADS)}")
    sizes = architecture.sizes
    if missing := [key for key in (sizes.hidden, sizes.heads, sizes.layers) if key not in config]:
        raise UnsupportedModelError(f"config.json lacks {', '.join(missing)}")
    read = {"model_type": architecture.model_types, sizes.activation: tuple(ACTIVATIONS)}
    for key, accepted in (read | dict(architecture.supported)).items():
        if (value := config.get(key, accepted[0])) not in accepted:
            raise UnsupportedModelError(
                f"config.json: {key} = {value!r} is not built here (only {', '.join(map(repr, accepted))});"
                " export the model with torch instead: pip install -e '.[export]'"
            )


def _encode(
    graph: Graph, checkpoint: Checkpoint, architecture: Architecture, recipe: Recipe, separator: int | None
) -> str:
    """The last hidden state [batch, sequence, hidden]."""
    config, sizes = checkpoint.config, architecture.sizes
    layers = [_layer(checkpoint, architecture, index) for index in range(config[sizes.layers])]
    readers: list[Site | None] = [*(layer.qkv for layer in layers), None]  # each layer's output is made for the next
    embeddings = embed(graph, checkpoint, architecture, recipe, separator)
    x = recipe.normalize(graph, embeddings, checkpoint.norm("embeddings.LayerNorm"), readers[0])
    bias = [architecture.bias(graph, checkpoint)] if architecture.bias else []
    shared = _Shared(config[sizes.heads], ACTIVATIONS[config.get(sizes.activation, "gelu")], bias)
    for layer, reader in zip(layers, readers[1:], strict=True):
        x = _run(graph, recipe, x, layer, shared, reader)
    return x.residual


def _layer(checkpoint: Checkpoint, architecture: Architecture, index: int) -> _Layer:
    names = architecture.layer
    stem = names.stem.format(index)

    def site(kind: str, *parts: str) -> Site:
        return Site(f"layer.{index}.{kind}", tuple(checkpoint.linear(f"{stem}.{part}") for part in parts))

    return _Layer(
        qkv=site("qkv", names.query, names.key, names.value),
        out=site("out", names.out),
        attention_norm=checkpoint.norm(f"{stem}.{names.attention_norm}"),
        up=site("up", names.up),
        down=site("down", names.down),
        output_norm=checkpoint.norm(f"{stem}.{names.output_norm}"),
    )


def _run(graph: Graph, recipe: Recipe, x: Stream, layer: _Layer, shared: _Shared, reader: Site | None) -> Stream:
    inputs = [*recipe.project(graph, x, layer.qkv), *shared.bias]
    name = f"{layer.out.name}.in"
    context = graph.node("Attention", inputs, name, q_num_heads=shared.heads, kv_num_heads=shared.heads)
    [attended] = recipe.project(graph, Stream(context, context), layer.out)
    attended = graph.node("Add", [attended, x.residual], f"{layer.out.name}.sum")
    x = recipe.normalize(graph, attended, layer.attention_norm, layer.up)
    forwarded = recipe.feed_forward(graph, x, layer.up, shared.activation, layer.down)
    forwarded = graph.node("Add", [forwarded, x.residual], f"{layer.down.name}.sum")
    return recipe.normalize(graph, forwarded, layer.output_norm, reader)

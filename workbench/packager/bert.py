"""BERT (Devlin et al., 2018, https://arxiv.org/abs/1810.04805) from a Hugging Face checkpoint to ONNX, without torch.

The graph takes `input_ids` int64 [batch, sequence] and neither a mask nor token types: every sequence of a run has the
same length and one segment.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray

from workbench.packager.graph import Graph
from workbench.packager.layers import Activation, Array, Linear, Norm, Recipe, Site, Stream, linear

__all__ = ["HEADS", "UnsupportedModelError", "build"]

Weights = Mapping[str, NDArray[Any]]

ACTIVATIONS = {
    "gelu": Activation("Gelu", {}),
    "gelu_new": Activation("Gelu", {"approximate": "tanh"}),
    "gelu_pytorch_tanh": Activation("Gelu", {"approximate": "tanh"}),
    "relu": Activation("Relu", {}),
}
# What this builder implements of the keys that change BERT's arithmetic; an absent key has the first value.
SUPPORTED: Mapping[str, tuple[Any, ...]] = {
    "model_type": ("bert",),
    "hidden_act": tuple(ACTIVATIONS),
    "position_embedding_type": ("absolute", None),
    "is_decoder": (False,),
    "add_cross_attention": (False,),
}

REQUIRED = ("hidden_size", "num_attention_heads", "num_hidden_layers")


class UnsupportedModelError(ValueError):
    """The checkpoint is none that this builder can express."""


class _Layer(NamedTuple):
    qkv: Site
    out: Site
    attention_norm: Norm
    up: Site
    down: Site
    output_norm: Norm


def build(weights: Weights, config: Mapping[str, Any], head: str, recipe: Recipe) -> onnx.ModelProto:
    """The model for `head` (a key of `HEADS`) at the precision that `recipe` gives it.

    `weights` have transformers' names, with or without the `bert.` prefix, and torch's shapes (linears [out, in]);
    `config` is the checkpoint's config.json. Raises `UnsupportedModelError` for what differs from plain BERT.
    """
    _check(config, head)
    graph = Graph("bert")
    checkpoint = _Checkpoint(weights, config)
    graph.input("input_ids", np.int64, ["batch", "sequence"])
    hidden = _encode(graph, checkpoint, recipe)
    for name, shape in HEADS[head](graph, checkpoint, hidden).items():
        graph.output(name, np.float32, ["batch", *shape])
    return graph.model()


def _check(config: Mapping[str, Any], head: str) -> None:
    if head not in HEADS:
        raise UnsupportedModelError(f"head {head!r} is none of {', '.join(HEADS)}")
    if missing := [key for key in REQUIRED if key not in config]:
        raise UnsupportedModelError(f"config.json lacks {', '.join(missing)}")
    for key, accepted in SUPPORTED.items():
        if (value := config.get(key, accepted[0])) not in accepted:
            raise UnsupportedModelError(
                f"config.json: {key} = {value!r} is not built here (only {', '.join(map(repr, accepted))});"
                " export the model with torch instead: pip install -e '.[export]'"
            )


@dataclass(frozen=True)
class _Checkpoint:
    """Weights and configuration, read by the names of transformers' modules."""

    weights: Weights
    config: Mapping[str, Any]

    def tensor(self, name: str) -> Array:
        for key in (name, f"bert.{name}"):
            if key in self.weights:
                return np.asarray(self.weights[key], np.float32)
        raise UnsupportedModelError(f"the checkpoint has no tensor {name!r}: is it one for this head and config.json?")

    def linear(self, name: str) -> Linear:
        weight = np.ascontiguousarray(self.tensor(f"{name}.weight").T)
        return Linear(name, weight, self.tensor(f"{name}.bias"))

    def norm(self, name: str) -> Norm:
        epsilon = float(self.config.get("layer_norm_eps", 1e-12))
        return Norm(name, self.tensor(f"{name}.weight"), self.tensor(f"{name}.bias"), epsilon)

    def layer(self, index: int) -> _Layer:
        name = f"encoder.layer.{index}"
        query, key, value = (self.linear(f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
        return _Layer(
            qkv=Site(f"layer.{index}.qkv", (query, key, value)),
            out=Site(f"layer.{index}.out", (self.linear(f"{name}.attention.output.dense"),)),
            attention_norm=self.norm(f"{name}.attention.output.LayerNorm"),
            up=Site(f"layer.{index}.up", (self.linear(f"{name}.intermediate.dense"),)),
            down=Site(f"layer.{index}.down", (self.linear(f"{name}.output.dense"),)),
            output_norm=self.norm(f"{name}.output.LayerNorm"),
        )


def _encode(graph: Graph, checkpoint: _Checkpoint, recipe: Recipe) -> str:
    """The last hidden state [batch, sequence, hidden]."""
    layers = [checkpoint.layer(index) for index in range(checkpoint.config["num_hidden_layers"])]
    readers: list[Site | None] = [*(layer.qkv for layer in layers), None]  # each layer's output is made for the next
    embeddings = _embed(graph, checkpoint, recipe)
    x = recipe.normalize(graph, embeddings, checkpoint.norm("embeddings.LayerNorm"), readers[0])
    for layer, reader in zip(layers, readers[1:], strict=True):
        x = _layer(graph, checkpoint.config, recipe, x, layer, reader)
    return x.residual


def _embed(graph: Graph, checkpoint: _Checkpoint, recipe: Recipe) -> str:
    words = checkpoint.tensor("embeddings.word_embeddings.weight")
    segment = checkpoint.tensor("embeddings.token_type_embeddings.weight")[0]
    positions = checkpoint.tensor("embeddings.position_embeddings.weight") + segment
    word = recipe.lookup(graph, "embeddings.word", words, "input_ids")
    length = graph.node("Shape", ["input_ids"], "sequence_length", start=1, end=2)
    start = graph.constant("sequence_start", np.array([0], np.int64))
    table = graph.constant("embeddings.position.weight", positions)
    position = graph.node("Slice", [table, start, length, start], "embeddings.position")
    return graph.node("Add", [word, position], "embeddings")


def _layer(
    graph: Graph, config: Mapping[str, Any], recipe: Recipe, x: Stream, layer: _Layer, reader: Site | None
) -> Stream:
    heads = config["num_attention_heads"]
    query_key_value = recipe.project(graph, x, layer.qkv)
    context = graph.node("Attention", query_key_value, f"{layer.out.name}.in", q_num_heads=heads, kv_num_heads=heads)
    [attended] = recipe.project(graph, Stream(context, context), layer.out)
    attended = graph.node("Add", [attended, x.residual], f"{layer.out.name}.sum")
    x = recipe.normalize(graph, attended, layer.attention_norm, layer.up)
    forwarded = recipe.feed_forward(graph, x, layer.up, ACTIVATIONS[config.get("hidden_act", "gelu")], layer.down)
    forwarded = graph.node("Add", [forwarded, x.residual], f"{layer.down.name}.sum")
    return recipe.normalize(graph, forwarded, layer.output_norm, reader)


Shapes = Mapping[str, tuple[str | int, ...]]  # each output's dimensions after the batch


def _embedding(graph: Graph, checkpoint: _Checkpoint, hidden: str) -> Shapes:
    """Mean over tokens, scaled to length 1 (Sentence-BERT, https://arxiv.org/abs/1908.10084)."""
    axes = graph.constant("sequence_axis", np.array([1], np.int64))
    mean = graph.node("ReduceMean", [hidden, axes], "mean", keepdims=0)
    graph.node("LpNormalization", [mean], "embedding", axis=-1, p=2)
    return {"embedding": (checkpoint.config["hidden_size"],)}


def _sequence(graph: Graph, checkpoint: _Checkpoint, hidden: str) -> Shapes:
    """BertForSequenceClassification: the first token through the pooler and the classifier."""
    first = graph.node("Gather", [hidden, graph.constant("first_token", np.int64(0))], "first", axis=1)
    pooled = graph.node("Tanh", [linear(graph, first, checkpoint.linear("pooler.dense"))], "pooled")
    return _classify(graph, checkpoint, pooled, ())


def _token(graph: Graph, checkpoint: _Checkpoint, hidden: str) -> Shapes:
    """BertForTokenClassification: the classifier on every token."""
    return _classify(graph, checkpoint, hidden, ("sequence",))


def _classify(graph: Graph, checkpoint: _Checkpoint, x: str, dimensions: tuple[str, ...]) -> Shapes:
    classifier = checkpoint.linear("classifier")
    graph.node("Identity", [linear(graph, x, classifier)], "logits")
    return {"logits": (*dimensions, classifier.bias.size)}


def _span(graph: Graph, checkpoint: _Checkpoint, hidden: str) -> Shapes:
    """BertForQuestionAnswering: a start and an end logit for every token."""
    logits = linear(graph, hidden, checkpoint.linear("qa_outputs"))
    for column, name in enumerate(("start_logits", "end_logits")):
        graph.node("Gather", [logits, graph.constant(f"{name}.column", np.int64(column))], name, axis=2)
    return {"start_logits": ("sequence",), "end_logits": ("sequence",)}


HEADS: Mapping[str, Callable[[Graph, _Checkpoint, str], Shapes]] = {
    "embedding": _embedding,
    "sequence": _sequence,
    "token": _token,
    "span": _span,
}

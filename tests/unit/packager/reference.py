"""BERT's forward pass in plain numpy, and small checkpoints to try it on."""

from collections.abc import Iterator, Mapping
from math import erf
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CONFIG", "checkpoint", "embed", "forward"]

Array = NDArray[Any]
Weights = Mapping[str, Array]

CONFIG: dict[str, Any] = {
    "model_type": "bert",
    "vocab_size": 50,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 24,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
}
LABELS = 3

ACTIVATIONS = {
    "gelu": lambda x: x * (1 + np.vectorize(erf)(x / np.sqrt(2))) / 2,
    "gelu_new": lambda x: x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))) / 2,
    "relu": lambda x: np.maximum(x, 0),
}


def checkpoint(prefix: str = "", seed: int = 0) -> dict[str, Array]:
    """Weights for `CONFIG` and every head; the backbone's names begin with `prefix`.

    Made of integers, so that they are the same on any machine.
    """
    generator = np.random.default_rng(seed)
    weights: dict[str, Array] = {}
    for name, shape in _shapes():
        values = generator.integers(-128, 129, shape).astype(np.float32) / 512
        backbone = not name.startswith(("classifier", "qa_outputs"))
        weights[prefix * backbone + name] = values + np.float32(name.endswith("LayerNorm.weight"))
    return weights


def _shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    hidden, wide = CONFIG["hidden_size"], CONFIG["intermediate_size"]
    for table, size in (
        ("word", "vocab_size"),
        ("position", "max_position_embeddings"),
        ("token_type", "type_vocab_size"),
    ):
        yield f"embeddings.{table}_embeddings.weight", (CONFIG[size], hidden)
    linears = {"pooler.dense": (hidden, hidden), "classifier": (LABELS, hidden), "qa_outputs": (2, hidden)}
    norms = ["embeddings.LayerNorm"]
    for layer in (f"encoder.layer.{index}" for index in range(CONFIG["num_hidden_layers"])):
        linears |= {f"{layer}.attention.self.{part}": (hidden, hidden) for part in ("query", "key", "value")}
        linears |= {f"{layer}.attention.output.dense": (hidden, hidden)}
        linears |= {f"{layer}.intermediate.dense": (wide, hidden), f"{layer}.output.dense": (hidden, wide)}
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    for name, shape in linears.items():
        yield f"{name}.weight", shape
        yield f"{name}.bias", shape[:1]
    for name in norms:
        yield f"{name}.weight", (hidden,)
        yield f"{name}.bias", (hidden,)


def forward(
    weights: Weights,
    config: Mapping[str, Any],
    ids: Array,
    head: str,
    types: Array | int = 0,
    bias: Array | int = 0,
) -> dict[str, Array]:
    """What the model answers for ids [batch, sequence], by output name, in double precision.

    `types` are the tokens' types; `bias` [heads, sequence, sequence] is added to the scores of attention.
    """
    hidden = embed(weights, ids, types)
    for index in range(config["num_hidden_layers"]):
        hidden = _layer(weights, config, f"encoder.layer.{index}", hidden, bias)
    mean = hidden.mean(axis=1)
    if head == "embedding":
        return {"embedding": mean / np.linalg.norm(mean, axis=-1, keepdims=True)}
    if head == "mean-sequence":
        return {"logits": _linear(weights, "classifier", mean)}
    if head == "sequence":
        return {"logits": _linear(weights, "classifier", np.tanh(_linear(weights, "pooler.dense", hidden[:, 0])))}
    if head == "token":
        return {"logits": _linear(weights, "classifier", hidden)}
    logits = _linear(weights, "qa_outputs", hidden)
    return {"start_logits": logits[..., 0], "end_logits": logits[..., 1]}


def embed(weights: Weights, ids: Array, types: Array | int = 0) -> Array:
    """The first layer's input [batch, sequence, hidden]."""
    words, positions, segments = (
        weights[f"embeddings.{table}_embeddings.weight"].astype(np.float64)
        for table in ("word", "position", "token_type")
    )
    return _norm(weights, "embeddings.LayerNorm", words[ids] + positions[: ids.shape[1]] + segments[types])


def _layer(weights: Weights, config: Mapping[str, Any], name: str, x: Array, bias: Array | int) -> Array:
    attended = _linear(weights, f"{name}.attention.output.dense", _attention(weights, config, name, x, bias))
    x = _norm(weights, f"{name}.attention.output.LayerNorm", attended + x)
    wide = ACTIVATIONS[config["hidden_act"]](_linear(weights, f"{name}.intermediate.dense", x))
    return _norm(weights, f"{name}.output.LayerNorm", _linear(weights, f"{name}.output.dense", wide) + x)


def _attention(weights: Weights, config: Mapping[str, Any], name: str, x: Array, bias: Array | int) -> Array:
    batch, length, hidden = x.shape
    split = (batch, length, config["num_attention_heads"], -1)
    query, key, value = (
        _linear(weights, f"{name}.attention.self.{part}", x).reshape(split).transpose(0, 2, 1, 3)
        for part in ("query", "key", "value")
    )
    scores = query @ key.transpose(0, 1, 3, 2) / np.sqrt(query.shape[-1]) + bias
    odds = np.exp(scores - scores.max(axis=-1, keepdims=True))
    context = odds / odds.sum(axis=-1, keepdims=True) @ value
    merged: Array = context.transpose(0, 2, 1, 3).reshape(batch, length, hidden)
    return merged


def _linear(weights: Weights, name: str, x: Array) -> Array:
    return x @ weights[f"{name}.weight"].T.astype(np.float64) + weights[f"{name}.bias"]


def _norm(weights: Weights, name: str, x: Array) -> Array:
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + CONFIG["layer_norm_eps"])
    normalised: Array = centred / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return normalised

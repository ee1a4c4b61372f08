"""What stands on an encoder: from its last hidden state [batch, sequence, hidden] to the outputs of the graph."""

from collections.abc import Callable, Mapping

import numpy as np

from workbench.packager.architecture import PoolerNames
from workbench.packager.checkpoint import Checkpoint
from workbench.packager.graph import Graph
from workbench.packager.layers import linear

__all__ = ["HEADS", "Head", "Shapes"]

Shapes = Mapping[str, tuple[str | int, ...]]  # each output's dimensions after the batch
Head = Callable[[Graph, Checkpoint, PoolerNames, str], Shapes]


def _embedding(graph: Graph, checkpoint: Checkpoint, pooler: PoolerNames, hidden: str) -> Shapes:
    """Mean over tokens, scaled to length 1 (Sentence-BERT, https://arxiv.org/abs/1908.10084)."""
    graph.node("LpNormalization", [_mean(graph, hidden)], "embedding", axis=-1, p=2)
    return {"embedding": (len(checkpoint.tensor("embeddings.LayerNorm.weight")),)}


def _mean_sequence(graph: Graph, checkpoint: Checkpoint, pooler: PoolerNames, hidden: str) -> Shapes:
    """Mean over tokens, then the classifier: what `modelet train` makes of an encoder that was trained so."""
    return _classify(graph, checkpoint, _mean(graph, hidden), ())


def _mean(graph: Graph, hidden: str) -> str:
    axes = graph.constant("sequence_axis", np.array([1], np.int64))
    return graph.node("ReduceMean", [hidden, axes], "mean", keepdims=0)


def _sequence(graph: Graph, checkpoint: Checkpoint, pooler: PoolerNames, hidden: str) -> Shapes:
    """transformers' ...ForSequenceClassification: the first token through two linears."""
    first = graph.node("Gather", [hidden, graph.constant("first_token", np.int64(0))], "first", axis=1)
    pooled = graph.node(pooler.activation, [linear(graph, first, checkpoint.linear(pooler.dense))], "pooled")
    return _classify(graph, checkpoint, pooled, (), pooler.output)


def _token(graph: Graph, checkpoint: Checkpoint, pooler: PoolerNames, hidden: str) -> Shapes:
    """transformers' ...ForTokenClassification: the classifier on every token."""
    return _classify(graph, checkpoint, hidden, ("sequence",))


def _classify(
    graph: Graph, checkpoint: Checkpoint, x: str, dimensions: tuple[str, ...], name: str = "classifier"
) -> Shapes:
    classifier = checkpoint.linear(name)
    graph.node("Identity", [linear(graph, x, classifier)], "logits")
    return {"logits": (*dimensions, classifier.bias.size)}


def _span(graph: Graph, checkpoint: Checkpoint, pooler: PoolerNames, hidden: str) -> Shapes:
    """transformers' ...ForQuestionAnswering: a start and an end logit for every token."""
    logits = linear(graph, hidden, checkpoint.linear("qa_outputs"))
    for column, name in enumerate(("start_logits", "end_logits")):
        graph.node("Gather", [logits, graph.constant(f"{name}.column", np.int64(column))], name, axis=2)
    return {"start_logits": ("sequence",), "end_logits": ("sequence",)}


HEADS: Mapping[str, Head] = {
    "embedding": _embedding,
    "sequence": _sequence,
    "mean-sequence": _mean_sequence,
    "token": _token,
    "span": _span,
}

"""The first layer's input: words, positions and token types."""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from workbench.packager.architecture import Architecture
from workbench.packager.checkpoint import Checkpoint
from workbench.packager.graph import Graph
from workbench.packager.layers import Array, Recipe

__all__ = ["embed", "rows_in_use"]

LENGTH, START = "sequence_length", "sequence_start"  # values [1] of the graph


def embed(
    graph: Graph, checkpoint: Checkpoint, architecture: Architecture, recipe: Recipe, separator: int | None
) -> str:
    """The sum [batch, sequence, hidden], before it is normalised.

    With a `separator` what follows the first such token has the second type, where the architecture knows types.
    """
    positions = checkpoint.tensor("embeddings.position_embeddings.weight")[architecture.first_position :]
    types = _types(checkpoint, architecture)
    if len(types) == 1 or (len(types) > 1 and separator is None):
        positions = positions + types[0]
    words = checkpoint.tensor("embeddings.word_embeddings.weight")
    word = recipe.lookup(graph, "embeddings.word", words, "input_ids")
    graph.node("Shape", ["input_ids"], LENGTH, start=1, end=2)
    graph.constant(START, np.array([0], np.int64))
    both = graph.node("Add", [word, rows_in_use(graph, "embeddings.position", positions)], "embeddings")
    if len(types) < 2 or separator is None:
        return both
    return graph.node("Add", [both, _segments(graph, types, separator)], "embeddings.typed")


def rows_in_use(graph: Graph, name: str, table: NDArray[Any]) -> str:
    """The rows of `table` [positions, ...] that the sequence has positions for."""
    return graph.node("Slice", [graph.constant(f"{name}.weight", table), START, LENGTH, START], name)


def _types(checkpoint: Checkpoint, architecture: Architecture) -> Array:
    if not architecture.token_types:
        return np.empty((0, 0), np.float32)
    return checkpoint.tensor("embeddings.token_type_embeddings.weight")[: architecture.token_types]


def _segments(graph: Graph, types: Array, separator: int) -> str:
    """Each token's type, 0 up to the first separator and 1 after it, as its row of `types`."""
    found = graph.node("Equal", ["input_ids", graph.constant("separator", np.int64(separator))], "separators")
    ones = graph.node("Cast", [found], "separator_ones", to=onnx.TensorProto.INT64)
    axis = graph.constant("separator_axis", np.int64(1))
    before = graph.node("CumSum", [ones, axis], "separators_before", exclusive=1)
    ids = graph.node("Min", [before, graph.constant("last_type", np.int64(1))], "token_type_ids")
    return graph.node("Gather", [graph.constant("embeddings.token_type.weight", types), ids], "embeddings.token_type")

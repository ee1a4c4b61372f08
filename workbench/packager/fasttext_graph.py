"""A fastText classifier as the files of a bundle: a small ONNX graph, and the features that texts are hashed to.

The graph takes the numbers of a text's features and gives the logarithm of every label's probability: the mean of the
features' rows, which stay product-quantised, then a hierarchical softmax (Morin and Bengio, 2005) over a Huffman tree.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from modelet.manifest import MODEL_FILE
from modelet.subwords import FEATURES_FILE, Features
from workbench.packager.fasttext import CENTROIDS, FastText, Quantized
from workbench.packager.graph import Graph
from workbench.packager.spec import PackagerError

__all__ = ["build", "read_fasttext", "turns"]

UNMADE = 10**15  # how often a node was seen that has no children yet: fastText's own bound


def read_fasttext(path: Path, labels: Sequence[str]) -> Mapping[str, bytes]:
    """Contents of the bundle's files, by name. Raises PackagerError if the file is not one, or has other labels."""
    try:
        model = FastText.load(path)
        features = Features(
            minn=model.minn, maxn=model.maxn, bucket=model.bucket, words=model.words, ngrams=model.ngrams.tolist()
        )
    except ValueError as error:
        raise PackagerError(f"model.toml: source.files.weights: {error}") from error
    if model.labels != list(labels):
        raise PackagerError(f"model.toml: labels must be the model's, in its order: {', '.join(model.labels)}")
    return {
        MODEL_FILE: build(model).SerializeToString(deterministic=True),
        FEATURES_FILE: features.model_dump_json().encode(),
    }


def build(model: FastText) -> onnx.ModelProto:
    """`input_ids` [1, features] to `logits` [1, labels], whose softmax changes nothing."""
    graph = Graph("fasttext")
    ids = graph.input("input_ids", np.int64, ["batch", "features"])
    rows = _lookup(graph, model.input, ids)
    text = graph.node("ReduceMean", [rows, graph.constant("features", np.array([1]))], "text", keepdims=0)
    nodes = np.ascontiguousarray(model.output[: len(model.labels) - 1].T)
    scores = graph.node("MatMul", [text, graph.constant("nodes", np.hstack([nodes, -nodes]))], "scores")
    # A turn costs -log sigmoid(±score): to the left of each node, then to its right.
    costs = graph.node("Softplus", [scores], "costs")
    ways = graph.constant("ways", np.concatenate(list(turns(model.counts))))
    cost = graph.node("MatMul", [costs, ways], "cost")
    graph.output(graph.node("Neg", [cost], "logits"), np.float32, ["batch", len(model.labels)])
    return graph.model()


def turns(counts: Sequence[int]) -> NDArray[np.float32]:
    """The Huffman tree of labels that were seen so often, most often first, as fastText builds it.

    [2, nodes, labels]: 1 where the way from the root to the label turns left, or right, at the inner node.
    """
    leaves = len(counts)
    ways = np.zeros((2, leaves - 1, leaves), np.float32)
    below: list[list[int]] = [[leaf] for leaf in range(leaves)]
    seen = [*counts, *[UNMADE] * (leaves - 1)]
    leaf, node = leaves - 1, leaves
    for parent in range(leaves, 2 * leaves - 1):
        children = []
        for _ in range(2):
            if leaf >= 0 and seen[leaf] < seen[node]:
                children.append(leaf)
                leaf -= 1
            else:
                children.append(node)
                node += 1
        for way, child in zip(ways, children, strict=True):
            way[parent - leaves, below[child]] = 1
        below.append([label for child in children for label in below[child]])
        seen[parent] = sum(seen[child] for child in children)
    return ways


def _lookup(graph: Graph, table: Quantized, ids: str) -> str:
    """Rows of `table`: ids [batch, features] -> [batch, features, dim]."""
    parts, _, size = table.centroids.shape
    codes = graph.node("Gather", [graph.constant("codes", table.codes), ids], "row_codes")
    codes = graph.node("Cast", [codes], "part_codes", to=onnx.TensorProto.INT32)
    first = np.arange(0, parts * CENTROIDS, CENTROIDS, dtype=np.int32)
    codes = graph.node("Add", [codes, graph.constant("first", first)], "centroid")
    centroids = graph.constant("centroids", table.centroids.reshape(-1, size))
    joined = graph.constant("joined", np.array([0, 0, parts * size]))
    unit = graph.node("Reshape", [graph.node("Gather", [centroids, codes], "parts"), joined], "unit_rows")
    norms = graph.constant("norms", table.norms[:, np.newaxis])
    return graph.node("Mul", [unit, graph.node("Gather", [norms, ids], "row_norms")], "rows")

"""MPNet (Song et al., 2020, https://arxiv.org/abs/2004.09297): attention also weighs how far apart two tokens are."""

import numpy as np

from workbench.packager.architecture import Architecture, LayerNames, PoolerNames
from workbench.packager.checkpoint import Checkpoint
from workbench.packager.embeddings import rows_in_use
from workbench.packager.graph import Graph

__all__ = ["MPNET"]

BUCKETS, REACH = 32, 128  # distances from REACH on share a bucket


def _bias(graph: Graph, checkpoint: Checkpoint) -> str:
    """[1, heads, sequence, sequence]: for query i and key j the weights of the bucket of j - i."""
    count = len(checkpoint.tensor("embeddings.position_embeddings.weight"))
    by_bucket = checkpoint.tensor("encoder.relative_attention_bias.weight")
    by_distance = by_bucket[[_bucket(distance) for distance in range(1 - count, count)]].T[np.newaxis]
    place = np.arange(count)
    keys = rows_in_use(graph, "attention_bias.keys", place)
    queries = rows_in_use(graph, "attention_bias.queries", place[:, np.newaxis] - (count - 1))
    distances = graph.node("Sub", [keys, queries], "attention_bias.distances")  # from the least possible one
    return graph.node(
        "Gather", [graph.constant("attention_bias.weight", by_distance), distances], "attention_bias", axis=2
    )


def _bucket(distance: int) -> int:
    """T5's buckets (https://arxiv.org/abs/1910.10683): one for each small distance, then wider ones by logarithm.

    That is taken in whole numbers, which are the same on any machine: n reaches step k of s when (n / exact)^s reaches
    (REACH / exact)^k.
    """
    half = BUCKETS // 2
    exact = half // 2
    n, steps = abs(distance), half - exact
    wide = exact + sum(n**steps * exact**k >= exact**steps * REACH**k for k in range(1, steps))
    return half * (distance > 0) + (n if n < exact else wide)


MPNET = Architecture(
    model_types=("mpnet",),
    layer=LayerNames(
        stem="encoder.layer.{}",
        query="attention.attn.q",
        key="attention.attn.k",
        value="attention.attn.v",
        out="attention.attn.o",
        attention_norm="attention.LayerNorm",
        up="intermediate.dense",
        down="output.dense",
        output_norm="output.LayerNorm",
    ),
    pooler=PoolerNames("classifier.dense", "Tanh", "classifier.out_proj"),
    supported={"relative_attention_num_buckets": (BUCKETS,)},
    first_position=2,  # after that of padding
    bias=_bias,
)

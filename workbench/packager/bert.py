"""BERT (Devlin et al., 2018, https://arxiv.org/abs/1810.04805)."""

from workbench.packager.architecture import Architecture, LayerNames, PoolerNames

__all__ = ["BERT", "LAYER"]

LAYER = LayerNames(
    stem="encoder.layer.{}",
    query="attention.self.query",
    key="attention.self.key",
    value="attention.self.value",
    out="attention.output.dense",
    attention_norm="attention.output.LayerNorm",
    up="intermediate.dense",
    down="output.dense",
    output_norm="output.LayerNorm",
)
BERT = Architecture(
    model_types=("bert",),
    layer=LAYER,
    pooler=PoolerNames("pooler.dense", "Tanh", "classifier"),
    supported={
        "position_embedding_type": ("absolute", None),
        "is_decoder": (False,),
        "add_cross_attention": (False,),
    },
    token_types=2,
)

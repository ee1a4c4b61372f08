"""DistilBERT (Sanh et al., 2019, https://arxiv.org/abs/1910.01108): BERT less token types, in other names."""

from workbench.packager.architecture import Architecture, LayerNames, PoolerNames, SizeNames

__all__ = ["DISTILBERT"]

DISTILBERT = Architecture(
    model_types=("distilbert",),
    layer=LayerNames(
        stem="transformer.layer.{}",
        query="attention.q_lin",
        key="attention.k_lin",
        value="attention.v_lin",
        out="attention.out_lin",
        attention_norm="sa_layer_norm",
        up="ffn.lin1",
        down="ffn.lin2",
        output_norm="output_layer_norm",
    ),
    pooler=PoolerNames("pre_classifier", "Relu", "classifier"),
    supported={},
    sizes=SizeNames(hidden="dim", heads="n_heads", layers="n_layers", activation="activation"),
)

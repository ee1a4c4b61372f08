"""RoBERTa (Liu et al., 2019, https://arxiv.org/abs/1907.11692) and XLM-RoBERTa: BERT's layers, without token types."""

from workbench.packager.architecture import Architecture, PoolerNames
from workbench.packager.bert import LAYER

__all__ = ["ROBERTA"]

ROBERTA = Architecture(
    model_types=("roberta", "xlm-roberta"),
    layer=LAYER,
    pooler=PoolerNames("classifier.dense", "Tanh", "classifier.out_proj"),
    supported={
        "position_embedding_type": ("absolute", None),
        "is_decoder": (False,),
        "add_cross_attention": (False,),
        "pad_token_id": (1,),
    },
    first_position=2,  # after that of padding
    token_types=1,
)

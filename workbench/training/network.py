"""The network that is trained: a frozen backbone, low-rank adapters on its linears, and a head.

LoRA (Hu et al., 2021, https://arxiv.org/abs/2106.09685) by peft. The head is the one that the graph builder makes
(`workbench/packager/heads.py`), so that what is trained is what is packaged.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from peft import LoraConfig, get_peft_model
from safetensors.numpy import load_file
from torch import Tensor, nn

__all__ = ["Network", "load_network"]

ADAPTED = ("query", "key", "value", "dense", "q", "k", "v", "o")  # every linear inside the layers, of BERT and of MPNet
LORA_A, LORA_B = ".lora_A.default.weight", ".lora_B.default.weight"


class Network(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """Token ids [batch, tokens] and the count of real ones [batch] to logits [batch, (tokens,) columns]."""

    def __init__(self, backbone: nn.Module, head: str, columns: int, separator: int | None, dropout: float) -> None:
        super().__init__()
        self.backbone = backbone
        self.separator = separator
        width = backbone.config.hidden_size
        self.dropout = nn.Dropout(dropout)
        self.pooler = nn.Linear(width, width) if head == "sequence" else None
        self.per_token = head in {"token", "span"}
        self.output_name = "qa_outputs" if head == "span" else "classifier"
        self.output = nn.Linear(width, columns)
        nn.init.normal_(self.output.weight, std=0.02)
        nn.init.zeros_(self.output.bias)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        mask = torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]
        inputs = {"input_ids": ids, "attention_mask": mask.long()}
        if self.separator is not None:
            separators = (ids == self.separator).long()
            inputs["token_type_ids"] = (separators.cumsum(1) - separators).clamp(max=1) * mask
        hidden = self.backbone(**inputs).last_hidden_state
        return self.output(self.dropout(hidden if self.per_token else self._pool(hidden, mask)))

    def _pool(self, hidden: Tensor, mask: Tensor) -> Tensor:
        if self.pooler is not None:
            return torch.tanh(self.pooler(hidden[:, 0]))
        weights = mask[:, :, None].to(hidden.dtype)
        return (hidden * weights).sum(1) / weights.sum(1)

    def trained(self) -> dict[str, Tensor]:
        """What training changes, by parameter."""
        return {name: value for name, value in self.named_parameters() if value.requires_grad}

    def load_trained(self, state: Mapping[str, Tensor]) -> None:
        parameters = self.trained()
        for name, value in state.items():
            parameters[name].data.copy_(value)


def load_network(
    weights: Path,
    config: Path,
    head: str,
    columns: int,
    *,
    rank: int,
    dropout: float = 0.0,
    separator: int | None = None,
    start: Mapping[str, NDArray[Any]] | None = None,
) -> Network:
    """The network from a checkpoint of transformers; rank 0 trains every weight instead of adapters.

    `dropout` is that of hidden layers and head; the scores of attention have none.
    `separator` is the id of the token between the texts of a pair, where the backbone knows token types. `start` are
    merged weights to begin with instead of the checkpoint's, a head's among them.
    """
    tensors = dict(start) if start is not None else load_file(weights)
    settings = transformers.AutoConfig.for_model(**json.loads(config.read_text(encoding="utf-8")))
    settings.attention_probs_dropout_prob, settings.hidden_dropout_prob = 0.0, dropout
    # On a CPU the fused kernel's backward pass alone takes a third of a step on short texts.
    attention = "sdpa" if torch.cuda.is_available() else "eager"
    backbone = transformers.AutoModel.from_config(settings, attn_implementation=attention)
    missing, _ = backbone.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in tensors.items()}, strict=False)
    if lacking := [name for name in missing if not name.startswith(("pooler", "embeddings.position_ids"))]:
        raise ValueError(f"{weights} lacks {', '.join(lacking)}")
    pooler = backbone.pooler
    backbone.pooler = None
    if rank:
        adapters = LoraConfig(r=rank, lora_alpha=rank, target_modules=list(ADAPTED), lora_dropout=0.0)
        backbone = get_peft_model(backbone, adapters)
    network = Network(backbone, head, columns, separator, dropout)
    _start_head(network, tensors, pooler)
    return network


def _start_head(network: Network, tensors: Mapping[str, NDArray[Any]], pooler: Any) -> None:
    if network.pooler is not None and "pooler.dense.weight" in tensors and pooler is not None:
        network.pooler.load_state_dict(pooler.dense.state_dict())
    name = network.output_name
    if f"{name}.weight" in tensors and tensors[f"{name}.weight"].shape == network.output.weight.shape:
        for part in ("weight", "bias"):
            getattr(network.output, part).data.copy_(torch.from_numpy(np.array(tensors[f"{name}.{part}"])))

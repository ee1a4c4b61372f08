"""A network and what it is to learn, on the device there is."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray

from modelet.tokenizer import TextTokenizer
from workbench.packager.pairs import separator_of
from workbench.packager.spec import Role
from workbench.training.loop import Plan, Progress, fit, outputs_of
from workbench.training.network import Network, load_network
from workbench.training.objectives import OBJECTIVES, Encoded, Objective
from workbench.training.store import Store

__all__ = ["Learner", "Task", "make_learner"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Task:
    """What is learned: `objective` by its name, the labels in their columns' order, and how texts are read."""

    objective: str
    labels: tuple[str, ...]
    head: str
    pair: bool
    max_tokens: int


@dataclass(frozen=True)
class Learner:
    """A network and its objective."""

    network: Network
    objective: Objective

    def encode(self, examples: Iterable[Any], folder: Path) -> Store:
        """The examples as the network reads them, in a file in `folder`."""
        return Store(map(self.objective.encode, examples), folder)

    def fit(
        self, training: Sequence[Encoded], watched: Sequence[Encoded], plan: Plan, checkpoint: Path, what: str
    ) -> Progress:
        """Train, or go on where `checkpoint` was left."""
        return fit(self.network, self.objective, training, watched, plan, checkpoint, what)

    def outputs(self, encoded: Sequence[Encoded]) -> list[Array]:
        return outputs_of(self.network, encoded)


def make_learner(
    task: Task, files: Mapping[Role, Path], *, rank: int, seed: int, start: Mapping[str, Array], dropout: float = 0.0
) -> Learner:
    """A learner that begins with the weights `start`; rank 0 trains all of the layers, the embeddings stay."""
    tokenizer = TextTokenizer(files["tokenizer"], verbatim=task.pair)
    objective = OBJECTIVES[task.objective](task.labels, tokenizer, task.max_tokens)
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # transformers warns of what peft calls
        network = load_network(
            files["weights"],
            files["config"],
            task.head,
            objective.columns,
            rank=rank,
            dropout=dropout,
            separator=separator_of(tokenizer) if task.pair and _knows_types(start) else None,
            start=start,
        )
    if not rank:
        network.backbone.embeddings.requires_grad_(False)
    network.to("cuda" if torch.cuda.is_available() else "cpu")
    return Learner(network, objective)


def _knows_types(weights: Mapping[str, Array]) -> bool:
    """Whether the backbone has learned to tell the texts of a pair apart by token types."""
    table = weights.get("embeddings.token_type_embeddings.weight")
    return table is not None and len(table) > 1

"""What is learned and how it is told from a network's outputs, for each family of tasks."""

from collections.abc import Callable

from workbench.training.objectives.answering import Answering
from workbench.training.objectives.base import Encoded, Objective
from workbench.training.objectives.classification import Classification
from workbench.training.objectives.flagging import Flagging
from workbench.training.objectives.ranking import Ranking
from workbench.training.objectives.tagging import IGNORED, Tagging

__all__ = ["IGNORED", "OBJECTIVES", "Encoded", "Objective"]

OBJECTIVES: dict[str, Callable[..., Objective]] = {
    "classification": Classification,
    "flagging": Flagging,
    "tagging": Tagging,
    "answering": Answering,
    "ranking": Ranking,
}

"""Named entities: exact spans of the right type, as WNUT 2017 scores them (https://aclanthology.org/W17-4418)."""

from collections.abc import Iterable, Sequence

from functions.ner.entities import GROUPS
from workbench.evaluation.metrics import Metric, f1, ratio
from workbench.evaluation.services import AnyOperation, ask_each
from workbench.training.examples import Tagged

__all__ = ["Entities", "found", "labelled", "measure", "score"]

Entities = set[tuple[int, int, str]]  # start, end, group


def measure(operation: AnyOperation, rows: Sequence[Tagged]) -> list[Metric]:
    return score(found(operation, [row.text for row in rows]), labelled(rows))


def found(operation: AnyOperation, texts: Sequence[str]) -> list[Entities]:
    """What the service finds in each text."""
    answers = ask_each(operation, texts)
    return [{(one["start"], one["end"], one["entity_group"]) for one in answer} for answer in answers]


def labelled(rows: Iterable[Tagged]) -> list[Entities]:
    """What is to be found, by the service's names of groups."""
    return [{(span.start, span.end, GROUPS.get(span.type, span.type)) for span in row.spans} for row in rows]


def score(ours: Sequence[Entities], truth: Sequence[Entities]) -> list[Metric]:
    """F1, precision and recall over all texts, and the F1 of each group that is labelled."""
    counts = _counts(ours, truth)
    right, answered, there = zip(*counts, strict=True)
    groups = sorted({group for entities in truth for *_, group in entities})
    return [
        f1("span F1", counts),
        ratio("precision", right, answered),
        ratio("recall", right, there),
        *(f1(f"span F1, {group}", _counts(_only(ours, group), _only(truth, group))) for group in groups),
    ]


def _counts(ours: Iterable[Entities], truth: Iterable[Entities]) -> list[tuple[int, int, int]]:
    """What is right, found and labelled in each text."""
    return [(len(one & other), len(one), len(other)) for one, other in zip(ours, truth, strict=True)]


def _only(entities: Iterable[Entities], group: str) -> list[Entities]:
    return [{one for one in some if one[2] == group} for some in entities]

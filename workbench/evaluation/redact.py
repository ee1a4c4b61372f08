"""Recall and precision of redaction on a labelled file in presidio-research's JSON format.

The format: a list of `{"full_text", "spans": [{"entity_type", "start_position", "end_position"}]}`, offsets in
Unicode code points (https://github.com/microsoft/presidio-research). `text`, `type`, `start` and `end` are accepted
for the same fields.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import numpy as np
from pydantic import AliasChoices, BaseModel, Field, TypeAdapter, ValidationError

from functions.redact.entities import DEFAULT_ENTITIES, ENTITIES
from workbench.evaluation.metrics import Metric, ratio
from workbench.evaluation.services import AnyOperation, ask_each, open_operation

__all__ = ["FoundSpan", "TypeScore", "evaluate", "evaluate_service", "measure", "read_labelled"]

# The set's names of what the service calls otherwise.
_NAMES: Final = {
    "IBAN_CODE": "IBAN",
    "DOMAIN_NAME": "URL",
    "US_DRIVER_LICENSE": "DRIVERS_LICENSE",
    "US_BANK_NUMBER": "BANK_ACCOUNT",
    "US_PASSPORT": "PASSPORT",
    "US_ITIN": "TAX_ID",
    "GPE": "LOCATION",
}


class LabelledSpan(BaseModel):
    type: str = Field(validation_alias=AliasChoices("entity_type", "type"))
    start: int = Field(ge=0, validation_alias=AliasChoices("start_position", "start"))
    end: int = Field(gt=0, validation_alias=AliasChoices("end_position", "end"))


class LabelledText(BaseModel):
    text: str = Field(validation_alias=AliasChoices("full_text", "text"))
    spans: list[LabelledSpan]


class FoundSpan(Protocol):
    """A span of an answer; offsets in code points, `end` excluded."""

    @property
    def type(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class Found(NamedTuple):
    """A span as the service answers it."""

    type: str
    start: int
    end: int


class TypeScore(NamedTuple):
    """Shares are of `labelled` (recalls, covered) and of `found` (precision); None where there are none of them."""

    type: str
    labelled: int
    recall: float | None  # overlapped by a span of its type
    recall_any: float | None  # overlapped by a span of any type
    covered: float | None  # of its characters
    found: int
    precision: float | None  # overlapping a labelled span of any type


@dataclass
class _Tally:
    labelled: int = 0
    typed: int = 0
    hit: int = 0
    characters: int = 0
    covered: int = 0
    found: int = 0
    true: int = 0

    def score(self, entity: str) -> TypeScore:
        return TypeScore(
            entity,
            self.labelled,
            _share(self.typed, self.labelled),
            _share(self.hit, self.labelled),
            _share(self.covered, self.characters),
            self.found,
            _share(self.true, self.found),
        )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def read_labelled(path: Path) -> list[LabelledText]:
    """The rows of the labelled file at `path`.

    Raises:
        ValueError: if a row is malformed; the message names the file, the row (from 0) and the field.
    """
    try:
        rows = TypeAdapter(list[LabelledText]).validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = "row " + ".".join(map(str, first["loc"])) if first["loc"] else "the file"
        raise ValueError(f"{path}: {place}: {first['msg']}") from None
    for number, row in enumerate(rows):
        for index, span in enumerate(row.spans):
            if not span.start < span.end <= len(row.text):
                raise ValueError(
                    f"{path}: row {number}.spans.{index}: {span.start} to {span.end} is no span of "
                    f"a text of {len(row.text)} characters"
                )
    return rows


def _common(a: LabelledSpan | FoundSpan, b: LabelledSpan | FoundSpan) -> int:
    return max(0, min(a.end, b.end) - max(a.start, b.start))


def _count(tallies: dict[str, _Tally], labelled: Sequence[LabelledSpan], found: Sequence[FoundSpan]) -> None:
    for label in labelled:
        name = _NAMES.get(label.type, label.type)
        tally, hits = tallies[name], [span for span in found if _common(label, span)]
        tally.labelled += 1
        tally.typed += any(span.type == name for span in hits)
        tally.hit += bool(hits)
        tally.characters += label.end - label.start
        tally.covered += sum(_common(label, span) for span in hits)
    for span in found:
        tallies[span.type].found += 1
        tallies[span.type].true += any(_common(label, span) for label in labelled)


def evaluate(predict: Callable[[list[str]], Sequence[Sequence[FoundSpan]]], path: Path) -> list[TypeScore]:
    """A row for each type that is labelled in the file at `path` or found in its texts, sorted by name.

    `predict` gives the spans of each text, disjoint.

    Raises:
        ValueError: if a row is malformed; the message names the file, the row (from 0) and the field.
    """
    rows = read_labelled(path)
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    for row, found in zip(rows, predict([row.text for row in rows]), strict=True):
        _count(tallies, row.spans, found)
    return [tally.score(entity) for entity, tally in sorted(tallies.items())]


def evaluate_service(data: Path) -> list[TypeScore]:
    """The figures of the redact function on the labelled file at `data`, type by type.

    Every type is measured as users get it: those that must be asked for (LOCATION) in answers that hold all types,
    the others in answers to requests that ask for nothing, where no LOCATION counts as a hit.

    Raises:
        ValueError: if a row is malformed; the message names the file, the row (from 0) and the field.
    """
    operation = open_operation("redact")
    rows = {row.type: row for row in evaluate(partial(_redact, operation, entities=None), data)}
    for row in evaluate(partial(_redact, operation, entities=list(ENTITIES)), data):
        if row.type in ENTITIES and row.type not in DEFAULT_ENTITIES:
            rows[row.type] = row
    return [row for _, row in sorted(rows.items())]


def measure(operation: AnyOperation, rows: Sequence[LabelledText]) -> list[Metric]:
    """The figures over all types together, all of them asked for."""
    found = _redact(operation, [row.text for row in rows], entities=list(ENTITIES))
    tallies = [_tally(row.spans, spans) for row, spans in zip(rows, found, strict=True)]
    return [
        ratio("spans found", [one.hit for one in tallies], [one.labelled for one in tallies]),
        ratio("characters covered", [one.covered for one in tallies], [one.characters for one in tallies]),
        ratio("precision", [one.true for one in tallies], [one.found for one in tallies]),
    ]


def _tally(labelled: Sequence[LabelledSpan], found: Sequence[FoundSpan]) -> _Tally:
    """Of one text, whatever the types."""
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    _count(tallies, labelled, found)
    return _Tally(*np.sum([astuple(one) for one in (_Tally(), *tallies.values())], axis=0).tolist())


def _redact(operation: AnyOperation, texts: Sequence[str], entities: list[str] | None) -> list[list[Found]]:
    answers = ask_each(operation, texts, entities=entities)
    return [[Found(span["type"], span["start"], span["end"]) for span in answer["spans"]] for answer in answers]

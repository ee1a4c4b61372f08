"""The rows of a file that a user brings: which columns there are, what they may hold, what they become."""

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError, model_validator

from workbench.packager.model_file import told
from workbench.training.examples import Classified, Flagged, Question, Ranked, Span, Tagged
from workbench.training.records import read_records
from workbench.training.spec import TrainingError

__all__ = ["Kind", "kind_of", "read_examples", "read_rows"]


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("has half of a surrogate pair, which is no character")
    return text


Text = Annotated[str, AfterValidator(_not_blank)]


def _list(name: str, cell: str) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError) as error:
        raise TrainingError(f"{name}: lists are written as JSON here: {error}") from None


class Row(BaseModel, ABC):
    """One row; further columns are left alone. `ranks` is true of rows that become `Ranked`.

    At least one row of a file must be one that `finds` something; `sought` names it.
    """

    ranks: ClassVar[bool] = False
    sought: ClassVar[str] = "a text"

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The row that `record` holds; where a list is called for, a text is JSON, since CSV files know only texts."""
        lists = [name for name, field in cls.model_fields.items() if field.annotation not in {str, bool}]
        parsed = {name: _list(name, record[name]) for name in lists if isinstance(record.get(name), str)}
        return cls.model_validate({**record, **parsed})

    @property
    def labels_there(self) -> Collection[str]:
        """The labels that this row teaches."""
        return ()

    @property
    def finds(self) -> bool:
        return True

    @abstractmethod
    def example(self, labels: Sequence[str]) -> Any:
        """What is trained on; `labels` are all that there are."""


class _Labelled(Row):
    label: Text

    @property
    def labels_there(self) -> Collection[str]:
        return (self.label,)


class _ClassifiedRow(_Labelled):
    text: Text

    def example(self, labels: Sequence[str]) -> Classified:
        return Classified((self.text,), self.label)


class _PairRow(_Labelled):
    premise: Text
    hypothesis: Text

    def example(self, labels: Sequence[str]) -> Classified:
        return Classified((self.premise, self.hypothesis), self.label)


class _FlaggedRow(Row):
    text: Text
    labels: tuple[Text, ...]

    @property
    def labels_there(self) -> Collection[str]:
        return self.labels

    def example(self, labels: Sequence[str]) -> Flagged:
        return Flagged(self.text, {label: float(label in self.labels) for label in labels})


class _SpanCell(BaseModel):
    start: NonNegativeInt
    end: NonNegativeInt
    type: Text


class _TaggedRow(Row):
    text: Text
    spans: tuple[_SpanCell, ...]

    @model_validator(mode="after")
    def _inside(self) -> Self:
        end = 0
        for span in sorted(self.spans, key=lambda one: one.start):
            if not end <= span.start < span.end <= len(self.text):
                raise ValueError(f"spans: {span.start} to {span.end} is empty, overlaps another or leaves the text")
            end = span.end
        return self

    @property
    def labels_there(self) -> Collection[str]:
        return ("O", *(f"{prefix}-{span.type}" for span in self.spans for prefix in "BI"))

    def example(self, labels: Sequence[str]) -> Tagged:
        return Tagged(self.text, tuple(Span(span.start, span.end, span.type) for span in self.spans))


class _Answers(BaseModel):
    text: tuple[Text, ...]
    answer_start: tuple[NonNegativeInt, ...]


class _QuestionRow(Row):
    """SQuAD's fields, as Hugging Face's `datasets` has them; no answer where `answers` is empty."""

    sought: ClassVar[str] = "an answer"

    question: Text
    context: Text
    answers: _Answers

    @property
    def finds(self) -> bool:
        return bool(self.answers.text)

    @model_validator(mode="after")
    def _where_they_say(self) -> Self:
        if len(self.answers.text) != len(self.answers.answer_start):
            raise ValueError("answers: text and answer_start differ in length")
        for text, start in zip(self.answers.text, self.answers.answer_start, strict=True):
            if not self.context.startswith(text, start):
                raise ValueError(f"answers: {text!r} is not at character {start} of context")
        return self

    def example(self, labels: Sequence[str]) -> Question:
        spans = zip(self.answers.text, self.answers.answer_start, strict=True)
        return Question(self.question, self.context, tuple(Span(start, start + len(text)) for text, start in spans))


class _RankedRow(Row):
    ranks = True
    query: Text
    passages: tuple[Text, ...]
    relevant: tuple[NonNegativeInt, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _there(self) -> Self:
        if max(self.relevant) >= len(self.passages):
            raise ValueError(f"relevant: {max(self.relevant)} is no index of {len(self.passages)} passages (from 0)")
        return self

    def example(self, labels: Sequence[str]) -> Ranked:
        return Ranked(self.query, self.passages, frozenset(self.relevant))


class _JudgedRow(Row):
    """One passage of a query; rows of one query stand together."""

    ranks = True
    sought: ClassVar[str] = "a relevant passage"

    query: Text
    passage: Text
    relevant: bool

    @property
    def finds(self) -> bool:
        return self.relevant

    def example(self, labels: Sequence[str]) -> Ranked:
        return Ranked(self.query, (self.passage,), frozenset({0} if self.relevant else ()))


Kind = type[Row]
# By objective; pairs of texts have columns of their own.
_KINDS: dict[str, tuple[Kind, ...]] = {
    "classification": (_ClassifiedRow,),
    "pairs": (_PairRow,),
    "flagging": (_FlaggedRow,),
    "tagging": (_TaggedRow,),
    "answering": (_QuestionRow,),
    "ranking": (_RankedRow, _JudgedRow),
}


def kind_of(path: Path, objective: str, *, pair: bool) -> Kind:
    """The kind of row in `path`, by its columns. Raises TrainingError that names those it should have."""
    kinds = _KINDS["pairs" if pair and objective == "classification" else objective]
    first = next(read_records(path), None)
    if first is None:
        raise TrainingError(f"{path} has no rows")
    for kind in kinds:
        if kind.model_fields.keys() <= first[1].keys():
            return kind
    wanted = " or ".join(", ".join(kind.model_fields) for kind in kinds)
    raise TrainingError(f"{path}: has the columns {', '.join(first[1])}, but needs {wanted}")


def read_rows(path: Path, kind: Kind) -> Iterator[Row]:
    """Every row, checked. Raises TrainingError naming file, line and field."""
    for place, record in read_records(path):
        try:
            yield kind.from_record(record)
        except ValidationError as error:
            raise TrainingError(f"{path}, {place}: {told(error.errors()[0])}") from None
        except TrainingError as error:
            raise TrainingError(f"{path}, {place}: {error}") from None


def read_examples(path: Path, kind: Kind, labels: Sequence[str]) -> Iterator[Any]:
    """The examples that the rows of a file become."""
    examples = (row.example(labels) for row in read_rows(path, kind))
    return _together(examples) if kind.ranks else examples


def _together(examples: Iterable[Ranked]) -> Iterator[Ranked]:
    """One example for each run of the same query, unless nothing there answers it."""
    for query, group in groupby(examples, key=lambda one: one.query):
        passages: list[str] = []
        relevant: set[int] = set()
        for one in group:
            relevant |= {len(passages) + index for index in one.relevant}
            passages += one.passages
        if relevant:
            yield Ranked(query, tuple(passages), frozenset(relevant))

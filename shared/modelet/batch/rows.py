"""A row of a file as a request, and its answer as a row again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from modelet.batch.framing import SHOWN, Row
from modelet.errors import InvalidInputError
from modelet.operation import Operation, Reply

__all__ = ["AT_ONCE", "OUTPUT", "Answers", "Failure", "answer_rows"]

AT_ONCE = 256  # rows in one prediction
OUTPUT = "output"  # the column that an answer is put in
LONGEST_SHOWN = 1 << 20  # bytes of a failed row
MOST_REASONS = 5  # of one row


@dataclass(frozen=True, slots=True)
class Failure:
    """A row that cannot be answered, by the number of its line, and why."""

    line: int
    error: str
    row: Any

    def encoded(self) -> bytes:
        """A line of JSON that begins with the line's number; of a row that is very long only the beginning."""
        row = to_json(self.row, inf_nan_mode="null")
        if len(row) > LONGEST_SHOWN:
            row = to_json(row[:SHOWN].decode(errors="replace"))
        return b'{"line":%d,"error":%s,"row":%s}\n' % (self.line, to_json(self.error), row)


@dataclass(frozen=True, slots=True)
class Answers:
    """Answered rows as JSON lines, and those that cannot be answered."""

    lines: list[bytes]
    failures: list[Failure]


def answer_rows(
    operation: Operation[Any, Any, Any, Any], rows: Sequence[Row], parameters: Mapping[str, Any] | None = None
) -> Answers:
    """Answer `rows` with one prediction over all valid ones.

    A row has what a request has, or the columns of its one input (`operation.columns`). Its other columns are passed
    through; one without `id` gets the byte at which it begins. `parameters` are added to each request. Raises what
    every one of several requests failed with: then it is not the rows' fault.
    """
    asked: list[tuple[Row, BaseModel]] = []
    failures = []
    for row in rows:
        try:
            asked.append((row, _request(operation, row, parameters or {})))
        except (InvalidInputError, ValidationError) as error:
            failures.append(_failure(row, _told(error)))
        except ValueError as error:
            failures.append(_failure(row, str(error)))
    outcomes = operation.answer_each([request for _, request in asked])
    _raise_common(outcomes)
    lines = []
    for (row, _), outcome in zip(asked, outcomes, strict=True):
        if isinstance(outcome, Exception):
            failures.append(_failure(row, type(outcome).__name__))
        else:
            lines.append(_line(operation, row, outcome))
    return Answers(lines, sorted(failures, key=lambda one: one.line))


def _request(operation: Operation[Any, Any, Any, Any], row: Row, parameters: Mapping[str, Any]) -> BaseModel:
    if row.values is None:
        raise ValueError(row.error)
    if OUTPUT in row.values:
        raise ValueError(f"the column {OUTPUT!r} is where the answer goes; rename it")
    read = {name: row.values[name] for name in _read(operation, row.values) if name in row.values}
    if operation.field not in read:
        read = {operation.field: _input(operation.columns, read)}
    if "parameters" in operation.request.model_fields:
        own = row.values.get("parameters") or {}
        if parameters or own:
            read["parameters"] = {**parameters, **own} if isinstance(own, dict) else own
    else:
        read = {**parameters, **read}
    request: BaseModel = operation.request.model_validate(read)
    operation.validate(request)
    return request


def _read(operation: Operation[Any, Any, Any, Any], values: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns that a request is made of."""
    if operation.field in values and operation.field not in operation.columns:
        return (operation.field,)
    return operation.columns


def _input(columns: Sequence[str], read: Mapping[str, Any]) -> Any:
    if lacking := [name for name in columns if name not in read]:
        raise ValueError(f"the column {lacking[0]!r} is missing")
    return read if len(columns) > 1 else read[columns[0]]


def _line(operation: Operation[Any, Any, Any, Any], row: Row, reply: Reply[Any]) -> bytes:
    values = row.values or {}
    read = {*_read(operation, values), "parameters"}
    passed = {name: value for name, value in values.items() if name not in read}
    return to_json({"id": row.start, **passed, OUTPUT: reply.response}, inf_nan_mode="null") + b"\n"


def _failure(row: Row, error: str) -> Failure:
    return Failure(row.line, error, row.raw if row.values is None else row.values)


def _told(error: InvalidInputError | ValidationError) -> str:
    if isinstance(error, InvalidInputError):
        return str(error)
    return "; ".join(
        f"{'.'.join(map(str, one['loc'])) or 'row'}: {one['msg']}"
        for one in error.errors(include_input=False)[:MOST_REASONS]
    )


def _raise_common(outcomes: Sequence[Reply[Any] | Exception]) -> None:
    errors = [one for one in outcomes if isinstance(one, Exception)]
    if len(errors) > 1 and len(errors) == len(outcomes):
        raise errors[0]

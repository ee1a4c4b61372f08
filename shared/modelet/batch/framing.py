"""Rows of a file out of a stream of its bytes: where each begins and ends, and what it holds.

JSON lines (https://jsonlines.org) and CSV (RFC 4180, with a header, as Python's csv module reads it).
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic_core import from_json

__all__ = ["LONGEST_ROW", "SHOWN", "Format", "Row", "lines_of", "read_header", "rows_of"]

Format = Literal["jsonl", "csv"]

LONGEST_ROW = 16 << 20  # bytes
SHOWN = 1_000  # characters of a row that is too long to be kept
_TOO_LONG = f"more than {LONGEST_ROW} bytes"

csv.field_size_limit(LONGEST_ROW)


@dataclass(frozen=True, slots=True)
class Row:
    """A row at bytes [start, end) of its file; `line` counts from 0 at the first line read.

    `values` are its columns, or None for a broken one; then `error` says why and `raw` is its text. The data ended
    within an `unfinished` one.
    """

    start: int
    end: int
    line: int
    values: dict[str, Any] | None
    error: str = ""
    raw: str = ""
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    content: bytes  # its first bytes, if it is too long

    @property
    def too_long(self) -> bool:
        return self.end - self.start > LONGEST_ROW


def lines_of(chunks: Iterable[bytes], start: int = 0) -> Iterator[_Line]:
    """The lines of a stream that begins at byte `start` of its file; of one that is too long only the beginning."""
    pending, length, begin = bytearray(), 0, start
    for chunk in chunks:
        pieces = chunk.split(b"\n")
        for piece in pieces[:-1]:
            _keep(pending, piece)
            length += len(piece) + 1
            yield _Line(begin, begin + length, bytes(pending))
            begin, length = begin + length, 0
            pending.clear()
        _keep(pending, pieces[-1])
        length += len(pieces[-1])
    if length:
        yield _Line(begin, begin + length, bytes(pending))


def _keep(pending: bytearray, piece: bytes) -> None:
    pending += piece[: LONGEST_ROW + 1 - len(pending)]


def read_header(chunks: Iterable[bytes], start: int) -> tuple[list[str], int]:
    """The names of a CSV file's columns, and where its first row begins. Raises ValueError naming what is wrong."""
    for row in _records(lines_of(chunks, start)):
        if isinstance(row.content, str):
            raise ValueError(f"the header is {row.content}")
        names = row.content
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"the header names column {twice[0]!r} twice")
        return names, row.end
    return [], start


def rows_of(chunks: Iterable[bytes], form: Format, start: int = 0, header: Sequence[str] = ()) -> Iterator[Row]:
    """The rows of a stream that begins with a row, at byte `start`; empty lines are none."""
    lines = lines_of(chunks, start)
    return _objects(lines) if form == "jsonl" else _mappings(lines, list(header))


def _objects(lines: Iterable[_Line]) -> Iterator[Row]:
    for number, line in enumerate(lines):
        if not line.content.strip():
            continue
        values, error = (None, _TOO_LONG) if line.too_long else _object(line.content)
        if error:
            yield _broken(line.start, line.end, number, error, line.content)
        else:
            yield Row(line.start, line.end, number, values)


def _object(content: bytes) -> tuple[dict[str, Any] | None, str]:
    """The object in a line, or what is wrong with it."""
    try:
        value = from_json(content, allow_inf_nan=False)
    except ValueError as error:
        return None, f"no JSON: {error}"
    return (value, "") if isinstance(value, dict) else (None, "no JSON object")


def _broken(start: int, end: int, line: int, error: str, content: bytes, *, unfinished: bool = False) -> Row:
    text = content.decode(errors="replace").rstrip("\r\n")
    shown = text if len(content) <= LONGEST_ROW else text[:SHOWN]
    return Row(start, end, line, None, error, shown, unfinished)


@dataclass(frozen=True, slots=True)
class _Record:
    """A record of CSV: its fields, or what is wrong with it; `raw` are its lines."""

    start: int
    end: int
    line: int
    content: list[str] | str
    raw: bytes
    unfinished: bool


def _mappings(lines: Iterable[_Line], header: list[str]) -> Iterator[Row]:
    for record in _records(lines):
        match record.content:
            case str(error):
                unfinished = record.unfinished
                yield _broken(record.start, record.end, record.line, error, record.raw, unfinished=unfinished)
            case fields if len(fields) != len(header):
                error = f"{len(fields)} fields; the header has {len(header)}"
                yield _broken(record.start, record.end, record.line, error, record.raw)
            case fields:
                yield Row(record.start, record.end, record.line, dict(zip(header, fields, strict=True)))


def _records(lines: Iterable[_Line]) -> Iterator[_Record]:
    taken = _Taken(lines)
    while True:
        taken.begin()
        try:
            fields: list[str] | str = next(csv.reader(taken, strict=True), [])
        except (csv.Error, _TooLongError) as error:
            fields = f"no CSV: {error}"
        if not taken.lines:
            return
        raw = b"\n".join(line.content for line in taken.lines)
        if isinstance(fields, list):
            if not fields:
                continue
            try:
                raw.decode()
            except UnicodeDecodeError:
                fields = "not UTF-8"
        start, end, number = taken.lines[0].start, taken.lines[-1].end, taken.number - len(taken.lines)
        yield _Record(start, end, number, fields, raw, taken.ended)


class _TooLongError(Exception):
    pass


class _Taken(Iterator[str]):
    """Hands lines to csv.reader, and remembers those of the record that it reads."""

    def __init__(self, lines: Iterable[_Line]) -> None:
        self._lines = iter(lines)
        self.lines: list[_Line] = []
        self.number = 0  # of the next line
        self.ended = False

    def begin(self) -> None:
        self.lines = []

    def __next__(self) -> str:
        try:
            line = next(self._lines)
        except StopIteration:
            self.ended = True
            raise
        self.lines.append(line)
        self.number += 1
        if line.end - self.lines[0].start > LONGEST_ROW:
            raise _TooLongError(f"{_TOO_LONG}; is a quote left open?")
        return line.content.decode(errors="surrogateescape") + "\n"

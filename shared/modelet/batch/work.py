"""A part of a job answered: its rows read, predicted and written under the part's own name, once."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from modelet.batch.framing import Row, rows_of
from modelet.batch.jobs import Done, Job, Part
from modelet.batch.rows import AT_ONCE, answer_rows
from modelet.batch.store import Store
from modelet.errors import ModeletError
from modelet.operation import Operation

__all__ = ["Answered", "CutInsideError", "answer_part", "failures_key", "part_key", "write_part"]

IN_MEMORY = 8 << 20  # bytes of answers; more are kept in a file
LARGEST = 128 << 20  # bytes of a part's answers; the rest is another part's
FIRST, GROUP_SECONDS = 8, 10.0
RESERVE = 10.0  # seconds to write what is answered


class CutInsideError(ModeletError):
    """A part ends inside a row: the file was cut where a line break stands between quotes."""


@dataclass(frozen=True)
class Answered:
    """What answering a part came to, before it is written; the files are there as long as they are worked with."""

    done: Done
    lines: IO[bytes]
    failures: IO[bytes]


@dataclass
class _Tally:
    answers: IO[bytes]
    failures: IO[bytes]
    rows: int = 0
    failed: int = 0
    lines: int = 0
    end: int = 0
    slowest: float = 0.0
    last: float = 0.0


def part_key(job: Job, name: str) -> str:
    return f"{job.results}part-{name}.jsonl"


def failures_key(job: Job, done: Done) -> str:
    """Named by its end, too: who runs out of time elsewhere writes another."""
    return f"{job.results}_parts/failures-{done.name}-{done.end}.jsonl"


def write_part(store: Store, job: Job, answered: Answered) -> bool:
    """Write a part's answers, unless they are there, and before them its failures; whether they were written."""
    done = answered.done
    if done.failed:
        store.put(failures_key(job, done), answered.failures)
    return store.put_once(part_key(job, done.name), answered.lines, done.facts)


@contextmanager
def answer_part(
    operation: Operation[Any, Any, Any, Any],
    job: Job,
    part: Part,
    chunks: Iterable[bytes],
    remaining: Callable[[], float],
) -> Iterator[Answered]:
    """Answer the rows in `chunks`, bytes [start, end) of the part, or those of them that the `remaining` seconds allow.

    Raises CutInsideError if the last row goes on behind the part.
    """
    with SpooledTemporaryFile(IN_MEMORY) as answers, SpooledTemporaryFile(IN_MEMORY) as failures:
        tally, started = _Tally(answers, failures, end=part.start), time.monotonic()
        _read_through(operation, job, part, chunks, remaining, tally)
        for file in (answers, failures):
            file.seek(0)
        done = Done(
            name=part.name,
            start=part.start,
            end=tally.end,
            lines=tally.lines,
            rows=tally.rows,
            failed=tally.failed,
            seconds=round(time.monotonic() - started, 3),
            bundle=operation.predictor.manifest.digest,
        )
        yield Answered(done, answers, failures)


def _read_through(
    operation: Operation[Any, Any, Any, Any],
    job: Job,
    part: Part,
    chunks: Iterable[bytes],
    remaining: Callable[[], float],
    tally: _Tally,
) -> None:
    counted = _Counted(chunks)
    for rows in _groups(rows_of(counted, job.format, part.start, job.header), tally):
        if tally.rows + tally.failed and (remaining() < RESERVE + 2 * tally.slowest or tally.answers.tell() > LARGEST):
            tally.end, tally.lines = rows[0].start, rows[0].line
            return
        if rows[-1].unfinished and part.end < job.data.size:
            begin = rows[-1].start
            raise CutInsideError(f"part {part.name} ends at byte {part.end}, within a row that begins at {begin}")
        _answer(operation, job, rows, tally)
    tally.end, tally.lines = part.end, counted.lines


class _Counted(Iterator[bytes]):
    """Chunks, and how many lines end in them."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self.lines = 0

    def __next__(self) -> bytes:
        chunk = next(self._chunks)
        self.lines += chunk.count(b"\n")
        return chunk


def _groups(rows: Iterator[Row], tally: _Tally) -> Iterator[list[Row]]:
    """Few rows at first, then as many as are answered in some seconds."""
    size = FIRST
    while group := list(islice(rows, size)):
        yield group
        size = max(1, min(AT_ONCE, 2 * size, int(size * GROUP_SECONDS / max(tally.last, 1e-3))))


def _answer(operation: Operation[Any, Any, Any, Any], job: Job, rows: Sequence[Row], tally: _Tally) -> None:
    started = time.monotonic()
    answers = answer_rows(operation, rows, job.parameters)
    tally.answers.writelines(answers.lines)
    tally.failures.writelines(one.encoded() for one in answers.failures)
    tally.rows += len(answers.lines)
    tally.failed += len(answers.failures)
    tally.last = time.monotonic() - started
    tally.slowest = max(tally.slowest, tally.last)

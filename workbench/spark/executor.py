"""What runs in the Python processes of executors: Arrow's batches answered, by a session that each opens once."""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from zipfile import ZipFile

import pyarrow as pa

from workbench.spark.columns import CORRUPT, ERROR, OUTPUT

__all__ = ["AT_ONCE", "Request", "answer_batches"]

AT_ONCE = 256  # rows in one prediction
BROKEN = f"no row of the file's format; its text is in {CORRUPT}"


@dataclass(frozen=True)
class Request:
    """What is asked of an archive's function: from columns `read`; columns `passed` are handed on."""

    function: str
    sha256: str
    threads: int
    read: Sequence[str]
    passed: Sequence[str]
    parameters: Mapping[str, Any]


def answer_batches(archive: Path, request: Request, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The passed columns of each row with its answer as JSON, or with an error in its place."""
    opened = _open(archive, request.sha256, request.function, request.threads)
    for batch in batches:
        for start in range(0, batch.num_rows, AT_ONCE):
            yield _answered(opened, request, batch.slice(start, AT_ONCE))


@dataclass(frozen=True)
class _Opened:
    """An operation with the runtime of its own archive."""

    operation: Any
    row: Any
    answer_rows: Any


def _answered(opened: _Opened, request: Request, batch: pa.RecordBatch) -> pa.RecordBatch:
    values = batch.select(request.read).to_pylist(maps_as_pydicts="strict")
    rows = [_row(opened, number, columns) for number, columns in enumerate(values)]
    answers = opened.answer_rows(opened.operation, rows, request.parameters)
    outputs: list[str | None] = [None] * len(rows)
    errors: list[str | None] = [None] * len(rows)
    for line in answers.lines:
        number, output = _parts(line)
        outputs[number] = output
    for failure in answers.failures:
        errors[failure.line] = failure.error
    columns = [*(batch.column(name) for name in request.passed), pa.array(outputs, pa.string())]
    names = [*request.passed, OUTPUT, ERROR]
    return pa.RecordBatch.from_arrays([*columns, pa.array(errors, pa.string())], names=names)


def _row(opened: _Opened, number: int, columns: dict[str, Any]) -> Any:
    """A row for `answer_rows`, its number standing for its place in a file."""
    if (text := columns.pop(CORRUPT, None)) is not None:
        return opened.row(number, number + 1, number, None, BROKEN, text)
    return opened.row(number, number + 1, number, _present(columns))


def _present(value: Any) -> Any:
    """Without the nulls that stand in a table for what a JSON object does not have."""
    if isinstance(value, dict):
        return {name: _present(one) for name, one in value.items() if one is not None}
    return [_present(one) for one in value] if isinstance(value, list) else value


def _parts(line: bytes) -> tuple[int, str]:
    """A row's number and, to the byte, its output: all that `answer_rows` wrote into a line, as nothing was passed."""
    head, _, output = line.decode().partition(f',"{OUTPUT}":')
    return int(head.removeprefix('{"id":')), output.removesuffix("}\n")


@cache
def _open(archive: Path, sha256: str, function: str, threads: int) -> _Opened:
    """Open the function of an archive, once in a process. Raises ValueError if it is not the archive it should be."""
    with archive.open("rb") as file:
        if (actual := hashlib.file_digest(file, "sha256").hexdigest()) != sha256:
            raise ValueError(f"{archive} is damaged or swapped: its sha256 is {actual[:12]}, not {sha256[:12]}")
    os.environ["MODELET_THREADS"] = str(threads)
    _forget("functions", "modelet")
    sys.path.insert(0, str(_unpacked(archive)))
    operation = import_module("workbench.batch.operations").open_rows(function)
    for predictor in operation.predictors:
        predictor.observe = lambda _: None  # metrics that nobody would flush
    rows, framing = import_module("modelet.batch.rows"), import_module("modelet.batch.framing")
    return _Opened(operation, framing.Row, rows.answer_rows)


def _forget(*packages: str) -> None:
    """Have `packages` imported anew: an earlier archive in this process had other functions, or older ones."""
    for name in [name for name in sys.modules if name.partition(".")[0] in packages]:
        del sys.modules[name]


def _unpacked(archive: Path) -> Path:
    """The folder beside an archive with its files, which whichever process of an executor comes first makes."""
    folder = archive.with_name(f"{archive.name}.unpacked")
    if folder.is_dir():
        return folder
    aside = Path(mkdtemp(prefix=f".{archive.name}.", dir=archive.parent))
    with ZipFile(archive) as content:
        content.extractall(aside)
    try:
        aside.rename(folder)
    except OSError:
        shutil.rmtree(aside)
        if not folder.is_dir():
            raise
    return folder

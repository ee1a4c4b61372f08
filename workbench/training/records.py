"""Raw records out of the files that users bring, one at a time, each with the place that an error can name."""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from workbench.training.spec import TrainingError

__all__ = ["read_records"]

Record = tuple[str, dict[str, Any]]  # "line 3" and its fields
AT_ONCE = 1024  # rows of a Parquet file


def read_records(path: Path) -> Iterator[Record]:
    """The records of a .jsonl, .csv or .parquet file, however large.

    Raises TrainingError naming file and line where one cannot be read. Cells of a CSV file are texts.
    """
    if path.suffix.lower() not in _READERS:
        raise TrainingError(f"{path}: give a file that ends in {', '.join(_READERS)}")
    if not path.is_file():
        raise TrainingError(f"{path} does not exist")
    return _READERS[path.suffix.lower()](path)


def _lines(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise TrainingError(f"{path}, line {number}: not UTF-8 ({error.reason}); save it as UTF-8") from None


def _json_lines(path: Path) -> Iterator[Record]:
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise TrainingError(f"{path}, line {number}: not JSON ({error}); one object a line") from None
        if not isinstance(record, dict):
            raise TrainingError(f"{path}, line {number}: not an object, {{...}}")
        yield f"line {number}", record


def _csv(path: Path) -> Iterator[Record]:
    reader = csv.reader(_lines(path))
    try:
        header = next(reader, [])
        if twice := {name for name in header if header.count(name) > 1}:
            raise TrainingError(f"{path}, line 1: columns are there twice: {', '.join(sorted(twice))}")
        for row in reader:
            if row and len(row) != len(header):
                raise TrainingError(f"{path}, line {reader.line_num}: {len(row)} cells, but {len(header)} columns")
            if row:
                yield f"line {reader.line_num}", dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise TrainingError(f"{path}, line {reader.line_num}: {error}; is a quotation mark left open?") from None


def _parquet(path: Path) -> Iterator[Record]:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            rows = (row for batch in file.iter_batches(AT_ONCE) for row in batch.to_pylist())
            for number, record in enumerate(rows, 1):
                yield f"row {number}", record
    except ArrowException as error:
        raise TrainingError(f"{path} is no Parquet file that can be read: {error}") from None


_READERS: dict[str, Callable[[Path], Iterator[Record]]] = {
    ".jsonl": _json_lines,
    ".csv": _csv,
    ".parquet": _parquet,
}

"""Parquet, which a client reads: to JSON lines, and from them."""

from collections.abc import Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic_core import from_json, to_json

from workbench.local.errors import LocalError

__all__ = ["is_parquet", "to_json_lines", "to_parquet"]

ROWS = 4096  # at once
_MAGIC = b"PAR1"


def is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def to_json_lines(path: Path) -> Iterator[bytes]:
    """Its rows as JSON lines, in chunks of some thousand. Raises LocalError where pyarrow is not installed."""
    parquet = _pyarrow("pyarrow.parquet")
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS):
            yield b"".join(to_json(row) + b"\n" for row in batch.to_pylist())


def to_parquet(lines: Iterator[bytes], path: Path) -> int:
    """Write JSON lines as Parquet and say how many; `output` as JSON text, since its shape is the service's.

    The first some thousand rows decide the columns.
    """
    arrow, parquet = _pyarrow("pyarrow"), _pyarrow("pyarrow.parquet")
    aside, rows, schema, writer = path.with_name(f".{path.name}"), 0, None, None
    while some := [_flat(from_json(line)) for line in islice(lines, ROWS)]:
        table = arrow.Table.from_pylist(some, schema)
        schema = table.schema
        writer = writer or parquet.ParquetWriter(aside, schema)
        writer.write_table(table)
        rows += len(some)
    if writer is None:
        raise LocalError(f"{path}: there are no answers to write")
    writer.close()
    aside.replace(path)
    return rows


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "output": to_json(row["output"]).decode()}


def _pyarrow(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise LocalError("Parquet needs pyarrow: pip install -e '.[batch]'") from None

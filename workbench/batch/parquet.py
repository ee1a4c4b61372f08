"""Parquet, which a client reads: to JSON lines, and from them."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from pydantic_core import from_json, to_json

from modelet.batch.rows import OUTPUT
from workbench.local.errors import LocalError

__all__ = ["is_parquet", "to_json_lines", "to_parquet"]

ROWS = 4096  # at once
SHAPED = {OUTPUT, "row"}  # of answers and of failures
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
    """Write JSON lines as Parquet and say how many; what has a service's or a row's shape becomes JSON text.

    All rows are read before any is written: a column may first appear in the last one, which is null in the others.
    Raises LocalError for a column of several types, and where there is nothing to write.
    """
    aside = path.with_name(f".{path.name}")
    with TemporaryFile() as spool:
        schema, rows = _spooled(lines, spool), 0
        if schema is None:
            raise LocalError(f"{path}: there are no rows to write")
        spool.seek(0)
        with _pyarrow("pyarrow.parquet").ParquetWriter(aside, schema) as writer:
            for table in _tables(spool, schema):
                writer.write_table(table)
                rows += len(table)
    aside.replace(path)
    return rows


def _spooled(lines: Iterator[bytes], spool: IO[bytes]) -> Any:
    """The schema of all rows; None if there are none."""
    arrow, schema = _pyarrow("pyarrow"), None
    while some := list(islice(lines, ROWS)):
        spool.writelines(line + b"\n" for line in some)
        found = next(_tables(iter(some), None)).schema
        try:
            schema = arrow.unify_schemas([schema or found, found], promote_options="permissive")
        except arrow.ArrowTypeError as error:
            raise LocalError(f"a column has several types: {error}") from None
    return schema


def _tables(lines: Iterator[bytes], schema: Any) -> Iterator[Any]:
    arrow = _pyarrow("pyarrow")
    while some := [_flat(from_json(line)) for line in islice(lines, ROWS)]:
        try:
            yield arrow.Table.from_pylist(some, schema or _schema(some))
        except (arrow.ArrowInvalid, arrow.ArrowTypeError) as error:
            raise LocalError(f"a column has several types: {error}") from None


def _schema(rows: Sequence[Mapping[str, Any]]) -> Any:
    """That of all of `rows`: pyarrow takes the names of the first."""
    names = dict.fromkeys(name for row in rows for name in row)
    return _pyarrow("pyarrow").Table.from_pydict({name: [row.get(name) for row in rows] for name in names}).schema


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: to_json(value).decode() if name in SHAPED else value for name, value in row.items()}


def _pyarrow(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise LocalError("Parquet needs pyarrow: pip install -e '.[batch]'") from None

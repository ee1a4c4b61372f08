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
    Raises LocalError for a column that Parquet cannot have, and where there is nothing to write.
    """
    arrow, parquet = _pyarrow("pyarrow"), _pyarrow("pyarrow.parquet")
    aside, rows = path.with_name(f".{path.name}"), 0
    try:
        with TemporaryFile() as spool:
            schema = _spooled(lines, spool)
            spool.seek(0)
            with parquet.ParquetWriter(aside, schema) as writer:
                for table in _tables(spool, schema):
                    writer.write_table(table)
                    rows += len(table)
        aside.replace(path)
    except (arrow.ArrowException, OverflowError) as error:
        raise LocalError(f"{path}: a column has several types, or one that Parquet has not: {error}") from None
    finally:
        aside.unlink(missing_ok=True)
    return rows


def _spooled(lines: Iterator[bytes], spool: IO[bytes]) -> Any:
    """The schema of all rows. Raises LocalError if there are none."""
    arrow, schema = _pyarrow("pyarrow"), None
    while some := list(islice(lines, ROWS)):
        spool.writelines(line + b"\n" for line in some)
        found = next(_tables(iter(some), None)).schema
        schema = arrow.unify_schemas([schema or found, found], promote_options="permissive")
    if schema is None:
        raise LocalError("there are no rows to write")
    return schema


def _tables(lines: Iterator[bytes], schema: Any) -> Iterator[Any]:
    arrow = _pyarrow("pyarrow")
    while some := [_flat(from_json(line)) for line in islice(lines, ROWS)]:
        yield arrow.Table.from_pylist(some, schema or _schema(some))


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

"""Answers as columns of a DataFrame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.spark.archive import Archive, find_archive
from workbench.spark.columns import CORRUPT, ERROR, ID, OUTPUT
from workbench.spark.errors import SparkError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["Answering", "answering", "predict", "ship", "with_ids"]

Answering = Callable[["Iterator[pa.RecordBatch]"], "Iterator[pa.RecordBatch]"]


def predict(dataframe: DataFrame, function: str | Path, parameters: Mapping[str, Any] | None = None) -> DataFrame:
    """The rows of `dataframe` with the answers of a function, by its name or as an archive in a file.

    A row has what a request has, or the columns of its one input, such as `text`; a null is a column that the row does
    not have. In their place come `output`, the answer as JSON, and `error`, why there is none; one of both is null. All
    other columns are passed through; without `id` there is one added. `parameters` are added to each request.

    Nothing runs before the answers are asked for. The partitions stay as they are, and each is a task: a file that
    Spark reads into one partition is answered by one core. Raises SparkError for a function or a column that is
    missing, and for a column where an answer would go.
    """
    archive = find_archive(function)
    read = archive.about.read_of(dataframe.columns)
    if taken := [name for name in dataframe.columns if name.lower() in (OUTPUT, ERROR)]:
        raise SparkError(f"the column {taken[0]!r} is where answers go; rename it")
    rows = with_ids(dataframe)
    passed = [name for name in rows.columns if name not in read]
    schema = _schema(rows, passed)
    ship(rows.sparkSession, archive)
    corrupt = [CORRUPT] if CORRUPT in passed else []
    return rows.mapInArrow(answering(archive, [*read, *corrupt], passed, dict(parameters or {})), schema)


def with_ids(dataframe: DataFrame) -> DataFrame:
    """`dataframe` with a column `id` in front, if it has none: numbers that rise from partition to partition.

    The same rows in the same partitions get the same numbers, in another attempt of a task too.
    """
    from pyspark.sql.functions import monotonically_increasing_id

    if any(name.lower() == ID for name in dataframe.columns):  # Spark takes ID for the same column
        return dataframe
    return dataframe.select(monotonically_increasing_id().alias(ID), "*")


def ship(spark: SparkSession, archive: Archive) -> None:
    """Have Spark bring the archive to each executor that runs a task of this application."""
    from pyspark.sql import SparkSession

    if isinstance(spark, SparkSession):
        spark.sparkContext.addFile(str(archive.path))
    else:  # Spark Connect's, whose Python is not the driver's
        spark.addArtifacts(str(archive.path), file=True)


def answering(archive: Archive, read: list[str], passed: list[str], parameters: dict[str, Any]) -> Answering:
    """What Python processes of executors run.

    It is pickled by value and imports all it needs itself: an executor has this project in the archive alone.
    """
    name, sha256, function = archive.path.name, archive.sha256, archive.about.function

    def answer(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import sys
        from pathlib import Path

        from pyspark import SparkFiles, TaskContext

        path = SparkFiles.get(name)
        if path not in sys.path:
            sys.path.insert(0, path)
        from workbench.spark.executor import Request, answer_batches

        context = TaskContext.get()
        threads = context.cpus() if context else 1
        request = Request(function, sha256, threads, read, passed, parameters)
        yield from answer_batches(Path(path), request, batches)

    return answer


def _schema(rows: DataFrame, passed: list[str]) -> Any:
    from pyspark.sql.types import StringType, StructField, StructType

    answers = [StructField(OUTPUT, StringType()), StructField(ERROR, StringType())]
    return StructType([*(rows.schema[name] for name in passed), *answers])

"""Files that Spark reads rows from and writes answers to, by how their names end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.spark.columns import CORRUPT, ERROR, OUTPUT
from workbench.spark.errors import SparkError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["check_names", "count_answers", "read_rows", "write_answers"]

READ = ("parquet", "jsonl", "ndjson", "csv")
WRITTEN = ("parquet", "jsonl")


def read_rows(spark: SparkSession, path: str) -> DataFrame:
    """Rows of Parquet, JSON lines or CSV with a header; the last two may be compressed by gzip.

    Raises SparkError for a file that is named otherwise.
    """
    match _kind(path.removesuffix(".gz"), READ):
        case "parquet":
            return spark.read.parquet(path)
        case "jsonl" | "ndjson":
            return spark.read.json(path)
    # As RFC 4180 has it; Spark's defaults are a backslash and a row a line.
    reader = spark.read.options(header=True, escape='"', multiLine=True)
    schema = reader.csv(path).schema.add(CORRUPT, "string")
    return reader.schema(schema).csv(path)


def check_names(source: str, target: str, *, overwrite: bool) -> None:
    """What can be said before Spark runs. Raises SparkError if a file is of no known kind, or would be replaced."""
    _kind(source.removesuffix(".gz"), READ)
    _kind(target, WRITTEN)
    if Path(target).exists() and not overwrite:
        raise SparkError(f"{target} is there; --overwrite replaces it")


def write_answers(answers: DataFrame, path: str, *, overwrite: bool) -> None:
    """A folder of Parquet files, or of JSON lines in which the output is no text but JSON."""
    mode = "overwrite" if overwrite else "errorifexists"
    if _kind(path, WRITTEN) == "parquet":
        answers.write.mode(mode).parquet(path)
    else:
        _lines(answers).write.mode(mode).text(path)


def count_answers(spark: SparkSession, path: str) -> tuple[int, int]:
    """How many rows are in what was written, and how many of them have an error."""
    from pyspark.sql.functions import count, get_json_object, lit

    if _kind(path, WRITTEN) == "parquet":
        errors = spark.read.parquet(path).select(ERROR)
    else:
        errors = spark.read.text(path).select(get_json_object("value", f"$.{ERROR}").alias(ERROR))
    found = errors.agg(count(lit(1)), count(ERROR)).collect()[0]
    return int(found[0]), int(found[1])


def _lines(answers: DataFrame) -> DataFrame:
    """The output is put into the line as it is: Spark would have to know what it looks like, and write it anew."""
    from pyspark.sql.functions import col, concat, lit, regexp_replace, struct, to_json, when

    rest = to_json(struct(*(f"`{name}`" for name in answers.columns if name != OUTPUT)))
    whole = concat(regexp_replace(rest, r"\}$", f',"{OUTPUT}":'), col(OUTPUT), lit("}"))
    return answers.select(when(col(OUTPUT).isNull(), rest).otherwise(whole).alias("value"))


def _kind(path: str, known: tuple[str, ...]) -> str:
    kind = path.rstrip("/").rpartition(".")[2]
    if kind not in known:
        raise SparkError(f"{path} must end in {', '.join(f'.{one}' for one in known[:-1])} or .{known[-1]}")
    return kind

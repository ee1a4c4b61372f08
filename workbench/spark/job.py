"""A file's rows to a file of answers; also what `spark-submit` runs."""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.spark.archive import running_from
from workbench.spark.errors import SparkError
from workbench.spark.files import check_names, count_answers, read_rows, write_answers
from workbench.spark.frames import predict, with_ids

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["Job", "Outcome", "main", "run"]

ROWS_A_TASK = range(256, 20_001)  # minutes of work at most, which is what a task that is killed loses
TASKS_A_CORE = 4


@dataclass(frozen=True)
class Job:
    """What is asked for."""

    function: str | Path
    source: str
    target: str
    parameters: Mapping[str, Any]
    overwrite: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of it: rows written, those of them that have an error, and the seconds that took."""

    rows: int
    failed: int
    seconds: float


def run(spark: SparkSession, job: Job) -> Outcome:
    """Answer the rows of a file. Raises SparkError, also if not every row was written once."""
    check_names(job.source, job.target, overwrite=job.overwrite)
    rows = with_ids(read_rows(spark, job.source))
    known = rows.count()
    answers = predict(_spread(spark, rows, known), job.function, job.parameters)
    started = time.monotonic()
    write_answers(answers, job.target, overwrite=job.overwrite)
    seconds = time.monotonic() - started
    written, failed = count_answers(spark, job.target)
    if written != known:
        raise SparkError(f"{job.target} has {written} rows of {known}; did {job.source} change?")
    return Outcome(written, failed, seconds)


def _spread(spark: SparkSession, rows: DataFrame, known: int) -> DataFrame:
    """`rows` in tasks enough for every core; Spark reads a file of some megabytes into a single one."""
    least = spark.sparkContext.defaultParallelism * TASKS_A_CORE
    tasks = max(least, math.ceil(known / ROWS_A_TASK[-1]))
    return rows.repartition(max(1, min(tasks, math.ceil(known / ROWS_A_TASK[0]))))


def main() -> None:
    """The job of the archive that this runs from, in the session that `spark-submit` describes."""
    from pyspark.sql import SparkSession

    parser = argparse.ArgumentParser(description="Answer the rows of SOURCE (.parquet, .jsonl, .csv).")
    parser.add_argument("source")
    parser.add_argument("target", help=".parquet or .jsonl")
    parser.add_argument("--parameters", type=json.loads, default={}, help="of the requests, as JSON")
    parser.add_argument("--overwrite", action="store_true")
    asked = parser.parse_args()
    archive = running_from()
    if archive is None:
        parser.error("this runs from an archive; `modelet batch spark --archive FOLDER` makes one")
    job = Job(archive, asked.source, asked.target, asked.parameters, asked.overwrite)
    spark = SparkSession.builder.appName(f"modelet {archive.stem}").getOrCreate()
    outcome = run(spark, job)
    print(json.dumps({"rows": outcome.rows, "failed": outcome.failed, "seconds": round(outcome.seconds, 3)}))
    spark.stop()

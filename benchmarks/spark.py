"""What Spark costs: a file's rows answered by Spark, and by as many processes that do nothing else.

Needs the extra `spark`, Java, and the function's bundle.
"""

import json
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import count, islice
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer
from rich.table import Table

from benchmarks.machine import cpu_model
from benchmarks.timing import Timings, interleave
from modelet.batch.framing import Row
from modelet.batch.rows import answer_rows
from workbench.batch.operations import open_rows
from workbench.cli.app import clear_errors, console
from workbench.packager.gate import gate_texts
from workbench.spark.errors import SparkError
from workbench.spark.executor import AT_ONCE
from workbench.spark.job import Job, Outcome, run
from workbench.spark.session import open_session

SPARK, RAW = "Spark: read, spread, answer, write, count", "answer_rows alone"


def main(
    function: Annotated[str, typer.Argument(help="A folder of functions/.")] = "sentiment",
    rows: Annotated[int, typer.Option(min=AT_ONCE, help="Texts, each another.")] = 4096,
    cores: Annotated[int, typer.Option(min=1, help="Of Spark, and processes beside it.")] = 2,
    rounds: Annotated[int, typer.Option(min=1, help="In each both take their turn.")] = 5,
) -> None:
    """Answer the same rows both ways in turns, all sessions open; print medians of rates and of their ratio.

    Example: python benchmarks/spark.py sentiment --rounds 5
    """
    os.environ |= {"MODELET_CACHE_BYTES": "0", "MODELET_THREADS": "1"}  # executors have both from here
    texts = _texts(rows)
    started = perf_counter()
    with (
        clear_errors(SparkError),
        tempfile.TemporaryDirectory() as folder,
        open_session(f"local[{cores},4]") as spark,
        ProcessPoolExecutor(cores, multiprocessing.get_context("spawn")) as pool,
    ):
        start = perf_counter() - started
        job = Job(function, str(_written(texts, Path(folder))), f"{folder}/answers.parquet", {}, overwrite=True)
        started = perf_counter()
        first = run(spark, job)
        start_up = f"Spark's start {start:.1f} s, its first job {perf_counter() - started:.1f} s"
        runs = {RAW: _raw(pool, function, texts), SPARK: lambda: _checked(run(spark, job), first)}
        timings = interleave(runs, rounds, f"{rows:,} rows")
    console.print(_table(timings, function, rows, cores))
    console.print(start_up, highlight=False)


def _texts(rows: int) -> list[str]:
    """The gate's texts again and again, with a number, so that no two are the same."""
    texts = gate_texts()
    return [f"{texts[number % len(texts)]} ({number})" for number in islice(count(), rows)]


def _written(texts: Sequence[str], folder: Path) -> Path:
    path = folder / "rows.jsonl"
    lines = (json.dumps({"id": number, "text": text}) for number, text in enumerate(texts))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _raw(pool: ProcessPoolExecutor, function: str, texts: Sequence[str]) -> Callable[[], object]:
    """Groups of rows to whichever process is free; nothing is read, and no answer leaves its process."""
    starts = range(0, len(texts), AT_ONCE)
    groups = [(function, texts[start : start + AT_ONCE]) for start in starts]
    return lambda: sum(pool.map(_answer, groups))


def _answer(group: tuple[str, Sequence[str]]) -> int:
    function, texts = group
    rows = [Row(number, number, number, {"text": text}) for number, text in enumerate(texts)]
    return len(answer_rows(_opened(function), rows).lines)


@cache
def _opened(function: str) -> Any:
    return open_rows(function)


def _checked(outcome: Outcome, first: Outcome) -> Outcome:
    if (outcome.rows, outcome.failed) != (first.rows, 0):
        raise SparkError(f"{outcome.rows} rows, {outcome.failed} failed, of {first.rows}")
    return outcome


def _table(timings: Timings, function: str, rows: int, cores: int) -> Table:
    title = f"{rows:,} rows to {function} on {cores} cores, medians of {len(timings.rounds[RAW])} rounds"
    table = Table(title=title, title_justify="left", caption=cpu_model())
    table.add_column("way")
    table.add_column("rows/s", justify="right")
    table.add_column("of the rate alone", justify="right")
    for name in (RAW, SPARK):
        rate = rows * 1000 / timings.milliseconds(name)
        table.add_row(name, f"{rate:,.0f}", f"{timings.speedup(name, RAW):.1%}")
    return table


if __name__ == "__main__":
    typer.run(main)

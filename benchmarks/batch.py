"""Batch jobs: rows a second and what a million rows cost wherever they run, and memory by the size of the file.

Needs the extras `local`, `batch` and `spark`, Java, and the service's bundle.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated

import typer

from benchmarks.batch_memory import peaks
from benchmarks.environment import ROOT
from benchmarks.machine import cpu_model
from benchmarks.texts import lines
from modelet.batch.jobs import Job, Part, Source
from modelet.batch.work import answer_part
from workbench.batch.local import run_here
from workbench.batch.operations import open_rows
from workbench.cli.app import console
from workbench.evaluation.report import markdown
from workbench.progress import track
from workbench.spark.job import Job as SparkJob
from workbench.spark.job import run as run_on_spark
from workbench.spark.session import open_session
from workbench.tune.prices import AS_OF, COMPUTE, EMR_CORE, EMR_MEMORY, INSTANCE

PAGE, HEADING = ROOT / "docs" / "batch.md", "## Figures\n"
CORES = 2
WORKERS = (10, 100, 1_000)
MEMORY_GB = 1769 / 1024  # of a worker: one vCPU
EXECUTOR_GB = 4  # a core of Spark has
PRICES = (INSTANCE, EMR_CORE, EMR_MEMORY, COMPUTE["x86_64"])
ALONE, PATH, POOL, SPARK = "predictor alone", "worker's path", "`--local`", "Spark, `local[2]`"
SECTION = """\
## Figures

Measured by `python benchmarks/batch.py`, which writes what follows.

{costs}

{service}, {rows:,} rows of {length:.0f} characters, median of {rounds} rounds in which all took turns, on {cores} cores
of {machine}. The first two are whole jobs, from reading JSON lines to the last file; Spark's session
was open. The rates on Lambda are projected: the worker's path on one core here, {path:.0f} rows/s, times as many
workers, of {memory_gb:.2f} GB and one vCPU each. That takes a vCPU to be as fast as this core and queues to keep all
workers busy, and says nothing of how soon an account gets so many environments. What is under a hundredth of the cost
is left out: a message, a transaction and three requests to S3 for each part. AWS's prices in us-east-1, {as_of}:
{prices}.

The worker's path (reading, checking, predicting, writing) keeps **{share:.3f}** of the predictor's own rate on the same
rows, {alone:.0f} a second on one core.

{memory}

The most memory of a fresh process, with moto's services in another. Parts are as large as they are once a part was
measured; the worker answers the last one of the file.
"""


@dataclass(frozen=True)
class Way:
    """Where a job runs: rows a second, and US dollars an hour."""

    name: str
    rate: float
    usd: float

    @property
    def cells(self) -> list[str]:
        seconds = 1_000_000 / self.rate
        return [self.name, f"{self.rate:,.0f}", _duration(seconds), f"{seconds / 3600 * self.usd:.3f} USD"]


def main(
    service: Annotated[str, typer.Option(help="A service that reads a text.")] = "sentiment",
    rows: Annotated[int, typer.Option(min=1, help="In a round.")] = 4096,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of each.")] = 5,
    megabytes: Annotated[str, typer.Option(help="Sizes of the files that memory is measured with.")] = "10,100,2000",
) -> None:
    """Measure throughput, cost and memory of batch jobs; write the figures of docs/batch.md.

    Example: python benchmarks/batch.py --rounds 3 --megabytes 10,100
    """
    os.environ.update(MODELET_THREADS="1", MODELET_CACHE_BYTES="0", POWERTOOLS_LOG_LEVEL="CRITICAL")
    body = b"".join(lines(rows))
    with _runs(service, body) as runs:
        rates = {name: rows / seconds for name, seconds in _medians(runs, rounds).items()}
    rate = rates[PATH] * len(body) / rows
    sizes = [int(size) for size in megabytes.split(",")]
    memory = [[f"{size:,} MB", *(f"{peak:.0f} MB" for peak in peaks(service, size, rate))] for size in sizes]
    section = SECTION.format(
        costs=markdown(["where", "rows/s", "a million rows take", "and cost"], [way.cells for way in _ways(rates)]),
        memory=markdown(["file", "splitter", "worker"], memory),
        service=service,
        rows=rows,
        length=sum(len(json.loads(line)["text"]) for line in body.splitlines()) / rows,
        rounds=rounds,
        cores=CORES,
        machine=cpu_model(),
        path=rates[PATH],
        alone=rates[ALONE],
        share=rates[PATH] / rates[ALONE],
        memory_gb=MEMORY_GB,
        as_of=AS_OF,
        prices="; ".join(f"{one.usd} USD for one {one.unit}" for one in PRICES),
    )
    PAGE.write_text(PAGE.read_text(encoding="utf-8").partition(HEADING)[0] + section, encoding="utf-8")
    console.print(section, highlight=False, markup=False)


@contextmanager
def _runs(service: str, body: bytes) -> Iterator[Mapping[str, Callable[[], None]]]:
    """All ways to answer the rows of `body`."""
    operation = open_rows(service)
    texts = [json.loads(line)["text"] for line in body.splitlines()]
    source = Source(bucket="", key="", etag="", size=len(body))
    job = Job(id="", task=service, bundle="", source=source, format="jsonl", part_bytes=1, results="", created="")
    part = Part(job="", name="00000", start=0, end=len(body))

    def alone() -> None:
        operation.predictor.predict(texts)

    def path() -> None:
        with answer_part(operation, job, part, [body], lambda: 300.0) as answered:
            assert answered.done.rows == len(texts)

    with tempfile.TemporaryDirectory() as folder, open_session(f"local[{CORES},4]") as spark:
        file, out = Path(folder, "rows.jsonl"), Path(folder, "out")
        file.write_bytes(body)

        def pool() -> None:
            shutil.rmtree(out, ignore_errors=True)
            run_here(service, operation.predictor.manifest, file, out, {}, CORES)

        def on_spark() -> None:
            run_on_spark(spark, SparkJob(service, str(file), f"{folder}/answers.parquet", {}, overwrite=True))

        yield {ALONE: alone, PATH: path, POOL: pool, SPARK: on_spark}


def _medians(runs: Mapping[str, Callable[[], None]], rounds: int) -> Mapping[str, float]:
    """Seconds that each takes."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in track(range(rounds + 1), "rounds", rounds + 1):
        for name, run in runs.items():
            started = perf_counter()
            run()
            taken[name].append(perf_counter() - started)
    return {name: median(seconds[1:]) for name, seconds in taken.items()}  # the first round warms up


def _ways(rates: Mapping[str, float]) -> Iterator[Way]:
    yield Way(f"{POOL}, {CORES} processes", rates[POOL], INSTANCE.usd)
    yield Way(SPARK, rates[SPARK], CORES * (EMR_CORE.usd + EXECUTOR_GB * EMR_MEMORY.usd))
    for workers in WORKERS:
        hour = workers * 3600 * MEMORY_GB * COMPUTE["x86_64"].usd
        yield Way(f"Lambda, {workers:,} workers at once (projected)", rates[PATH] * workers, hour)


def _duration(seconds: float) -> str:
    if seconds >= 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.1f} min" if seconds >= 60 else f"{seconds:.1f} s"


if __name__ == "__main__":
    typer.run(main)

"""Batch jobs: what the worker's path costs beside the predictor alone, and what it needs of memory.

Needs what `modelet local` needs: pip install -e '.[local]'.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated, Any

import typer

from benchmarks.environment import ROOT
from benchmarks.machine import cpu_model
from modelet.batch.jobs import Job, Part, Source
from modelet.batch.work import answer_part
from workbench.batch.operations import open_rows
from workbench.cli.app import console
from workbench.evaluation.report import markdown
from workbench.progress import track
from workbench.tune.prices import COMPUTE

REPORT = ROOT / "docs" / "benchmarks" / "batch.md"
TEXTS = ROOT / "workbench" / "packager" / "texts" / "calibration.txt"
MEMORY_GB = 1769 / 1024  # of a worker: one vCPU
PAGE = """\
# Batch jobs

Written by `python benchmarks/batch.py`; not edited by hand.

{speed}

{name}, on one thread of {machine}: {rows:,} rows, median of {rounds} rounds in which both took turns. The worker's path
reads JSON lines, checks them, predicts and writes the answers; beside it is the predictor on the same texts.

{memory}

The most memory of a fresh process, with moto's services in another. The worker answers the last part of the file.

{cost}

A worker has {memory_gb:.2f} GB and one vCPU. The projection takes the rate of the worker's path above for each of them,
the list price of compute, {price} USD a GB-second, and leaves out what is under a thousandth of it: requests, messages,
writes. It says nothing of how fast an account gets so many environments.
"""


def main(
    service: Annotated[str, typer.Option(help="A service that reads a text.")] = "sentiment",
    rows: Annotated[int, typer.Option(min=1, help="In a round.")] = 1500,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of each.")] = 7,
    megabytes: Annotated[str, typer.Option(help="Sizes of the files that memory is measured with.")] = "10,200,2000",
) -> None:
    """Measure throughput, memory and cost of batch jobs; write docs/benchmarks/batch.md.

    Example: python benchmarks/batch.py --rounds 3 --megabytes 10,100
    """
    os.environ.update(MODELET_THREADS="1", MODELET_CACHE_BYTES="0", POWERTOOLS_LOG_LEVEL="CRITICAL")
    raw, path = _speeds(service, rows, rounds)
    memory = [[f"{size:,} MB", *(f"{peak:.0f} MB" for peak in _peaks(service, size))] for size in _sizes(megabytes)]
    page = PAGE.format(
        speed=markdown(
            ["what", "rows/s", "share"],
            [["predictor alone", f"{raw:.0f}", "1"], ["worker's path", f"{path:.0f}", f"{path / raw:.3f}"]],
        ),
        memory=markdown(["file", "splitter", "worker"], memory),
        cost=markdown(["workers at once", "rows/s", "a million rows take", "and cost"], _projection(path)),
        name=service,
        machine=cpu_model(),
        rows=rows,
        rounds=rounds,
        memory_gb=MEMORY_GB,
        price=COMPUTE["x86_64"].usd,
    )
    REPORT.write_text(page, encoding="utf-8")
    console.print(page, highlight=False, markup=False)


def _sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",")]


def _lines(count: int) -> Iterator[bytes]:
    """Rows of real sentences, each another."""
    texts = TEXTS.read_text(encoding="utf-8").splitlines()
    for number in range(count):
        yield json.dumps({"id": number, "text": f"{texts[number % len(texts)]} {number}"}).encode() + b"\n"


def _speeds(service: str, rows: int, rounds: int) -> tuple[float, float]:
    """Rows a second of the predictor alone and of the worker's path."""
    operation, lines = open_rows(service), list(_lines(rows))
    body, texts = b"".join(lines), [json.loads(line)["text"] for line in lines]
    source = Source(bucket="", key="", etag="", size=len(body))
    job = Job(id="", task=service, bundle="", source=source, format="jsonl", part_bytes=1, results="", created="")
    part = Part(job="", name="00000", start=0, end=len(body))

    def alone() -> None:
        operation.predictor.predict(texts)

    def whole() -> None:
        with answer_part(operation, job, part, [body], lambda: 300.0) as answered:
            assert answered.done.rows == rows

    taken: dict[str, list[float]] = {"alone": [], "whole": []}
    for _ in track(range(rounds + 1), "rounds", rounds + 1):  # the first warms up
        for name, run in (("alone", alone), ("whole", whole)):
            started = perf_counter()
            run()
            taken[name].append(perf_counter() - started)
    return rows / median(taken["alone"][1:]), rows / median(taken["whole"][1:])


def _projection(rate: float) -> list[list[str]]:
    usd = 1_000_000 / rate * MEMORY_GB * COMPUTE["x86_64"].usd
    return [
        [f"{workers:,}", f"{rate * workers:,.0f}", _duration(1_000_000 / rate / workers), f"{usd:.3f} USD"]
        for workers in (10, 100, 1_000)
    ]


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds >= 60 else f"{seconds:.1f} s"


def _peaks(service: str, megabytes: int) -> tuple[float, float]:
    """MB that the splitter and a worker took for a file of this size."""
    from workbench.cloud.services import local_services
    from workbench.local.template import read_document

    with local_services(read_document(ROOT / "template.yaml")) as services, tempfile.NamedTemporaryFile() as file:
        _fill(file.name, megabytes << 20)
        names = services.references
        services.client("s3").upload_file(file.name, names["Inputs"], f"{service}/rows.jsonl")
        variables = {
            "MODELET_JOBS_TABLE": names["Jobs"],
            "MODELET_RESULTS_BUCKET": names["Results"],
            "MODELET_PARTS_QUEUE": names[f"{service.capitalize()}Parts"],
            "MODELET_PART_QUEUES": "modelet-parts-",
            "AWS_DEFAULT_REGION": "us-east-1",
            **services.variables,
        }
        return tuple(_peak(variables, step, service, names["Inputs"]) for step in ("split", "work"))  # type: ignore


def _fill(path: str, size: int) -> None:
    block = b"".join(_lines(20_000))
    with Path(path).open("wb") as file:
        while file.tell() < size:
            file.write(block)


def _peak(variables: dict[str, str], *arguments: str) -> float:
    command = [sys.executable, __file__, "--step", *arguments]
    done = subprocess.run(command, env=os.environ | variables, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    return float(done.stdout.splitlines()[-1])


def step(name: str, service: str, bucket: str) -> None:
    """In a process of its own: split the file, or answer its last part; print the most memory that it took."""
    run: Any = _split if name == "split" else _work
    run(service, bucket)
    # Not getrusage: its maximum counts the process that this one was forked from.
    [peak] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    print(int(peak) / 1024)


def _split(service: str, bucket: str) -> None:
    from functions.splitter.splitting import Splitter
    from modelet.settings import read_settings

    Splitter(read_settings(), ROOT / "functions").split(bucket, f"{service}/rows.jsonl", None)


def _work(service: str, bucket: str) -> None:
    from modelet.batch.answering import PartWorker
    from modelet.batch.aws import client
    from modelet.batch.ledger import Ledger
    from modelet.batch.storage import find_source
    from modelet.settings import read_settings

    settings = read_settings()
    job = Ledger(settings.jobs_table, client("dynamodb")).found(
        find_source(client("s3"), bucket, f"{service}/rows.jsonl")[0]
    )
    sqs = client("sqs")
    last = Part(job="", name="", start=0, end=0)
    while messages := sqs.receive_message(QueueUrl=settings.parts_queue, MaxNumberOfMessages=10).get("Messages"):
        found = [Part.model_validate(json.loads(one["Body"])["part"]) for one in messages]
        last = max(last, *(one for one in found if one.job == job), key=lambda part: part.start)
    PartWorker(open_rows(service), settings)(last, lambda: 300.0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        step(*sys.argv[2:5])
    else:
        typer.run(main)

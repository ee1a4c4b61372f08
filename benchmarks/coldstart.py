"""From process start to the first answer: embed, and the same service on transformers and sentence-transformers."""

import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.coldstart_report import Report, Sample, terminal_table, write
from benchmarks.contestants import OURS, REFERENCE, Contestant, contestants
from benchmarks.environment import ROOT, packages
from benchmarks.machine import versions
from workbench.cli.app import clear_errors, console
from workbench.local.errors import FunctionError
from workbench.local.outcome import require_success
from workbench.local.routing import read_event
from workbench.progress import track

EVENT = ROOT / "events" / "http_embed.json"
Vectors = NDArray[np.float32]


def main(
    rounds: Annotated[int, typer.Option(min=1, help="Fresh environments of each.")] = 10,
    out: Annotated[Path, typer.Option(help="Where coldstart.md, .json and .png go.")] = ROOT / "docs" / "benchmarks",
) -> None:
    """Start each service afresh on one core, in turns, and write the table.

    Example: python benchmarks/coldstart.py --rounds 3 --out /tmp/bench
    """
    _stay_on_one_core()
    with clear_errors(), contestants() as services:
        answers, refused = _tried(services)
        samples = _measure({name: services[name] for name in answers}, rounds)
    report = Report(OURS, samples, _cosines(answers), refused, versions([packages("coldstart")]))
    console.print(terminal_table(report), *(f"[yellow]{name}: {why}[/]" for name, why in refused.items()), sep="\n")
    console.print(f"written: {', '.join(str(path) for path in write(report, out))}")


def _stay_on_one_core() -> None:
    """This process and all that it starts: one core is what Lambda gives 1,769 MB."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _tried(services: Mapping[str, Contestant]) -> tuple[Mapping[str, Vectors], Mapping[str, str]]:
    """What those answer that start here, now compiled and in the page cache; and why the others do not start."""
    answers: dict[str, Vectors] = {}
    refused: dict[str, str] = {}
    for name, service in track(services.items(), "starting each once", len(services)):
        try:
            answers[name] = _start(service)[1]
        except FunctionError as error:
            refused[name] = f"{error} {error.logs.strip().rpartition(chr(10))[2]}"
    if OURS in refused:
        raise SystemExit(refused[OURS])
    return answers, refused


def _start(service: Contestant) -> tuple[Sample, Vectors]:
    """One cold start: its figures, and the vectors that it answered with."""
    event = read_event(EVENT)
    with service.start() as environment:
        call = environment.invoke(event)
        first_ms = (time.monotonic() - environment.started) * 1e3
    require_success(environment.function.logical_id, event, call.answer)
    vectors = [item["embedding"] for item in json.loads(call.answer["body"])["data"]]
    return Sample(first_ms, call.init_ms or 0.0, call.peak_rss_mib), np.array(vectors, np.float32)


def _measure(services: Mapping[str, Contestant], rounds: int) -> Mapping[str, Sequence[Sample]]:
    """One sample a round for each, in an order that changes."""
    samples: dict[str, list[Sample]] = {name: [] for name in services}
    order = Random(0)
    for _ in track(range(rounds), "cold starts", rounds):
        for name in order.sample(list(services), len(services)):
            samples[name].append(_start(services[name])[0])
    return samples


def _cosines(answers: Mapping[str, Vectors]) -> Mapping[str, float]:
    """The smallest cosine of each service's vectors to those of the reference, where that runs."""
    reference = answers.get(REFERENCE)
    if reference is None:
        return {}
    return {name: float((vectors * reference).sum(axis=1).min()) for name, vectors in answers.items()}


if __name__ == "__main__":
    typer.run(main)

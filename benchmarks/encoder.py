"""all-MiniLM-L6-v2 on one thread: what ships, beside what else there is. `make bench` runs it."""

from benchmarks.environment import ROOT, enter_peers_environment

if __name__ == "__main__":
    enter_peers_environment("encoder")

import logging
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console

from benchmarks.materials import Ids, Materials, gathered
from benchmarks.peers import VARIANTS, Run
from benchmarks.report import Report, Row, terminal_table, write
from benchmarks.timing import Timings, interleave
from workbench.progress import track

SHAPES = ((1, 16), (1, 64), (1, 128), (8, 64))
STREAM = "mixed stream"
BASELINE, ITS_STAND_IN = "torch fp32", "modelet fp32"
Loaded = Mapping[str, Run]
Cosines = NDArray[np.float32]


def main(
    rounds: Annotated[int, typer.Option(min=1, help="How often each variant gets its turn.")] = 15,
    only: Annotated[list[str] | None, typer.Option(help="Only variants whose name contains this.")] = None,
    out: Annotated[Path, typer.Option(help="Where encoder.md, .json and .png go.")] = ROOT / "docs" / "benchmarks",
) -> None:
    """Time every variant of the encoder, interleaved, and write the table.

    Example: python benchmarks/encoder.py --rounds 5 --only modelet --only torch --out /tmp/bench
    """
    _quiet()
    names = [name for name in VARIANTS if not only or any(part.lower() in name.lower() for part in only)]
    with gathered() as materials:
        runs, refused = _load(names, materials)
        report = _measure(runs, refused, materials.texts, rounds)
    console = Console()
    console.print(terminal_table(report), *(f"[yellow]{name}: {why}[/]" for name, why in refused.items()), sep="\n")
    console.print(f"written: {', '.join(str(path) for path in write(report, out))}")


def _quiet() -> None:
    """What peers log and warn about while they load would drown the table."""
    os.environ["HF_HUB_OFFLINE"] = os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)


def _load(names: Sequence[str], materials: Materials) -> tuple[Loaded, Mapping[str, str]]:
    """The variants that work here, and why the others do not."""
    runs: dict[str, Run] = {}
    refused: dict[str, str] = {}
    for name in track(names, "loading", len(names)):
        try:
            runs[name] = VARIANTS[name](materials)
            runs[name](materials.texts[:1])
        except Exception as error:  # whatever a peer fails with becomes its row
            runs.pop(name, None)
            refused[name] = f"{type(error).__name__}: {error}".partition("\n")[0]
    return runs, refused


def _measure(runs: Loaded, refused: Mapping[str, str], texts: Sequence[Ids], rounds: int) -> Report:
    baseline = next((name for name in (BASELINE, ITS_STAND_IN, *runs) if name in runs), None)
    if baseline is None:
        raise SystemExit("nothing to measure: " + "; ".join(f"{name}: {why}" for name, why in refused.items()))
    timings = {what: interleave(works, rounds, what) for what, works in _workloads(runs, texts).items()}
    cosines = _cosines(runs, baseline, texts)
    rows = [_row(name, baseline, timings, cosines[name], len(texts)) for name in runs]
    rows += [Row(name, {}, {}, refused=why) for name, why in refused.items()]
    return Report(baseline, rounds, list(timings), sorted(rows, key=lambda row: list(VARIANTS).index(row.name)))


def _workloads(runs: Loaded, texts: Sequence[Ids]) -> Mapping[str, Mapping[str, Callable[[], object]]]:
    """By name: what each variant is to do. The stream is the texts, one after the other."""

    def batch(run: Run, sequences: Sequence[Ids]) -> Callable[[], object]:
        return lambda: run(sequences)

    def stream(run: Run) -> Callable[[], object]:
        return lambda: [run([text]) for text in texts]

    shapes = {f"({n}, {tokens})": _sequences(texts, n, tokens) for n, tokens in SHAPES}
    works = {what: {name: batch(run, one) for name, run in runs.items()} for what, one in shapes.items()}
    return works | {STREAM: {name: stream(run) for name, run in runs.items()}}


def _sequences(texts: Sequence[Ids], count: int, tokens: int) -> list[Ids]:
    """`count` sequences of exactly `tokens` ids: the texts, end to end, cut and framed anew."""
    first, last = texts[0][:1], texts[0][-1:]
    body = np.concatenate([text[1:-1] for text in texts])[: count * (tokens - 2)].reshape(count, tokens - 2)
    return [np.concatenate([first, row, last]) for row in body]


def _cosines(runs: Loaded, baseline: str, texts: Sequence[Ids]) -> Mapping[str, Cosines]:
    vectors = {
        name: np.concatenate([run([text]) for text in track(texts, f"cosine: {name}", len(texts))])
        for name, run in runs.items()
    }
    return {name: (found * vectors[baseline]).sum(axis=1) for name, found in vectors.items()}


def _row(name: str, baseline: str, timings: Mapping[str, Timings], cosines: Cosines, texts: int) -> Row:
    milliseconds = {what: timing.milliseconds(name) for what, timing in timings.items()}
    milliseconds[STREAM] /= texts
    speedups = {what: timing.speedup(name, baseline) for what, timing in timings.items()}
    return Row(name, milliseconds, speedups, float(cosines.mean()), float(cosines.min()))


if __name__ == "__main__":
    typer.run(main)

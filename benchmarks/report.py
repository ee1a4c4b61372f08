"""The benchmark's results: a table in the terminal, and encoder.{json,md,png} for the documentation."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from benchmarks.machine import cpu_flags, cpu_model, versions

__all__ = ["Report", "Row", "terminal_table", "write"]


@dataclass(frozen=True)
class Row:
    """One variant: per workload milliseconds and times the baseline's speed; or why it could not run."""

    name: str
    milliseconds: Mapping[str, float]
    speedups: Mapping[str, float]
    mean_cosine: float = 0.0
    min_cosine: float = 0.0
    refused: str = ""

    def cells(self) -> list[str]:
        figures = [f"{ms:.2f} ({self.speedups[work]:.1f}x)" for work, ms in self.milliseconds.items()]
        return [self.name, f"{self.mean_cosine:.4f} / {self.min_cosine:.4f}", *figures]


@dataclass(frozen=True)
class Report:
    """All of one run."""

    baseline: str
    rounds: int
    workloads: Sequence[str]
    rows: Sequence[Row]

    @property
    def headings(self) -> list[str]:
        return ["one thread", f"cosine to {self.baseline}, mean / min", *self.workloads]

    @property
    def caption(self) -> str:
        return (
            f"Milliseconds for (sequences, tokens); for the stream, for a sentence. In brackets, times as fast as "
            f"{self.baseline}. {cpu_model()}; {' '.join(cpu_flags()) or 'no known vector extensions'}."
        )


def terminal_table(report: Report) -> Table:
    """The whole report; a variant that could not run says why."""
    table = Table(title="all-MiniLM-L6-v2 on one thread", title_justify="left", caption=report.caption)
    for heading in report.headings:
        table.add_column(heading, justify="left" if heading == "one thread" else "right")
    for row in report.rows:
        table.add_row(*([row.name, f"[yellow]{row.refused}[/]"] if row.refused else row.cells()))
    return table


def write(report: Report, folder: Path) -> list[Path]:
    """encoder.json, encoder.md and encoder.png in `folder`; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {suffix: folder / f"encoder.{suffix}" for suffix in ("json", "md", "png")}
    about = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "cpu": cpu_model(), "flags": cpu_flags(), "versions": versions()}
    paths["json"].write_text(json.dumps(about | asdict(report), indent=2) + "\n", encoding="utf-8")
    paths["md"].write_text(_markdown(report, about["date"]), encoding="utf-8")
    _plot(report, paths["png"])
    return list(paths.values())

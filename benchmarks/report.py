"""The benchmark's results: a table in the terminal, and encoder.{json,md,png} for the documentation."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from benchmarks.machine import cpu_flags, cpu_model, versions

__all__ = ["Report", "Row", "markdown_line", "terminal_table", "write"]

METHOD = """\
All variants run in one process, take turns in every round, in an order that changes, and have one thread each. A figure
is the median over rounds of the medians of a turn; a ratio is the median of the ratios within each round, so that a
busy machine slows both sides. Token ids go in and unit vectors come out: tokenizing is not counted. modelet runs a
batch as single sequences, as it ships; the others run it as one padded batch. Inputs, and the cosines, are from
`workbench/packager/texts/gate.txt`; what is calibrated is calibrated on `calibration.txt`. fastembed runs its own code,
from token ids on, over an ONNX export of the same weights in place of the one it would download."""


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
        return ["variant", "cosine mean / min", *self.workloads]

    @property
    def caption(self) -> str:
        flags = " ".join(cpu_flags()) or "no known vector extensions"
        return (
            f"Milliseconds for (sequences, tokens); for the stream, for a sentence. In brackets: times as fast as "
            f"{self.baseline}, to which the cosines are, too. {cpu_model()}; {flags}."
        )


def terminal_table(report: Report) -> Table:
    """The whole report."""
    table = Table(title="all-MiniLM-L6-v2 on one thread", title_justify="left", caption=report.caption)
    table.caption_justify = "left"
    variant, *figures = report.headings
    table.add_column(variant)
    for heading in figures:
        table.add_column(heading, justify="right")
    for row in report.rows:
        table.add_row(*([row.name, "[yellow]not run[/]"] if row.refused else row.cells()))
    return table


def write(report: Report, folder: Path) -> list[Path]:
    """encoder.json, encoder.md and encoder.png in `folder`; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {suffix: folder / f"encoder.{suffix}" for suffix in ("json", "md", "png")}
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    about = {"date": today, "cpu": cpu_model(), "flags": cpu_flags(), "versions": versions()}
    paths["json"].write_text(json.dumps(about | asdict(report), indent=2) + "\n", encoding="utf-8")
    paths["md"].write_text(_markdown(report, today), encoding="utf-8")
    _plot(report, paths["png"])
    return list(paths.values())


def _markdown(report: Report, today: str) -> str:
    lines = ["# Encoder on one thread", "", "Written by `make bench`; not edited by hand.", ""]
    lines += [f"{today}, {report.rounds} rounds. {report.caption}", ""]
    lines += [markdown_line(report.headings), markdown_line(["---", *["---:"] * (len(report.headings) - 1)])]
    for row in report.rows:
        lines.append(markdown_line([row.name, f"not run: {row.refused}"] if row.refused else row.cells()))
    lines += ["", "![Times as fast](encoder.png)", "", "## How it is measured", "", METHOD, "", "## Versions", ""]
    return "\n".join([*lines, ", ".join(f"{name} {number}" for name, number in versions().items()), ""])


def markdown_line(cells: Sequence[str]) -> str:
    """A row of a table."""
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _plot(report: Report, path: Path) -> None:
    """Bars: times the baseline's speed, a group for each workload."""
    try:
        import matplotlib
    except ImportError:
        return
    matplotlib.use("agg")
    from matplotlib import pyplot

    rows = [row for row in report.rows if not row.refused]
    figure, axes = pyplot.subplots(figsize=(10, 4.5), layout="constrained")
    width = 0.85 / len(rows)
    for index, row in enumerate(rows):
        places = [group + index * width for group in range(len(report.workloads))]
        axes.bar(places, [row.speedups[work] for work in report.workloads], width, label=row.name)
    centre = (len(rows) - 1) * width / 2
    axes.set_xticks([group + centre for group in range(len(report.workloads))], report.workloads)
    axes.set_ylabel(f"times as fast as {report.baseline}")
    figure.legend(loc="outside upper center", ncols=3)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)

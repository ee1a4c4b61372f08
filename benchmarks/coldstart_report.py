"""The cold starts' results: a table in the terminal, and coldstart.{json,md,png} for the documentation."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from rich.table import Table

from benchmarks.machine import cpu_model
from benchmarks.report import markdown_line

__all__ = ["Report", "Sample", "terminal_table", "write"]

HEADINGS = ["service", "process start to first answer, ms", "INIT, ms", "peak RSS, MiB", "cosine"]
METHOD = """\
Each sample is a fresh execution environment under AWS's Runtime Interface Emulator and runtime client, on one core,
with all files in the page cache and bytecode compiled: from the start of the emulator's process to the end of the HTTP
answer to the first event, which is sent at once. The services take turns, in an order that changes; figures are
medians, and a ratio is the median of the ratios within each round, so that a busy machine slows both sides. INIT is the
emulator's own figure, peak RSS the kernel's (VmHWM) of the Python process, mapped files included.

All answer the two texts of `events/http_embed.json` as OpenAI's API does. modelet runs nearly as it ships: the
template's handler, the layer's dependencies resolved anew for this machine's Python, pruned as the layer is. The
peers' handlers, in `benchmarks/cold_handlers`, have no web framework, validation, logs or metrics; they load the
weights that the bundle is made from, in single precision, in an environment that holds nothing else. The cosine is
the smaller of the two to what sentence-transformers answers."""


@dataclass(frozen=True)
class Sample:
    """One cold start."""

    first_ms: float
    init_ms: float
    peak_rss_mib: float


@dataclass(frozen=True)
class Report:
    """All of one run; a service that did not start is in `refused`, with the reason."""

    ours: str
    samples: Mapping[str, Sequence[Sample]]
    cosines: Mapping[str, float]
    refused: Mapping[str, str]
    versions: Mapping[str, str]

    @property
    def rounds(self) -> int:
        return len(self.samples[self.ours])

    def median(self, name: str, figure: str) -> float:
        return float(median(getattr(sample, figure) for sample in self.samples[name]))

    def times_ours(self, name: str, figure: str) -> float:
        """How many times ours it is: the median over rounds."""
        pairs = zip(self.samples[name], self.samples[self.ours], strict=True)
        return float(median(getattr(theirs, figure) / getattr(ours, figure) for theirs, ours in pairs))

    def rows(self) -> list[list[str]]:
        """The cells of every service that started."""
        return [
            [name, *(self._cell(name, figure) for figure in Sample.__dataclass_fields__), self._cosine(name)]
            for name in self.samples
        ]

    def _cell(self, name: str, figure: str) -> str:
        ratio = "" if name == self.ours else f" ({self.times_ours(name, figure):.1f}x)"
        return f"{self.median(name, figure):,.0f}{ratio}"

    def _cosine(self, name: str) -> str:
        return f"{self.cosines[name]:.4f}" if name in self.cosines else "-"


def terminal_table(report: Report) -> Table:
    """A row for each service."""
    title = f"Cold start on one core, medians of {report.rounds}; in brackets: times {report.ours}"
    table = Table(title=title, title_justify="left", caption=cpu_model(), caption_justify="left")
    table.add_column(HEADINGS[0], no_wrap=True)
    for heading in HEADINGS[1:]:
        table.add_column(heading, justify="right")
    for cells in report.rows():
        table.add_row(*cells)
    for name in report.refused:
        table.add_row(name, "[yellow]not run[/]")
    return table


def write(report: Report, folder: Path) -> list[Path]:
    """coldstart.json, coldstart.md and coldstart.png in `folder`; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {suffix: folder / f"coldstart.{suffix}" for suffix in ("json", "md", "png")}
    about = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "cpu": cpu_model()}
    paths["json"].write_text(json.dumps(about | asdict(report), indent=2) + "\n", encoding="utf-8")
    paths["md"].write_text(_markdown(report, about), encoding="utf-8")
    _plot(report, paths["png"])
    return list(paths.values())


def _markdown(report: Report, about: Mapping[str, str]) -> str:
    lines = ["# Cold start", "", "Written by `python benchmarks/coldstart.py`; not edited by hand.", ""]
    lines += [f"{about['date']}, {report.rounds} rounds, {about['cpu']}. In brackets: times {report.ours}.", ""]
    lines += [markdown_line(HEADINGS), markdown_line(["---", *["---:"] * (len(HEADINGS) - 1)])]
    lines += [markdown_line(cells) for cells in report.rows()]
    lines += [markdown_line([name, f"not run: {why}"]) for name, why in report.refused.items()]
    lines += ["", "![Milliseconds from process start to first answer](coldstart.png)", "", "## How it is measured", ""]
    lines += [METHOD, "", "## Versions", ""]
    return "\n".join([*lines, ", ".join(f"{name} {number}" for name, number in report.versions.items()), ""])


def _plot(report: Report, path: Path) -> None:
    """A bar for each service, INIT and the rest of the way to the answer."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    names = list(report.samples)
    init = [report.median(name, "init_ms") for name in names]
    first = [report.median(name, "first_ms") for name in names]
    with mpl.rc_context({"axes.spines.right": False, "axes.spines.top": False, "font.size": 10}):
        figure = Figure(figsize=(10, 1.2 + 0.7 * len(names)), layout="constrained")
        axes = figure.subplots()
        axes.barh(names, init, 0.6, color="#2e6db4", label="INIT")
        rest = [whole - part for whole, part in zip(first, init, strict=True)]
        bars = axes.barh(names, rest, 0.6, init, color="#b4492e", label="emulator, runtime and first answer")
        labels = [f" {cells[1]}" for cells in report.rows()]
        axes.bar_label(bars, labels, weight="bold")
        axes.invert_yaxis()
        axes.set_xlabel(f"milliseconds, medians of {report.rounds}; in brackets: times {report.ours}")
        axes.set_xlim(0, 1.2 * max(first))
        axes.legend(frameon=False, loc="upper right")
        figure.savefig(path, format="png", dpi=150)

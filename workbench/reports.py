"""Tables in the terminal."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from statistics import median

from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from modelet.bundle import Bundle
from modelet.errors import BundleError
from modelet.manifest import Manifest
from workbench.answers import in_short
from workbench.emulator.invocation import Invocation
from workbench.local.child import Run
from workbench.local.routing import read_event
from workbench.local.template import Template
from workbench.packager.package import Packaged

__all__ = ["NEXT_STEPS", "demo", "invocation", "models", "packaged"]

MIB = 1 << 20
NEXT_STEPS = """
[bold]Next[/]
  make serve            the same functions on http://127.0.0.1:8000, Swagger UI at /docs
  curl http://127.0.0.1:8000/v1/redact -H 'content-type: application/json' -d '{"inputs": "Mail ada@example.com"}'
  modelet models        the bundles, their gate results and digests
  modelet --help        everything else
"""


def packaged(result: Packaged) -> Table:
    """The gate of one bundle, line by line, with how much is missing."""
    state = "not written: below its gate" if not result.written else "written" if result.built else "up to date"
    table = Table("check", "value", "must be", "short by", title=f"{result.manifest.id}: {state}", title_justify="left")
    for check in result.manifest.gate:
        short = "" if check.passed else f"[red]{abs(check.value - check.limit):.5f}[/]"
        table.add_row(check.name, f"{check.value:.5f}", check.bound, short)
    table.caption = f"digest {result.manifest.digest}"
    table.caption_justify = "left"
    return table


def models(functions: Sequence[Path]) -> Table:
    """One row for each function with a model; the digest is folded rather than cut."""
    table = Table("function", "bundle", "precision", "MiB", "gate")
    table.add_column("digest", overflow="fold", min_width=32)
    for folder in functions:
        try:
            bundle = Bundle.load(folder / "model")
        except BundleError as error:
            table.add_row(folder.name, "-", "-", "-", f"[red]{escape(str(error))}[/]", "-")
            continue
        manifest = bundle.manifest
        size = f"{bundle.size / MIB:.1f}"
        table.add_row(folder.name, manifest.id, manifest.precision, size, _gate(manifest), manifest.digest)
    return table


def _gate(manifest: Manifest) -> str:
    failed = [f"{check.name}: {check.value:.5f}" for check in manifest.gate if not check.passed]
    return "[red]" + "\n".join(failed) + "[/]" if failed else f"{len(manifest.gate)} of {len(manifest.gate)} passed"


def demo(invocations: Sequence[Run], template: Template) -> Table:
    """The table that `make demo` ends with: a function's figures, then its events."""
    title = "Every event through its handler, each function in a fresh process"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("function\n  event", no_wrap=True, min_width=21)
    table.add_column("answer in short")
    for heading in ("bundle\nMiB", "precision", "INIT\nms", "warm\nmedian ms"):
        table.add_column(heading, justify="right", no_wrap=True, min_width=max(map(len, heading.split("\n"))))
    for name, events in groupby(invocations, key=lambda one: one.function):
        runs = list(events)
        bundle = Bundle.load(template.function(name).model_folder(template.root))
        size = f"{bundle.size / MIB:.1f}"
        table.add_row(f"[bold]{name}[/]", "", size, bundle.manifest.precision, f"{runs[0].init_ms:.0f}", "")
        for run in runs:
            answer = in_short(run.answer, read_event(template.root / "events" / run.event))
            warm = "" if run.warm_ms is None else f"{run.warm_ms:.2f}"
            table.add_row(f"  {run.event.removesuffix('.json')}", escape(answer), "", "", "", warm)
    return table


def invocation(runs: Sequence[Invocation]) -> Text:
    """The logs and the REPORT line of the first run, in Lambda's words, and the median of those after it."""
    first, *warm = runs
    figures = [
        f"REPORT RequestId: {first.request_id}",
        f"Duration: {first.duration_ms:.2f} ms",
        f"Billed Duration: {first.billed_ms} ms",
        f"Memory Size: {first.memory_mb} MB",
        f"Max Memory Used: {runs[-1].peak_rss_mib:.0f} MB",
    ]
    if first.init_ms is not None:
        figures.append(f"Init Duration: {first.init_ms:.2f} ms")
    lines = ["  ".join(figures)]
    if warm:
        lines.append(f"warm median of {len(warm)}: {median(run.duration_ms for run in warm):.2f} ms")
    return Text.assemble((first.logs, "dim"), ("\n".join(lines), "bold"))

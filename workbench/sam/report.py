"""The table of `modelet sam-local`."""

from collections.abc import Iterable

from rich import box
from rich.markup import escape
from rich.table import Table

from workbench.answers import in_short
from workbench.local.errors import FunctionError
from workbench.local.routing import read_event
from workbench.sam.events import Outcome

__all__ = ["report"]


def report(outcomes: Iterable[Outcome]) -> Table:
    """One row for each event; INIT and duration as the emulator in the container tells them."""
    title = "Every event through sam local invoke, each in a fresh container"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("event", "function", "answer in short"):
        table.add_column(heading)
    for heading in ("INIT\nms", "duration\nms"):
        table.add_column(heading, justify="right")
    table.add_column("as in this\nprocess")
    for outcome in outcomes:
        table.add_row(outcome.event.stem, outcome.function, *_cells(outcome))
    return table


def _cells(outcome: Outcome) -> tuple[str, ...]:
    result = outcome.result
    if isinstance(result, FunctionError):
        return f"[red]{escape(f'{result.kind}: {result.message}')}[/]", "", "", "[red]no[/]"
    answer = escape(in_short(result.answer, read_event(outcome.event)))
    same = "[green]equal[/]" if outcome.same else "[red]differs[/]"
    return answer, f"{result.init_ms:.0f}", f"{result.duration_ms:.1f}", same

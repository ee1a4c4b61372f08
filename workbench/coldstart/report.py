"""Cold starts as a table in the terminal: a column for each function."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from workbench.coldstart.measure import ColdStart

__all__ = ["coldstart_table", "parts"]

_MOST = 8  # packages that have a row of their own


def parts(starts: Sequence[ColdStart]) -> Mapping[str, list[float]]:
    """Milliseconds of each part, one figure for each function, in the order of the process; columns add up."""
    rows: dict[str, list[float]] = {}
    for step in ("interpreter", "imports", *_between(starts), "first answer", "other"):
        if step == "imports":
            rows |= _imports(starts)
        else:
            rows[step] = [start.steps.get(step, 0.0) for start in starts]
    return rows


def _between(starts: Sequence[ColdStart]) -> list[str]:
    """What INIT does beside importing."""
    steps = dict.fromkeys(step for start in starts for step in start.steps)
    return [step for step in steps if step.startswith("bundle")]


def _imports(starts: Sequence[ColdStart]) -> Mapping[str, list[float]]:
    """The packages that take longest in any function, and all others together."""
    names = {name for start in starts for name in start.packages}
    slowest = sorted(names, key=lambda name: -max(start.packages.get(name, 0.0) for start in starts))
    own = {f"import {name}": [start.packages.get(name, 0.0) for start in starts] for name in slowest[:_MOST]}
    others = [start.steps["imports"] - sum(took[index] for took in own.values()) for index, start in enumerate(starts)]
    return own | {"import all else": others}


def coldstart_table(starts: Sequence[ColdStart], runs: int) -> Table:
    """Every part and its share, and the whole."""
    table = Table(title=f"Process start to first answer, ms\nmedians of {runs} processes", title_justify="left")
    table.add_column("part")
    for start in starts:
        table.add_column(start.function, justify="right")
    totals = [start.total for start in starts]
    for name, figures in parts(starts).items():
        table.add_row(name, *map(_cell, figures, totals))
    table.add_section()
    table.add_row("all", *(f"{total:.0f}      " for total in totals))
    return table


def _cell(figure: float, total: float) -> str:
    return f"{figure:.1f} {figure / total:5.0%}"

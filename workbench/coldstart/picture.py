"""Cold starts as a picture: a stacked bar for each function."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from workbench.coldstart.measure import ColdStart
from workbench.coldstart.report import parts

__all__ = ["draw"]

# Colours by what a part's name begins with: greys for the runtime, blues for imports, reds for the bundle.
_COLOURS = {"import": "Blues_r", "bundle": "Oranges_r", "first answer": "Greens_r", "": "Greys_r"}
_LABELLED = 0.045  # of the longest bar: what is shorter has no room for its figure


def draw(starts: Sequence[ColdStart], path: Path) -> None:
    """Write a PNG; the parts are those of the table, in the order of the process."""
    rows = parts(starts)
    with mpl.rc_context({"axes.spines.right": False, "axes.spines.top": False, "font.size": 10}):
        figure = Figure(figsize=(11, 2.3 + 0.7 * len(starts)), layout="constrained")
        axes = figure.subplots()
        _draw_bars(axes, starts, rows)
        axes.set_xlabel("milliseconds from process start to first answer")
        axes.set_yticks(range(len(starts)), [start.function for start in starts])
        axes.invert_yaxis()
        figure.legend(loc="outside lower center", ncols=5, frameon=False, fontsize=9)
        figure.savefig(path, format="png", dpi=150)


def _draw_bars(axes: Any, starts: Sequence[ColdStart], rows: Mapping[str, Sequence[float]]) -> None:
    longest = max(start.total for start in starts)
    left = [0.0] * len(starts)
    for (name, figures), colour in zip(rows.items(), _colours(list(rows)), strict=True):
        shown = [max(figure, 0.0) for figure in figures]
        bars = axes.barh(range(len(starts)), shown, 0.6, left, label=name, color=colour, edgecolor="white")
        labels = [f"{figure:.0f}" if figure > _LABELLED * longest else "" for figure in shown]
        dark = sum(colour[:3]) < 1.6
        axes.bar_label(bars, labels, label_type="center", fontsize=8, color="white" if dark else "black")
        left = [begin + width for begin, width in zip(left, shown, strict=True)]
    for position, start in enumerate(starts):
        axes.annotate(f" {start.total:.0f} ms", (left[position], position), va="center", weight="bold")
    axes.set_xlim(0, longest * 1.1)


def _colours(names: Sequence[str]) -> list[tuple[float, ...]]:
    """Shades of one colour for the parts of one kind."""
    kinds = [next(kind for kind in _COLOURS if name.startswith(kind)) for name in names]
    places = [kinds[:index].count(kind) / kinds.count(kind) for index, kind in enumerate(kinds)]
    return [mpl.colormaps[_COLOURS[kind]](0.15 + 0.7 * place) for kind, place in zip(kinds, places, strict=True)]

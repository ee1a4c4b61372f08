"""The sweep as a picture: latency and cost against memory."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from workbench.local.template import Function
from workbench.tune.prices import AS_OF, REQUESTS, compute_usd
from workbench.tune.report import gateway_usd
from workbench.tune.sweep import Size

__all__ = ["draw"]

_STYLE = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 10,
    "grid.alpha": 0.25,
}
_LATENCIES = (
    ("cold_ms", "cold: process start to first answer", "#b4492e"),
    ("warm_ms", "warm call", "#2e6db4"),
)


def draw(function: Function, sizes: Sequence[Size], path: Path) -> None:
    """Write a PNG with two panels; sizes that failed are left out."""
    shown = [size for size in sizes if not size.failure]
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(11, 4.4), layout="constrained")
        latency, cost = figure.subplots(1, 2)
        _draw_latency(latency, shown)
        _draw_cost(cost, shown, gateway_usd(function))
        figure.suptitle(f"{function.logical_id} by memory size", x=0.01, ha="left", weight="bold")
        figure.savefig(path, format="png", dpi=150)


def _draw_latency(axes: Any, sizes: Sequence[Size]) -> None:
    positions = range(len(sizes))
    for figure, label, colour in _LATENCIES:
        values = [size.median(figure) for size in sizes]
        axes.plot(positions, values, marker="o", color=colour, label=label)
        for position, value in zip(positions, values, strict=True):
            text = f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
            axes.annotate(text, (position, value), (0, 7), textcoords="offset points", ha="center")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axes.margins(x=0.1, y=0.2)
    axes.set_ylabel("milliseconds, logarithmic")
    _finish(axes, sizes, "Latency")


def _draw_cost(axes: Any, sizes: Sequence[Size], gateway: float) -> None:
    positions = range(len(sizes))
    compute = [compute_usd(size.memory_mb, size.billed_ms, "x86_64") for size in sizes]
    parts = [("gateway", [gateway] * len(sizes), "#c9c9c9"), ("requests", [REQUESTS.usd] * len(sizes), "#8f8f8f")]
    below = [0.0] * len(sizes)
    for label, values, colour in [*parts, ("compute, x86", compute, "#2e6db4")]:
        if any(values):
            axes.bar(positions, values, bottom=below, color=colour, label=label, width=0.6)
        below = [low + value for low, value in zip(below, values, strict=True)]
    for position, total, own in zip(positions, below, compute, strict=True):
        axes.annotate(f"${total:.2f}", (position, total), (0, 3), textcoords="offset points", ha="center")
        axes.annotate(f"${own:.2f}", (position, total - own / 2), ha="center", va="center", color="white", fontsize=9)
    axes.margins(y=0.2)
    axes.set_ylabel(f"US dollars, list prices of {AS_OF}")
    _finish(axes, sizes, "Cost of a million warm calls")


def _finish(axes: Any, sizes: Sequence[Size], title: str) -> None:
    axes.set_title(title, loc="left")
    axes.set_xticks(range(len(sizes)), [f"{size.memory_mb:,}" for size in sizes])
    axes.set_xlabel("memory, MB")
    axes.grid(axis="x", visible=False)
    axes.legend(frameon=False, fontsize=9, loc="upper right", ncols=3)

"""Reliability diagrams: for each bin of scores, how many of them were right."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from workbench.evaluation.results import Evaluated

__all__ = ["draw"]

COLUMNS = 4
BUSIEST = 160  # points^2 of the dot of the bin with the most examples


def draw(results: Sequence[Evaluated], path: Path) -> None:
    """Write a PNG with a panel for each result that has scores; on the diagonal they mean what they say."""
    shown = [result for result in results if result.bins]
    rows = max(1, -(-len(shown) // COLUMNS))
    with mpl.rc_context({"axes.spines.right": False, "axes.spines.top": False, "font.size": 9}):
        figure = Figure(figsize=(11, 0.4 + 2.7 * rows), layout="constrained")
        panels = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False).flat
        for result, axes in zip(shown, panels, strict=False):  # the results end first
            _panel(axes, result)
        for axes in list(panels):
            axes.set_axis_off()
        figure.supxlabel("score")
        figure.supylabel("share of right answers")
        figure.savefig(path, format="png", dpi=120)


def _panel(axes: Any, result: Evaluated) -> None:
    most = max(one.examples for one in result.bins)
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle="--")
    axes.plot([one.confidence for one in result.bins], [one.right for one in result.bins], linewidth=1)
    axes.scatter(
        [one.confidence for one in result.bins],
        [one.right for one in result.bins],
        [BUSIEST * one.examples / most for one in result.bins],
    )
    axes.set(title=f"{result.function}\n{result.data}", xlim=(0, 1.02), ylim=(0, 1.02), aspect="equal")

"""What building tells in the terminal."""

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from rich.table import Table

from workbench.build.bytecode import CURE, Compiler
from workbench.build.dist import Built
from workbench.build.size import MIB, Row

__all__ = ["built", "packages", "sizes"]

BIGGEST = 8  # packages to list


def built(parts: Sequence[Built], root: Path, compiler: Compiler | None) -> Table:
    """A row for each part of dist, and who compiled it."""
    table = Table("part", "state", "bytecode", caption_justify="left")
    table.add_column("digest of code, bundle and layer", overflow="fold")
    for part in parts:
        state, bytecode = "built" if part.anew else "up to date", "yes" if part.compiled else "no"
        table.add_row(str(part.folder.relative_to(root)), state, bytecode, part.digest)
    table.caption = f"compiler: {compiler or f'none, so each new environment compiles for itself; {CURE}'}"
    return table


def sizes(rows: Sequence[Row]) -> Table:
    """What each artefact weighs and may weigh, in MiB; too much is red."""
    table = Table("MiB")
    for heading in ("zip", "may be", "unpacked", "may be"):
        table.add_column(heading, justify="right")
    for row in rows:
        zipped = _cells(row.weight.zipped, row.limit.zipped)
        table.add_row(row.name, *zipped, *_cells(row.weight.unpacked, row.limit.unpacked))
    return table


def packages(bytes_of: Mapping[str, int]) -> Table:
    """The biggest packages of the layer."""
    table = Table("the layer's biggest")
    table.add_column("MiB unpacked", justify="right")
    for name, size in islice(bytes_of.items(), BIGGEST):
        table.add_row(name, f"{size / MIB:.1f}")
    return table


def _cells(size: float, limit: float) -> tuple[str, str]:
    if limit == float("inf"):
        return "", ""
    figure = f"{size / MIB:.1f}"
    return (figure if size <= limit else f"[red]{figure}[/]"), f"{limit / MIB:.0f}"

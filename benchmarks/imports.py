"""Import time of each handler, by top-level package: the part of a cold start that dependencies decide.

    python benchmarks/imports.py

Medians over fresh interpreters of the time that modules of a package took themselves (`python -X importtime`), with
their files in the page cache. Loading the bundle is counted to the module that does it, functions.<task>.service.
"""

import re
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
HANDLERS = ("functions.embed.api", "functions.embed.worker", "functions.redact.api", "functions.redact.worker")
RUNS = 7
ROWS = 12

Times = defaultdict[str, float]
# `import time: self [us] | cumulative | imported package`
LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")


def import_times(module: str) -> Times:
    """Milliseconds by top-level package, in one fresh interpreter."""
    command = [sys.executable, "-X", "importtime", "-c", f"import {module}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    times: Times = defaultdict(float)
    for microseconds, name in LINE.findall(done.stderr):
        times[_group(name)] += int(microseconds) / 1000
    return times


def _group(name: str) -> str:
    package = name.partition(".")[0]
    return "(standard library)" if package in sys.stdlib_module_names else package


def medians(module: str) -> Times:
    import_times(module)  # fills the page cache and writes bytecode
    runs = [import_times(module) for _ in range(RUNS)]
    packages = set().union(*runs)
    return defaultdict(float, {name: statistics.median(run[name] for run in runs) for name in packages})


def table() -> Table:
    """A row for each package, a column for each handler, the slowest first."""
    columns = {module: medians(module) for module in HANDLERS}
    packages = sorted(set().union(*columns.values()), key=lambda name: -max(times[name] for times in columns.values()))
    result = Table(title=f"Import time in ms, median of {RUNS} fresh interpreters", title_justify="left")
    result.add_column("package")
    for module in HANDLERS:
        result.add_column(module, justify="right")
    for name in packages[:ROWS]:
        result.add_row(name, *(f"{times[name]:.1f}" for times in columns.values()))
    result.add_section()
    result.add_row("all", *(f"{sum(times.values()):.1f}" for times in columns.values()))
    return result


if __name__ == "__main__":
    Console(width=120).print(table())

"""The table of a memory sweep."""

from collections.abc import Sequence

from rich import box
from rich.table import Table

from workbench.emulator.limits import missing_cores
from workbench.local.template import Function
from workbench.tune.prices import AS_OF, COMPUTE, GATEWAY, REQUESTS, compute_usd
from workbench.tune.sweep import Size

__all__ = ["gateway_usd", "sweep_notes", "sweep_table"]

_HEADINGS = (
    "memory\nMB",
    "start to\nanswer ms",
    "of it\nINIT ms",
    "warm\nms",
    "peak\nMiB",
    "compute\nx86 $",
    "compute\narm64 $",
    "requests\n$",
    "gateway\n$",
    "total\nx86 $",
    "a million\nINITs, x86 $",
    "energy\nmJ a call",
)
_INIT = "https://lucvandonkersgoed.com/2022/04/09/when-is-the-lambda-init-phase-free-and-when-is-it-billed/"


def sweep_table(function: Function, sizes: Sequence[Size]) -> Table:
    """A row for each size; one that failed has no figures."""
    table = Table(title=f"{function.logical_id} by memory size", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in _HEADINGS:
        table.add_column(heading, justify="right", no_wrap=True)
    for size in sizes:
        table.add_row(f"{size.memory_mb:,}", *_cells(size, gateway_usd(function)))
    return table


def gateway_usd(function: Function) -> float:
    """Of a million calls: nothing for a function that no route calls."""
    return GATEWAY.usd if function.routes else 0.0


def _cells(size: Size, gateway: float) -> list[str]:
    if size.failure:
        return ["[red]failed[/]", *["-"] * (len(_HEADINGS) - 2)]
    compute = {name: compute_usd(size.memory_mb, size.billed_ms, name) for name in COMPUTE}
    dollars = [*compute.values(), REQUESTS.usd, gateway, compute["x86_64"] + REQUESTS.usd + gateway]
    return [
        f"{size.median('cold_ms'):,.0f}",
        f"{size.median('init_ms'):,.0f}",
        f"{size.median('warm_ms'):.2f}",
        f"{size.median('peak_rss_mib'):.0f}",
        *(f"{usd:.3f}" for usd in dollars),
        f"{compute_usd(size.memory_mb, size.billed_init_ms, 'x86_64'):.2f}",
        f"{size.median('joules') * 1000:.2f}",
    ]


def sweep_notes(sizes: Sequence[Size], energy: str) -> list[str]:
    """What failed, and a line for each thing that a reader of the table must know. energy is the meter's source."""
    prices = {f"compute, {name}": price for name, price in COMPUTE.items()}
    prices |= {"requests": REQUESTS, "gateway": GATEWAY}
    return [
        *(f"{size.memory_mb:,} MB: {size.failure}" for size in sizes if size.failure),
        *filter(None, (missing_cores(size.memory_mb) for size in sizes)),
        "Medians of fresh environments, each in a cgroup with memory / 1,769 MB of a core.",
        f"INIT has that share too; on Lambda it was seen to have two whole vCPUs at any size: {_INIT}",
        f"$ is for a million warm calls at list prices of us-east-1, {AS_OF}, without free tiers:",
        *(
            f"  {name}: ${f'{price.usd:.10f}'.rstrip('0') if price.usd < 0.01 else f'{price.usd:.2f}'} "
            f"for a {price.unit} ({price.source})"
            for name, price in prices.items()
        ),
        "Both architectures are reckoned with the durations measured here. INIT is billed since August 2025.",
        f"Energy: {energy}.",
    ]

"""The energy that a process took: measured where the machine tells it, else estimated from its CPU time.

Sources: https://docs.kernel.org/power/powercap/powercap.html (RAPL, of a whole CPU package), and for the watts
https://www.cloudcarbonfootprint.org/docs/methodology/ (AWS's average of a busy vCPU: 3.5 W).
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["WATTS_PER_VCPU", "Meter", "cpu_seconds", "find_meter"]

WATTS_PER_VCPU = 3.5
_RAPL = Path("/sys/class/powercap/intel-rapl:0")


@dataclass(frozen=True, slots=True)
class Meter:
    """`joules` reads the counter for a process, given by its id; `source` says in a line what is counted.

    The counter begins again at 0 before it reaches `wraps_at` joules, if that is given.
    """

    source: str
    joules: Callable[[int], float]
    wraps_at: float | None = None

    def difference(self, before: float, after: float) -> float:
        """The joules between two readings."""
        return (after - before) % self.wraps_at if self.wraps_at else after - before


def find_meter(watts: float | None = None, rapl: Path = _RAPL) -> Meter:
    """The machine's own counter where it may be read; with `watts` for a busy vCPU, always the estimate."""
    counter = rapl / "energy_uj"
    if watts is None and os.access(counter, os.R_OK):
        source = "RAPL, all of CPU package 0, whatever else it does"
        return Meter(source, lambda pid: _micro(counter), _micro(rapl / "max_energy_range_uj"))
    power = WATTS_PER_VCPU if watts is None else watts
    return Meter(f"estimated: CPU time at {power:g} W for a busy vCPU", lambda pid: power * cpu_seconds(pid))


def _micro(path: Path) -> float:
    return int(path.read_text()) / 1e6


def cpu_seconds(pid: int) -> float:
    """CPU time of the threads that a process has."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

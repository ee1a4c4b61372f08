"""Fresh execution environments at several memory sizes, one size after the other, round by round."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from workbench.emulator.environment import ExecutionEnvironment
from workbench.emulator.invocation import Invocation
from workbench.emulator.limits import unavailable
from workbench.local.errors import FunctionError, LocalError
from workbench.local.outcome import require_success
from workbench.local.template import Function
from workbench.progress import track
from workbench.tune.energy import Meter

__all__ = ["SIZES", "Size", "Trial", "sweep"]

# Powers of two, where most functions are; 1,769 MB is one core; 3,008 MB is the most that a new account may have.
SIZES = (256, 512, 1024, 1769, 3008)
_VARIABLES = {"MODELET_CACHE_BYTES": "0"}  # a repeat must compute again


@dataclass(frozen=True, slots=True)
class Trial:
    """One fresh environment: milliseconds from the start of its process to its first answer, of its INIT, and of its
    median warm call; the joules of a warm call; the most memory it held, in MiB.
    """

    cold_ms: float
    init_ms: float
    warm_ms: float
    joules: float
    peak_rss_mib: float


@dataclass(slots=True)
class Size:
    """All trials at one memory size, in MB; failure is what ended them, if anything did."""

    memory_mb: int
    trials: list[Trial] = field(default_factory=list)
    failure: str | None = None

    def median(self, figure: str) -> float:
        """Of the trials, of a field by its name."""
        return float(median(getattr(trial, figure) for trial in self.trials))

    @property
    def billed_ms(self) -> int:
        """Of a warm call: Lambda bills whole milliseconds."""
        return math.ceil(self.median("warm_ms"))

    @property
    def billed_init_ms(self) -> int:
        """Of a cold start, over what its call itself is billed."""
        return math.ceil(self.median("init_ms"))


def sweep(
    function: Function,
    root: Path,
    event: Mapping[str, Any],
    meter: Meter,
    *,
    sizes: Sequence[int] = SIZES,
    rounds: int,
    repeat: int,
) -> list[Size]:
    """`rounds` environments at each size, `repeat` warm calls in each. A size that fails is left out of later rounds.

    Raises LocalError where this machine cannot limit CPU and memory, and when the function answers with an error.
    """
    if reason := unavailable():
        raise LocalError(f"a memory sweep would mean nothing here, since nothing limits CPU and memory: {reason}")
    results = [Size(memory) for memory in sorted(set(sizes))]
    plan = [size for _ in range(rounds) for size in results]
    for size in track(plan, f"fresh environments of {function.logical_id}", len(plan)):
        if size.failure is None:
            _try(size, function, root, event, meter, repeat)
    return results


def _try(size: Size, function: Function, root: Path, event: Mapping[str, Any], meter: Meter, repeat: int) -> None:
    try:
        with ExecutionEnvironment(function, root, memory=size.memory_mb, variables=_VARIABLES) as environment:
            size.trials.append(_trial(environment, event, meter, repeat))
    except FunctionError as error:
        size.failure = f"{error.kind}: {error.message}"


def _trial(environment: ExecutionEnvironment, event: Mapping[str, Any], meter: Meter, repeat: int) -> Trial:
    cold = environment.invoke(event)
    cold_ms = (time.monotonic() - environment.started) * 1000
    require_success(environment.function.logical_id, event, cold.answer)
    pid = environment.runtime_pid or 0
    before = meter.joules(pid)
    warm: list[Invocation] = [environment.invoke(event) for _ in range(repeat)]
    return Trial(
        cold_ms=cold_ms,
        init_ms=cold.init_ms or 0.0,
        warm_ms=median(one.duration_ms for one in warm),
        joules=meter.difference(before, meter.joules(pid)) / repeat,
        peak_rss_mib=warm[-1].peak_rss_mib,
    )

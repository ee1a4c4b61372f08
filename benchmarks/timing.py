"""Timing on a machine that others use too: variants take turns, and ratios are taken within each round."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from statistics import median
from time import perf_counter

from workbench.progress import track

__all__ = ["Timings", "interleave"]

TURN_SECONDS = 0.12
MAX_RUNS = 40  # in one turn


@dataclass(frozen=True)
class Timings:
    """Milliseconds of each variant, one median for each round."""

    rounds: Mapping[str, list[float]]

    def milliseconds(self, name: str) -> float:
        """The median over rounds."""
        return median(self.rounds[name])

    def speedup(self, name: str, baseline: str) -> float:
        """How many times faster than `baseline`: the median over rounds, so that a busy minute slows both."""
        pairs = zip(self.rounds[baseline], self.rounds[name], strict=True)
        return median(theirs / ours for theirs, ours in pairs)


def interleave(runs: Mapping[str, Callable[[], object]], rounds: int, what: str) -> Timings:
    """Time every one of `runs` in each of `rounds`, in an order that changes, after a warm-up."""
    repeats = {name: _repeats(run) for name, run in runs.items()}
    taken: dict[str, list[float]] = {name: [] for name in runs}
    order = Random(0)
    for _ in track(range(rounds), what, rounds):
        for name in order.sample(list(runs), len(runs)):
            taken[name].append(_turn(runs[name], repeats[name]))
    return Timings(taken)


def _repeats(run: Callable[[], object]) -> int:
    """Runs that fill a turn; this is the warm-up, too."""
    run()
    fastest = min(_timed(run) for _ in range(2))
    return max(1, min(MAX_RUNS, int(TURN_SECONDS * 1000 / fastest)))


def _turn(run: Callable[[], object], repeats: int) -> float:
    """Median milliseconds of `repeats` runs; a first one, untimed, brings the weights back into the CPU's caches."""
    if repeats > 1:
        run()
    return median(_timed(run) for _ in range(repeats))


def _timed(run: Callable[[], object]) -> float:
    start = perf_counter()
    run()
    return (perf_counter() - start) * 1000

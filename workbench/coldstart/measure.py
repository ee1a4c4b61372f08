"""Fresh processes, measured from their start to their first answer."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from workbench.coldstart.imports import packages
from workbench.local.environment import process_environment
from workbench.local.errors import FunctionError
from workbench.local.outcome import require_success
from workbench.local.routing import Target, read_event
from workbench.progress import track

__all__ = ["ColdStart", "measure"]

_PROBE = Path(__file__).with_name("probe.py")
# What INIT does beside importing, by the method that does it.
_STEPS = {
    "modelet.bundle:Bundle.load": "bundle: verify (sha256)",
    "modelet.tokenizer:TextTokenizer.__init__": "bundle: tokenizer",
    "modelet.session:Session.__init__": "bundle: session",
}


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Medians in milliseconds: `steps` and, within what importing takes, `packages`. All of them add up to `total`."""

    function: str
    total: float
    steps: Mapping[str, float]
    packages: Mapping[str, float]


def measure(targets: Sequence[Target], root: Path, runs: int) -> list[ColdStart]:
    """Measure each target in `runs` fresh processes, in turns; raises LocalError when one fails or answers an error.

    Each turn has two processes: a plain one, whose times count, and one under `-X importtime`, which takes longer and
    only tells how the plain one's import time is shared among packages.
    """
    for target in targets:
        _run(target, root)  # fills the page cache and writes bytecode
    turns = [_turn(target, root) for target in track([*targets] * runs, "cold starts", len(targets) * runs)]
    return [_cold_start(target, turns[index :: len(targets)]) for index, target in enumerate(targets)]


def _turn(target: Target, root: Path) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """The steps of a plain process, and the packages' shares in the imports of a traced one."""
    started, found, _ = _run(target, root)
    _, traced, said = _run(target, root, "-X", "importtime")
    return _steps(started, found), _shares(target, traced, said)


def _run(target: Target, root: Path, *flags: str) -> tuple[float, Any, str]:
    """When the process was started, what the probe measured, and what was said on stderr."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, *flags, "-P", str(_PROBE), target.function.handler, str(target.event), str(result)]
        started = time.monotonic()
        done = subprocess.run(
            [*command, *_STEPS],
            cwd=root,
            env=process_environment(target.function, root),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = done.stderr.strip().rpartition("\n")[2]
            raise FunctionError(target.function.logical_id, "Runtime.ExitError", last, done.stdout)
        found = json.loads(result.read_text(encoding="utf-8"))
        require_success(target.function.logical_id, read_event(target.event), found["returned"])
        return started, found, done.stderr


def _steps(started: float, found: Any) -> Mapping[str, float]:
    """Milliseconds of each step; what none of them accounts for is `other`."""
    spans: dict[str, float] = found["spans"]
    seconds = {
        "interpreter": found["begun"] - started,
        "imports": found["import"] - sum(spans.values()),
        **{_STEPS[name]: took for name, took in spans.items()},
        "first answer": found["answer"],
    }
    total = found["answered"] - started
    return {name: took * 1e3 for name, took in [*seconds.items(), ("total", total)]}


def _shares(target: Target, found: Any, said: str) -> Mapping[str, float]:
    """The share of each package in the time that importing took; what the function's own code called is no import."""
    times = dict(packages(said))
    own = target.function.handler.partition(".")[0]
    times[own] = max(times[own] - sum(found["spans"].values()) * 1e3, 0.0)
    return {name: took / sum(times.values()) for name, took in times.items()}


def _cold_start(target: Target, turns: Sequence[tuple[Mapping[str, float], Mapping[str, float]]]) -> ColdStart:
    steps, shares = (_medians(found) for found in zip(*turns, strict=True))
    total, scale = steps.pop("total"), steps["imports"] / sum(shares.values())
    steps["other"] = total - sum(steps.values())
    return ColdStart(target.function.logical_id, total, steps, {name: share * scale for name, share in shares.items()})


def _medians(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: median(run.get(name, 0.0) for run in runs) for name in runs[0]}

"""Fresh processes, measured from their start to their first answer."""

import json
import os
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
from workbench.local.environment import lambda_environment, search_path
from workbench.local.errors import EventError, FunctionError
from workbench.local.routing import event_paths, function_for, read_event
from workbench.local.template import Function, Template
from workbench.progress import track

__all__ = ["ColdStart", "Target", "find_target", "measure"]

_PROBE = Path(__file__).with_name("probe.py")
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
# What INIT does beside importing, by the method that does it.
_STEPS = {
    "modelet.bundle:Bundle.load": "bundle: verify (sha256)",
    "modelet.tokenizer:TextTokenizer.__init__": "bundle: tokenizer",
    "modelet.session:Session.__init__": "bundle: session",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A function and an event that it takes."""

    function: Function
    event: Path


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Medians in milliseconds: `steps` and, within what importing takes, `packages`. All of them add up to `total`."""

    function: str
    total: float
    steps: Mapping[str, float]
    packages: Mapping[str, float]


def find_target(name: str, template: Template) -> Target:
    """The function called `name` (a logical id or a folder) and its first event; raises EventError if there is none."""
    for path in event_paths(template.root / "events"):
        function = function_for(read_event(path), template)
        if name in (function.logical_id, function.package.rpartition(".")[2]):
            return Target(function, path)
    raise EventError(f"no event in {template.root / 'events'} goes to a function called {name!r}")


def measure(targets: Sequence[Target], root: Path, runs: int) -> list[ColdStart]:
    """Measure each target in `runs` fresh processes, in turns; raises FunctionError when one fails.

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
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    path = {"PYTHONPATH": os.pathsep.join(search_path(root))}
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, *flags, "-P", str(_PROBE), target.function.handler, str(target.event), str(result)]
        started = time.monotonic()
        done = subprocess.run(
            [*command, *_STEPS],
            cwd=root,
            env=inherited | lambda_environment(target.function, root) | path,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = done.stderr.strip().rpartition("\n")[2]
            raise FunctionError(target.function.logical_id, "Runtime.ExitError", last, done.stdout)
        return started, json.loads(result.read_text(encoding="utf-8")), done.stderr


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

"""Control groups: the share of CPU and the hard memory limit that Lambda gives with a function's memory size.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html (1,769 MB are one vCPU),
https://docs.kernel.org/admin-guide/cgroup-v2.html, and cgroup-v1/{memory.rst,cgroups.rst} beside it.
"""

from __future__ import annotations

import atexit
import itertools
import os
import re
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

__all__ = ["MB_PER_CORE", "Group", "Hierarchy"]

MB_PER_CORE = 1769
_PERIOD_US = 20_000  # short, so that the quota is felt within a call of a few milliseconds
_PREFIX = "modelet-"
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Group:
    """A control group: one folder, or with version 1 one for each controller. No folders: nothing is limited."""

    folders: tuple[Path, ...] = ()

    @property
    def procs(self) -> tuple[Path, ...]:
        """The files that a process joins by."""
        return tuple(folder / "cgroup.procs" for folder in self.folders)

    @property
    def out_of_memory(self) -> bool:
        """Whether the kernel killed a process of the group for its memory limit."""
        files = [folder / name for folder in self.folders for name in ("memory.events", "memory.oom_control")]
        found = (re.search(r"^oom_kill (\d+)$", path.read_text(), re.MULTILINE) for path in files if path.is_file())
        return any(int(one[1]) for one in found if one)

    def kill(self) -> None:
        """End all processes of the group, whoever started them."""
        for file in self.procs:
            with suppress(OSError):
                for pid in map(int, file.read_text().split()):
                    if pid:  # 0 is a process that cannot be seen from here, and to `kill` our own group
                        os.kill(pid, signal.SIGKILL)

    def remove(self, patience: float = 2) -> None:
        """Remove the folders, and end what is still in them."""
        deadline = time.monotonic() + patience
        for folder in self.folders:
            while not _removed(folder) and time.monotonic() < deadline:
                self.kill()
                time.sleep(0.005)


def _removed(folder: Path) -> bool:
    with suppress(OSError):
        folder.rmdir()
    return not folder.exists()


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Where groups are made; `cpu` and `memory` are the same folder in version 2."""

    version: int
    cpu: Path
    memory: Path

    def enable(self) -> None:
        """Let groups be made with both controllers, until we end; raises OSError where that is not allowed.

        With version 2 a group that hands controllers on may hold no process: this one moves into a leaf.
        """
        control = self.cpu / "cgroup.subtree_control"
        missing = [] if self.version == 1 else sorted({"cpu", "memory"} - set(control.read_text().split()))
        if not missing:
            return
        leaf = self.cpu / f"{_PREFIX}{os.getpid()}-caller"
        leaf.mkdir(exist_ok=True)
        try:
            (leaf / "cgroup.procs").write_text(str(os.getpid()))
            control.write_text(" ".join(f"+{name}" for name in missing))
        except OSError:
            self._disable(leaf, [])
            raise
        atexit.register(partial(self._disable, leaf, missing))

    def _disable(self, leaf: Path, enabled: Sequence[str]) -> None:
        """Undo `enable`; a group takes a process back once it hands nothing on."""
        for file, text in (
            ("cgroup.subtree_control", " ".join(f"-{name}" for name in enabled)),
            ("cgroup.procs", str(os.getpid())),
        ):
            with suppress(OSError):
                (self.cpu / file).write_text(text)
        _removed(leaf)

    def make(self, memory_mb: int) -> Group:
        """A group with the limits of a function of `memory_mb`; raises OSError where that is not allowed."""
        name = f"{_PREFIX}{os.getpid()}-{next(_numbers)}"
        group = Group(tuple(dict.fromkeys(parent / name for parent in (self.cpu, self.memory))))
        try:
            for folder in group.folders:
                folder.mkdir()
            for file, value in _settings(self.version, memory_mb):
                path = (self.cpu if file.startswith("cpu") else self.memory) / name / file
                if path.exists() or file not in _OPTIONAL:
                    path.write_text(value)
        except OSError:
            group.remove()
            raise
        return group

    def sweep(self) -> None:
        """Remove what processes of ours that are gone left behind."""
        for parent in {self.cpu, self.memory}:
            for folder in parent.glob(f"{_PREFIX}*-*"):
                if not os.path.exists(f"/proc/{folder.name.split('-')[1]}"):
                    _removed(folder)


_OPTIONAL = {"memory.memsw.limit_in_bytes", "memory.swap.max"}  # only where swap is accounted


def _settings(version: int, memory_mb: int) -> Sequence[tuple[str, str]]:
    """Files of a group and what is written to them, in this order."""
    quota, limit = str(_PERIOD_US * memory_mb // MB_PER_CORE), str(memory_mb * 2**20)
    if version == 2:
        return [("cpu.max", f"{quota} {_PERIOD_US}"), ("memory.max", limit), ("memory.swap.max", "0")]
    return [
        ("cpu.cfs_period_us", str(_PERIOD_US)),
        ("cpu.cfs_quota_us", quota),
        ("memory.limit_in_bytes", limit),
        ("memory.memsw.limit_in_bytes", limit),
    ]

"""The limits of an execution environment where this machine allows them, and the reason where it does not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from workbench.emulator.cgroup import MB_PER_CORE, Group, Hierarchy

__all__ = ["find_hierarchy", "limit_notes", "limited", "missing_cores", "unavailable"]


@contextmanager
def limited(memory_mb: int | None) -> Iterator[Group]:
    """A group for one environment, or an empty one where none is asked for or none can be made."""
    hierarchy = _hierarchy() if memory_mb and unavailable() is None else None
    group = hierarchy.make(memory_mb) if hierarchy and memory_mb else Group()
    try:
        yield group
    finally:
        group.remove()


@cache
def unavailable() -> str | None:
    """Why nothing can be limited here, in a line; None where it can. What a crash left behind is removed."""
    hierarchy = _hierarchy()
    if hierarchy is None:
        return "no cgroup hierarchy with cpu and memory is mounted"
    hierarchy.sweep()
    try:
        hierarchy.enable()
        hierarchy.make(128).remove()
    except OSError as error:
        how = _delegation() if hierarchy.version == 2 else ""
        return f"no cgroup can be made: {error.filename or hierarchy.cpu}: {error.strerror}{how}"
    return None


def _delegation() -> str:
    user = "--user " if os.geteuid() else ""
    return f"; with systemd: systemd-run {user}--scope -p Delegate=yes <command>"


def limit_notes(memory_mb: int) -> Iterator[str]:
    """How far from Lambda's limits an environment with this memory is here, if it is."""
    if reason := unavailable():
        yield f"Memory and CPU are not limited: {reason}."
    elif note := missing_cores(memory_mb):
        yield note


def missing_cores(memory_mb: int) -> str | None:
    """A note where Lambda gives more cores with this memory than there are here; None where there are enough."""
    present = len(os.sched_getaffinity(0))
    if memory_mb <= present * MB_PER_CORE:
        return None
    return f"{memory_mb:,} MB get {present} cores here, not {memory_mb / MB_PER_CORE:.1f}."


@cache
def _hierarchy() -> Hierarchy | None:
    mounts, own = Path("/proc/self/mounts"), Path("/proc/self/cgroup")
    return find_hierarchy(mounts.read_text(), own.read_text()) if mounts.is_file() and own.is_file() else None


def find_hierarchy(mounts: str, own: str) -> Hierarchy | None:
    """The hierarchy by /proc/self/mounts and /proc/self/cgroup: version 1 where that has both controllers, else 2."""
    groups = _groups(own)
    folders = {}
    for _, mount, kind, options, *_ in (line.split() for line in mounts.splitlines()):
        for controller in _controllers(kind, options):
            # In a container the path may be the host's, and is not to be seen.
            inside = Path(mount) / groups.get(controller, "/").lstrip("/")
            folders[controller] = inside if inside.is_dir() else Path(mount)
    if {"cpu", "memory"} <= folders.keys():
        return Hierarchy(1, folders["cpu"], folders["memory"])
    return Hierarchy(2, folders[""], folders[""]) if "" in folders else None


def _groups(own: str) -> dict[str, str]:
    """The path of our group by controller; "" stands for version 2."""
    lines = (line.split(":", 2) for line in own.splitlines())
    return {controller: path for _, controllers, path in lines for controller in controllers.split(",")}


def _controllers(kind: str, options: str) -> set[str]:
    if kind == "cgroup2":
        return {""}
    return {"cpu", "memory"} & set(options.split(",")) if kind == "cgroup" else set()

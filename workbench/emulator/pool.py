"""An executor with a pool of execution environments for each function: Lambda's concurrency on one machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from workbench.emulator.binary import emulator_binary
from workbench.emulator.environment import ExecutionEnvironment, Log
from workbench.local.closing import Closing
from workbench.local.errors import FunctionError, LocalError, ThrottledError
from workbench.local.template import Function

__all__ = ["EmulatedExecutor"]


class EmulatedExecutor(Closing):
    """Each call has an environment to itself; a function has at most `concurrency`, made when they are needed.

    A call that finds all busy is throttled, never queued. The environment used last serves next; one that ended is
    replaced. memory, variables and log are those of ExecutionEnvironment.
    """

    def __init__(
        self,
        functions: Iterable[Function],
        root: Path,
        *,
        concurrency: int,
        memory: int | None = None,
        variables: Mapping[str, str] | None = None,
        log: Log,
    ) -> None:
        emulator_binary()  # fetched now, with its progress, rather than by the first call

        self._log = log
        start = partial(ExecutionEnvironment, root=root, memory=memory, variables=variables, log=log)
        self._pools = {one.logical_id: _Pool(one.logical_id, concurrency, partial(start, one)) for one in functions}

    def invoke(self, function: Function, event: Mapping[str, Any]) -> Any:
        """See `Executor.invoke`. Raises ThrottledError when the function has no free environment."""
        with self._pools[function.logical_id].environment() as environment:
            try:
                return environment.invoke(event).answer
            except FunctionError as error:
                self._log(function, f"{error.kind}: {error.message}")
                raise

    def environments(self) -> list[ExecutionEnvironment]:
        """All environments there are, busy and idle."""
        return [environment for pool in self._pools.values() for environment in pool.environments()]

    def close(self) -> None:
        """End all environments; calls under way fail."""
        for pool in self._pools.values():
            pool.close()


class _Pool:
    """The environments of one function."""

    def __init__(self, name: str, size: int, start: Callable[[], ExecutionEnvironment]) -> None:
        self._name = name
        self._size = size
        self._start = start
        self._lock = threading.Lock()
        self._idle: list[ExecutionEnvironment] = []
        self._busy: set[ExecutionEnvironment] = set()
        self._closed = False

    @contextmanager
    def environment(self) -> Iterator[ExecutionEnvironment]:
        taken = self._take()
        try:
            yield taken
        finally:
            self._give_back(taken)

    def environments(self) -> list[ExecutionEnvironment]:
        with self._lock:
            return [*self._idle, *self._busy]

    def close(self) -> None:
        with self._lock:
            self._closed = True
        for environment in self.environments():
            environment.close()
        with self._lock:
            self._idle.clear()

    def _take(self) -> ExecutionEnvironment:
        with self._lock:
            if self._closed:
                raise LocalError(f"{self._name}: the executor is closed")
            taken = self._idle_one()
            if taken is None:
                if len(self._busy) + len(self._idle) >= self._size:
                    raise ThrottledError(self._name)
                taken = self._start()
            self._busy.add(taken)
            return taken

    def _idle_one(self) -> ExecutionEnvironment | None:
        while self._idle:
            last = self._idle.pop()
            if last.alive:
                return last
            last.close()
        return None

    def _give_back(self, environment: ExecutionEnvironment) -> None:
        if not environment.alive:
            environment.close()
        with self._lock:
            self._busy.remove(environment)
            if environment.alive:
                self._idle.append(environment)

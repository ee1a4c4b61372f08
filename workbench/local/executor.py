"""How the gateway calls a function: the seam, and the executor that keeps every handler in this process."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from workbench.local.bootstrap import LambdaContext, load_handler
from workbench.local.closing import Closing
from workbench.local.environment import lambda_environment, search_path
from workbench.local.errors import FunctionError
from workbench.local.payload import request_payload, response_payload
from workbench.local.template import Function

__all__ = ["Executor", "InProcessExecutor"]


class Executor(Protocol):
    """Runs functions. Safe to call from several threads at once."""

    def invoke(self, function: Function, event: Mapping[str, Any]) -> Any:
        """The function's result as JSON values; raises FunctionError when it fails, and its log says why."""


class InProcessExecutor(Closing):
    """Every handler in this process, one call at a time, in one thread: Powertools keeps its state by process.

    All handlers are imported on entry, each under its own environment variables, which it must read at INIT.
    """

    def __init__(self, functions: Iterable[Function], root: Path) -> None:
        self._loop = asyncio.new_event_loop()
        # Mangum asks the thread for its event loop; outside the main thread there is none by itself.
        self._thread = ThreadPoolExecutor(1, "handlers", asyncio.set_event_loop, (self._loop,))
        self._environments = {one.logical_id: _Environment(one, root, self._thread) for one in functions}
        sys.path[:0] = [folder for folder in search_path(root) if folder not in sys.path]

    def __enter__(self) -> InProcessExecutor:
        try:
            for environment in self._environments.values():
                environment.start()
        except BaseException:
            self.close()
            raise
        return self

    def invoke(self, function: Function, event: Mapping[str, Any]) -> Any:
        """See `Executor.invoke`; waits while another event is answered."""
        return self._environments[function.logical_id].invoke(event)

    def close(self) -> None:
        """Let the running call end and drop those that wait."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._loop.close()


class _Environment:
    """One handler, its variables, and the thread that calls it."""

    def __init__(self, function: Function, root: Path, thread: ThreadPoolExecutor) -> None:
        self._function = function
        self._variables = lambda_environment(function, root)
        self._thread = thread

    def start(self) -> None:
        self._handler = self._run(self._load)

    def invoke(self, event: Mapping[str, Any]) -> Any:
        try:
            return self._run(self._answer, event)
        except FunctionError as error:
            traceback.print_exception(error.__cause__ or error)  # the gateway's answer tells nothing
            raise

    def _run(self, call: Any, *arguments: Any) -> Any:
        try:
            return self._thread.submit(call, *arguments).result()
        except FunctionError:
            raise
        except Exception as error:
            raise FunctionError(self._function.logical_id, type(error).__name__, str(error)) from error

    def _load(self) -> Any:
        with _variables(self._variables):
            return load_handler(self._function.handler)

    def _answer(self, event: Mapping[str, Any]) -> Any:
        # Through JSON, as Lambda does: what cannot be serialized, or is too large, fails here too.
        name = self._function.logical_id
        context = LambdaContext(self._variables, self._function.timeout)
        result = self._handler(json.loads(request_payload(name, event)), context)
        return json.loads(response_payload(name, result))


@contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    before = os.environ.copy()
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)

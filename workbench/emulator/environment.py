"""One execution environment: a process of the emulator with AWS's runtime client and one function under it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from workbench.emulator.function_log import FunctionLog
from workbench.emulator.invocation import Invocation, Reply, read_answer
from workbench.emulator.limits import limited
from workbench.emulator.platform_log import read_report, read_runtime_pid
from workbench.emulator.process import EmulatorProcess
from workbench.local.closing import Closing
from workbench.local.environment import process_environment
from workbench.local.errors import FunctionError
from workbench.local.payload import request_payload
from workbench.local.template import Function

__all__ = ["ExecutionEnvironment", "Log"]

Log = Callable[[Function, str], None]

_PATH = "/2015-03-31/functions/function/invocations"
_GRACE_S = 10  # over the function's timeout, which the emulator keeps itself


def _ignore(function: Function, line: str) -> None:
    """Logs are in each Invocation."""


class ExecutionEnvironment(Closing):
    """Starts at once, but INIT happens at the first `invoke`, and counts towards its time-out.

    Processes that the function starts end with it; without a control group those that began a session do not.

    memory is in MB, by default the template's; where it is given and the machine allows it, it is a hard limit and
    gives memory / 1,769 of a core. variables come over all others; log takes each line of the function as it comes.
    `started` is the monotonic time at which the process began. Raises LocalError where the emulator cannot run.
    """

    def __init__(
        self,
        function: Function,
        root: Path,
        *,
        memory: int | None = None,
        variables: Mapping[str, str] | None = None,
        log: Log = _ignore,
        python: str = sys.executable,
    ) -> None:
        self.function = replace(function, memory=memory) if memory else function
        self._lock = threading.Lock()
        self._dead = False
        self._runtime_pid: int | None = None
        with ExitStack() as opened:
            self._group = opened.enter_context(limited(memory))
            self._log = FunctionLog(partial(log, self.function))
            opened.callback(self._log.close)
            opened.callback(self._group.kill)  # the log is open for as long as anybody may write to it
            self._process = EmulatorProcess(
                [python, "-P", "-m", "awslambdaric", function.handler],
                self._variables(root) | dict(variables or {}),
                root,
                self._log.descriptor,
                self._group.procs,
            )
            opened.callback(self._process.close)
            self._connection = HTTPConnection("127.0.0.1", self._process.port)
            opened.callback(self._connection.close)
            self._opened = opened.pop_all()
        self.started = self._process.started

    @property
    def pid(self) -> int:
        """The emulator's process."""
        return self._process.pid

    @property
    def runtime_pid(self) -> int | None:
        """The function's own process; None before its INIT began."""
        if self._runtime_pid is None:
            with suppress(ValueError):  # closed meanwhile
                return read_runtime_pid(self._process.said())
        return self._runtime_pid

    @property
    def alive(self) -> bool:
        """Whether another event can be sent: neither process ended, and no call failed in a way that ends them."""
        runtime = self._runtime_pid
        return not self._dead and self._process.running and (runtime is None or os.path.exists(f"/proc/{runtime}"))

    def invoke(self, event: Mapping[str, Any]) -> Invocation:
        """Answer one event; one call at a time. Raises FunctionError with Lambda's `errorType` as its kind."""
        body = request_payload(self.function.logical_id, event)  # the emulator would cut one that is too large
        with self._lock:
            if self._dead:
                raise FunctionError(self.function.logical_id, "Runtime.ExitError", "the environment has ended")
            reply = self._send(body)
            return self._invocation(reply, read_answer(self.function, reply))

    def close(self) -> None:
        """End both processes, whatever they are doing, and wait until they are gone."""
        self._process.kill()
        with self._lock:  # a call under way fails at once
            self._dead = True
            self._opened.close()

    def _variables(self, root: Path) -> dict[str, str]:
        own = {"AWS_LAMBDA_FUNCTION_TIMEOUT": str(self.function.timeout)}
        return process_environment(self.function, root) | own

    def _send(self, body: bytes) -> Reply:
        status, answer = self._post(body)
        said = self._process.said()
        self._process.clear()
        self._runtime_pid = read_runtime_pid(said) or self._runtime_pid
        note = f" (out of memory: the limit is {self.function.memory} MB)" if self._group.out_of_memory else ""
        reply = Reply(status, answer, read_report(said), self._log.take(), note)
        self._dead = reply.ended
        return reply

    def _post(self, body: bytes) -> tuple[int, bytes]:
        try:
            if self._connection.sock is None:
                self._connection.sock = self._process.connect()
            self._connection.sock.settimeout(self.function.timeout + _GRACE_S)
            self._connection.request("POST", _PATH, body)
            response = self._connection.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException):  # it was killed, or says nothing
            self._process.kill()
            return 0, b""

    def _invocation(self, reply: Reply, answer: Any) -> Invocation:
        return Invocation(
            request_id=reply.report.request_id,
            answer=answer,
            init_ms=reply.report.init_ms,
            duration_ms=reply.report.duration_ms,
            memory_mb=self.function.memory,
            peak_rss_mib=_peak_rss_mib(self._runtime_pid),
            logs=reply.logs,
        )


def _peak_rss_mib(pid: int | None) -> float:
    """Most memory that the process ever held resident; 0 if it was killed since it answered."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return 0.0

"""A function in a process of its own, and what one run of an event measured."""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from workbench.local.closing import Closing
from workbench.local.environment import process_environment
from workbench.local.errors import FunctionError
from workbench.local.routing import function_for, read_event
from workbench.local.template import Function, Template

__all__ = ["ChildProcess", "Run", "invoke_all"]

_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")


@dataclass(frozen=True, slots=True)
class Run:
    """One event's way through a function. Times in milliseconds; warm_ms is the median of the repeats, if any."""

    function: str
    event: str
    answer: Any
    init_ms: float
    warm_ms: float | None
    logs: str


class ChildProcess(Closing):
    """A fresh interpreter with one function's environment, which imports the handler as the Lambda runtime does.

    Answers come over a socket of their own; stdout and stderr of the function are its log. Raises FunctionError when
    INIT fails; `init_ms` is the time the handler's import took.
    """

    def __init__(self, function: Function, root: Path) -> None:
        self._function = function
        with ExitStack() as opened:
            self._log = opened.enter_context(tempfile.TemporaryFile())
            self._channel, theirs = (opened.enter_context(end) for end in socket.socketpair())
            self._process = self._start(root, theirs.fileno())
            opened.callback(self._kill)
            theirs.close()
            self._answers = opened.enter_context(self._channel.makefile("r", encoding="utf-8"))
            self.init_ms: float = self._receive("INIT")["init_ms"]
            self._opened = opened.pop_all()

    def _start(self, root: Path, descriptor: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-u", "-P", str(_BOOTSTRAP), str(descriptor)],
            cwd=root,
            env=process_environment(self._function, root),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            pass_fds=[descriptor],
        )

    def invoke(self, event: dict[str, Any], name: str = "", repeat: int = 0) -> Run:
        """Answer one event, then `repeat` times more to time it warm; raises FunctionError."""
        position = os.fstat(self._log.fileno()).st_size
        request = {"event": event, "repeat": repeat, "timeout": self._function.timeout}
        self._channel.settimeout(self._function.timeout * (1 + repeat))
        self._send(request)
        reply = self._receive(name or "the event")
        _, *warm = reply["times_ms"]
        return Run(
            function=self._function.logical_id,
            event=name,
            answer=json.loads(reply["answer"]),
            init_ms=self.init_ms,
            warm_ms=statistics.median(warm) if warm else None,
            logs=self.logs(position),
        )

    def logs(self, start: int = 0) -> str:
        """What the function has written to stdout and stderr, from byte `start`."""
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size - start, start).decode(errors="replace")

    def close(self) -> None:
        """End the process, if it still runs, and drop its log."""
        self._opened.close()

    def _kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def _send(self, request: dict[str, Any]) -> None:
        try:
            self._channel.sendall(json.dumps(request).encode() + b"\n")
        except BrokenPipeError:
            pass  # the process is gone: reading tells why
        except TimeoutError:
            raise self._timed_out() from None

    def _receive(self, doing: str) -> dict[str, Any]:
        try:
            line = self._answers.readline()
        except TimeoutError:
            raise self._timed_out() from None
        except ConnectionResetError:
            line = ""
        if not line:
            raise self._ended(doing)
        reply: dict[str, Any] = json.loads(line)
        if "errorType" in reply:
            raise self._failure(reply["errorType"], reply["errorMessage"])
        return reply

    def _timed_out(self) -> FunctionError:
        return self._failure("Sandbox.Timedout", f"Task timed out after {self._function.timeout:.2f} seconds")

    def _ended(self, doing: str) -> FunctionError:
        status = self._process.wait()
        cause = f"killed by signal {-status}" if status < 0 else f"exit status {status}"
        last = next((line for line in reversed(self.logs().splitlines()) if line.strip()), "nothing")
        return self._failure("Runtime.ExitError", f"the process ended during {doing} ({cause}); it last wrote: {last}")

    def _failure(self, kind: str, text: str) -> FunctionError:
        return FunctionError(self._function.logical_id, kind, text, self.logs())


def invoke_all(template: Template, event_paths: Iterable[Path], repeat: int = 0) -> Iterator[Run]:
    """Run event files, those of a function one after the other in one process; functions come in template order."""
    position = {function.logical_id: index for index, function in enumerate(template.functions)}
    events = [(path, read_event(path)) for path in event_paths]
    targets = sorted(
        ((function_for(event, template), path, event) for path, event in events),
        key=lambda target: position[target[0].logical_id],
    )
    for function, group in groupby(targets, key=lambda target: target[0]):
        with ChildProcess(function, template.root) as child:
            for _, path, event in group:
                yield child.invoke(event, path.name, repeat)

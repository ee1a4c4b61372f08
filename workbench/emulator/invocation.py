"""What one invocation gave: an answer with its figures, or Lambda's error."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from workbench.emulator.platform_log import PlatformReport
from workbench.local.errors import FunctionError
from workbench.local.template import Function

__all__ = ["Invocation", "Reply", "read_answer"]

# What awslambdaric answers for an exception; the emulator's status is 200 as for any other answer.
_FAILURE = {"errorType", "errorMessage", "requestId", "stackTrace"}


@dataclass(frozen=True, slots=True)
class Invocation:
    """One answered event. Times in milliseconds; init_ms is None where the environment was warm."""

    request_id: str
    answer: Any
    init_ms: float | None
    duration_ms: float
    memory_mb: int
    peak_rss_mib: float
    logs: str

    @property
    def billed_ms(self) -> int:
        """Whole milliseconds that Lambda bills, INIT included
        (https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/).
        """
        return math.ceil((self.init_ms or 0) + self.duration_ms)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the emulator answered over HTTP, and what was logged meanwhile. Status 0: the emulator is gone.

    note goes after the message of an error.
    """

    status: int
    body: bytes
    report: PlatformReport
    logs: str
    note: str

    @property
    def timed_out(self) -> bool:
        return self.body.startswith(b"Task timed out after ")  # not JSON, so no answer

    @property
    def ended(self) -> bool:
        """Whether the runtime's process ended."""
        return self.status != 200 or self.timed_out or self.report.exit is not None


def read_answer(function: Function, reply: Reply) -> Any:
    """The function's answer. Raises FunctionError as the emulator tells it: in the body, whatever the status."""
    answer = None if reply.timed_out or not reply.body else json.loads(reply.body)
    if reply.status == 200 and not reply.timed_out and not _is_failure(answer):
        return answer
    kind, message = _error(reply, answer)
    raise FunctionError(function.logical_id, kind, message + reply.note, reply.logs)


def _is_failure(answer: Any) -> bool:
    return isinstance(answer, dict) and answer.keys() == _FAILURE


def _error(reply: Reply, answer: Any) -> tuple[str, str]:
    """Lambda's errorType and errorMessage."""
    match answer:
        case {"errorType": str(kind), "errorMessage": str(message)}:
            return kind, message
        case _ if reply.timed_out:
            return "Sandbox.Timedout", reply.body.decode()
    # Ended at INIT, when there is no body, or after its answer, before it asked for the next event.
    return "Runtime.ExitError", f"Runtime exited with error: {reply.report.exit or 'signal: killed'}"

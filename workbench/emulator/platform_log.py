"""What the emulator says of its runtime, in the words of Lambda's platform log."""

import re
from dataclasses import dataclass

__all__ = ["PlatformReport", "read_report", "read_runtime_pid"]

_RUNTIME = re.compile(r"^runtime (\d+)$", re.MULTILINE)  # said by our own launcher
_REQUEST = re.compile(r"START RequestId: (\S+)")
_INIT = re.compile(r"INIT REPORT\(durationMs: ([\d.]+)\)")
_DURATION = re.compile(r"INVOKE RTDONE\(status: \w+, produced bytes: \d+, duration: ([\d.]+)ms\)")
_EXIT = re.compile(r"Process runtime-\d+ exited: (.+)")


@dataclass(frozen=True, slots=True)
class PlatformReport:
    """One invocation. init_ms is None where INIT was done before; exit is how the runtime ended, if it did."""

    request_id: str
    init_ms: float | None
    duration_ms: float
    exit: str | None


def read_report(log: str) -> PlatformReport:
    """The report in the log of one invocation. After a failed INIT the emulator reports a second, empty one: the
    first counts.
    """
    init, duration, ended = (_first(pattern, log) for pattern in (_INIT, _DURATION, _EXIT))
    return PlatformReport(
        request_id=_first(_REQUEST, log) or "",
        init_ms=float(init) if init else None,
        duration_ms=float(duration or 0),
        exit=ended,
    )


def read_runtime_pid(log: str) -> int | None:
    """The id of the runtime's process that was started last."""
    found = _RUNTIME.findall(log)
    return int(found[-1]) if found else None


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None

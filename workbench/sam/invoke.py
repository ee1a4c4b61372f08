"""`sam local invoke`: one event through a built function, in a container of Lambda's image.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/using-sam-cli-local-invoke.html.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.build.target import Arch
from workbench.emulator.platform_log import read_report
from workbench.local.errors import FunctionError
from workbench.sam.command import SamError, built_template, sam_environment, sam_path

__all__ = ["SamInvocation", "sam_invoke"]

_VERBOSE = {"SAM_CLI_RIE_DEV": "1"}  # the emulator in the container then tells how long INIT took
# Who is first tells it: the emulator in the container as the answer, or SAM in its log.
_TIMED_OUT = re.compile(r"^(?:Task|Function '\w+') timed out after .*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SamInvocation:
    """One answered event in a fresh container. Times in milliseconds, as the emulator in the container reports them."""

    answer: Any
    init_ms: float
    duration_ms: float


def sam_invoke(root: Path, function: str, event: Path, image: bool, arch: Arch) -> SamInvocation:
    """Send an event file to a built function. Raises FunctionError when it fails, SamError when SAM cannot run it.

    `arch` is what was built for, which the built template does not say; image functions say it themselves.
    """
    options = ["--template-file", str(built_template(root, image)), "--event", str(event), "--skip-pull-image"]
    options += [] if image else ["--parameter-overrides", f"Architecture={arch}"]
    command = [str(sam_path(root)), "local", "invoke", function, *options]
    done = subprocess.run(command, cwd=root, env=sam_environment() | _VERBOSE, capture_output=True, text=True)
    answer = _answer(function, done.stdout, done.stderr)
    if isinstance(answer, dict) and "errorType" in answer:
        raise FunctionError(function, answer["errorType"], answer["errorMessage"], done.stderr)
    report = read_report(done.stderr)
    return SamInvocation(answer, report.init_ms or 0, report.duration_ms)


def _answer(function: str, stdout: str, stderr: str) -> Any:
    """The last line of stdout, where the function's own lines come before. Raises FunctionError, SamError."""
    try:
        return json.loads(_last_line(stdout))
    except ValueError:
        if timed_out := _TIMED_OUT.search(f"{stdout}\n{stderr}"):
            raise FunctionError(function, "Sandbox.Timedout", timed_out[0], stderr) from None
        raise SamError(
            f"sam local invoke {function}: {_last_line(stdout) or _last_line(stderr) or 'no answer'}"
        ) from None


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "").removeprefix("Error: ")

"""`sam local invoke`: one event through a built function, in a container of Lambda's image.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/using-sam-cli-local-invoke.html.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.emulator.platform_log import read_report
from workbench.local.errors import FunctionError
from workbench.sam.command import SamError, built_template, sam_environment, sam_path

__all__ = ["SamInvocation", "sam_invoke"]

_VERBOSE = {"SAM_CLI_RIE_DEV": "1"}  # the emulator in the container then tells how long INIT took


@dataclass(frozen=True, slots=True)
class SamInvocation:
    """One answered event in a fresh container. Times in milliseconds, as the emulator in the container reports them."""

    answer: Any
    init_ms: float
    duration_ms: float


def sam_invoke(root: Path, function: str, event: Path, image: bool = False) -> SamInvocation:
    """Send an event file to a built function. Raises FunctionError when it fails, SamError when SAM cannot run it."""
    template = ("--template-file", str(built_template(root, image)))
    command = [str(sam_path(root)), "local", "invoke", function, *template, "--event", str(event), "--skip-pull-image"]
    done = subprocess.run(command, cwd=root, env=sam_environment() | _VERBOSE, capture_output=True, text=True)
    if not done.stdout.strip():
        raise SamError(f"sam local invoke {function}: {_last_line(done.stderr)}")
    answer = json.loads(done.stdout.splitlines()[-1])
    if isinstance(answer, dict) and "errorType" in answer:
        raise FunctionError(function, answer["errorType"], answer["errorMessage"], done.stderr)
    report = read_report(done.stderr)
    return SamInvocation(answer, report.init_ms or 0, report.duration_ms)


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "no answer").removeprefix("Error: ")

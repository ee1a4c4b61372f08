"""The environment variables of an execution environment, and of a process that stands for one.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (defined runtime variables).
"""

from __future__ import annotations

import os
from pathlib import Path

from workbench.local.intrinsics import REGION
from workbench.local.template import Function

__all__ = ["lambda_environment", "process_environment", "search_path"]

_OVERRIDES = ("MODELET_", "POWERTOOLS_")
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")  # what this machine needs to start Python


def search_path(root: Path) -> list[str]:
    """What stands for /var/task and the layer's /opt/python, in Lambda's order."""
    return [str(root), str(root / "shared")]


def lambda_environment(function: Function, root: Path) -> dict[str, str]:
    """The template's variables under the caller's own MODELET_* and POWERTOOLS_*, and those that Lambda sets."""
    overrides = {name: value for name, value in os.environ.items() if name.startswith(_OVERRIDES)}
    return {**function.environment, **overrides, **_reserved(function, root)}


def process_environment(function: Function, root: Path) -> dict[str, str]:
    """All variables of a fresh process for one function; nothing else of the caller's environment gets in."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return inherited | lambda_environment(function, root) | {"PYTHONPATH": os.pathsep.join(search_path(root))}


def _reserved(function: Function, root: Path) -> dict[str, str]:
    return {
        "_HANDLER": function.handler,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_NAME": function.logical_id,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.logical_id}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_REGION": REGION,
        "LAMBDA_TASK_ROOT": str(root),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
    }

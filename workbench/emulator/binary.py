"""AWS's Runtime Interface Emulator (Apache-2.0), a program for Linux that ships in the wheel of aws-sam-cli.

Source: https://github.com/aws/aws-lambda-runtime-interface-emulator.
"""

import os
import platform
import shutil
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from workbench.local.errors import LocalError
from workbench.packager.fetch import fetch_files
from workbench.packager.spec import PinnedFile

__all__ = ["emulator_binary"]

_WHEEL = "pypi:aws-sam-cli==1.170.0/samcli/local/rapid"
_FILES = {
    "x86_64": PinnedFile(
        path="aws-lambda-rie-x86_64", sha256="6b1e686e62ab2baf5759c412c4864276ef2a88b094fca53ec070637ccba9b9a5"
    ),
    "aarch64": PinnedFile(
        path="aws-lambda-rie-arm64", sha256="ec2e5d09633d853834c008b1ef264bf834b258a94d551d2b2074966494b39a21"
    ),
}


@cache
def emulator_binary() -> Path:
    """The emulator for this machine, fetched once into the cache. Raises LocalError where it cannot run."""
    if missing := _missing():
        raise LocalError(missing)
    machine = platform.machine()
    path = fetch_files([_WHEEL], {machine: _FILES[machine]})[machine]
    if not os.access(path, os.X_OK):
        path.chmod(0o755)
    return path


def _missing() -> str | None:
    if sys.platform != "linux" or platform.machine() not in _FILES:
        return (
            "AWS's runtime emulator runs on Linux, x86_64 or arm64; here use `make serve`, or `sam local` with Docker"
        )
    if find_spec("awslambdaric") is None:
        return "awslambdaric, AWS's runtime client, is missing: pip install -e '.[workbench]'"
    if shutil.which("setpriv") is None:
        return "setpriv is missing: install util-linux"
    return None

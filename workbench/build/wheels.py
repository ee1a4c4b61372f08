"""Wheels of a lock, unpacked into a folder for another machine than this one."""

import subprocess
import sys
from pathlib import Path

from workbench.build.errors import BuildError
from workbench.build.target import PYTHON, TARGETS, Arch

__all__ = ["install"]


def install(lock: Path, folder: Path, arch: Arch) -> None:
    """Unpack what `lock` pins into `folder`, for Lambda's Python on `arch`. Raises BuildError with pip's last word.

    No dependency but what the lock names, no file but what it has the sha256 of, and nothing is run.
    """
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--target", str(folder), "--no-deps", "--require-hashes", "--no-compile", "--only-binary=:all:"]
    command += ["--implementation", "cp", "--python-version", PYTHON]
    command += [f"--platform={platform}" for platform in TARGETS[arch].platforms]
    done = subprocess.run([*command, "--requirement", str(lock)], capture_output=True, text=True)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
        raise BuildError(f"{lock}: {' '.join(errors) or done.stderr.strip()}")

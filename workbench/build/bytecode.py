"""Bytecode for a file system that cannot be written: made by a Python of the target's version, or not at all.

unchecked-hash: never compared with the source again (https://docs.python.org/3/library/py_compile.html).
"""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.build.errors import BuildError
from workbench.build.target import IMAGE, PYTHON

__all__ = ["Compiler", "compile_all", "find_compiler"]

_VERSION = "import platform; print(platform.python_version())"
_IN_IMAGE = ("docker", "run", "--rm", "--pull=never", "--network=none", f"--user={os.getuid()}:{os.getgid()}")


@dataclass(frozen=True, slots=True)
class Compiler:
    """A Python that can compile for the target: on this machine, or in Lambda's image."""

    in_image: bool
    version: str = ""

    def __str__(self) -> str:
        return f"Python {self.version} of {IMAGE}" if self.in_image else f"python{PYTHON} ({self.version})"

    def run(self, *arguments: str, folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
        """Run this Python; one in the image sees of this machine only `folder`, under the same path."""
        command = [f"python{PYTHON}", "-I"]
        if self.in_image:
            mount = [f"--volume={folder}:{folder}"] if folder else []
            command = [*_IN_IMAGE, *mount, f"--entrypoint=/var/lang/bin/python{PYTHON}", IMAGE, "-I"]
        return subprocess.run([*command, *arguments], capture_output=True, text=True)


def find_compiler() -> Compiler | None:
    """The first that works; that it is on PATH is not enough (a shim of pyenv may lead nowhere)."""
    return next(_working(), None)


def _working() -> Iterator[Compiler]:
    for in_image in (False, True):
        try:
            done = Compiler(in_image).run("-c", _VERSION)
        except FileNotFoundError:
            continue
        if done.returncode == 0 and done.stdout.startswith(f"{PYTHON}."):
            yield Compiler(in_image, done.stdout.strip())


def compile_all(folder: Path, shown_as: str, compiler: Compiler) -> None:
    """Compile every module of `folder`; tracebacks will show `shown_as`, where Lambda unpacks it. Raises BuildError."""
    options = ["-q", "-f", "-j0", "--invalidation-mode=unchecked-hash", "-s", str(folder), "-p", shown_as]
    done = compiler.run("-m", "compileall", *options, str(folder), folder=folder)
    if done.returncode:
        raise BuildError(f"{compiler} cannot compile {folder}: {(done.stdout + done.stderr).strip()}")

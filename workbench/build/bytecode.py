"""Bytecode for a file system that cannot be written: made by a Python of the target's version, or not at all.

unchecked-hash: never compared with the source again (https://docs.python.org/3/library/py_compile.html).
"""

import io
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.build.errors import BuildError
from workbench.build.target import IMAGE, PYTHON
from workbench.progress import console

__all__ = ["CURE", "Compiler", "compile_all", "find_compiler"]

CURE = f"install python{PYTHON}, or where containers run: docker pull {IMAGE}"
_VERSION = "import platform; print(platform.python_version())"
_IN_IMAGE = ("docker", "run", "--rm", "--interactive", "--pull=never", "--network=none")
_PATIENCE_S = 60  # for a container to start, on a busy machine
_NOT_PYTHON = 65  # EX_DATAERR of sysexits.h: a status that neither docker nor Python has of its own
# Modules as a tar file on stdin, their bytecode as another on stdout: the engine may run on another machine, or as
# another user. Only our answer may be on stdout, and compileall's processes write there too.
_COMPILE = f"""
import compileall, os, py_compile, sys, tarfile, tempfile
from pathlib import Path
answer = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
with tempfile.TemporaryDirectory() as folder:
    tarfile.open(fileobj=sys.stdin.buffer, mode="r|").extractall(folder, filter="data")
    options = dict(quiet=1, workers=0, invalidation_mode=unchecked, stripdir=folder, prependdir=sys.argv[1])
    if not compileall.compile_dir(folder, **options):
        sys.exit({_NOT_PYTHON})
    with tarfile.open(fileobj=answer, mode="w|") as compiled:
        for path in sorted(Path(folder).rglob("*.pyc")):
            compiled.add(path, path.relative_to(folder))
"""


@dataclass(frozen=True, slots=True)
class Compiler:
    """A Python that can compile for the target: on this machine, or in Lambda's image."""

    in_image: bool
    version: str = ""

    def __str__(self) -> str:
        return f"Python {self.version} of {IMAGE}" if self.in_image else f"python{PYTHON} ({self.version})"

    def run(
        self, program: str, *arguments: str, given: bytes = b"", timeout: float | None = None
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run a program in this Python, with `given` on its stdin. Raises OSError, TimeoutExpired."""
        command = [f"python{PYTHON}"]
        if self.in_image:
            command = [*_IN_IMAGE, f"--entrypoint=/var/lang/bin/python{PYTHON}", IMAGE]
        command += ["-I", "-c", program, *arguments]
        return subprocess.run(command, input=given, capture_output=True, timeout=timeout)


def find_compiler() -> Compiler | None:
    """The first that works; that it is on PATH is not enough (a shim of pyenv may lead nowhere)."""
    return next(_working(), None)


def _working() -> Iterator[Compiler]:
    for in_image in (False, True):
        try:
            done = Compiler(in_image).run(_VERSION, timeout=_PATIENCE_S)
        except (OSError, subprocess.TimeoutExpired):
            continue
        version = done.stdout.decode(errors="replace").strip()
        if done.returncode == 0 and version.startswith(f"{PYTHON}."):
            yield Compiler(in_image, version)


def compile_all(folder: Path, shown_as: str, compiler: Compiler) -> None:
    """Compile every module of `folder`; tracebacks will show `shown_as`, where Lambda unpacks it.

    Raises BuildError for a module that is not Python. A compiler that fails, as with its engine, is told on stderr, and
    there is no bytecode.
    """
    done = compiler.run(_COMPILE, shown_as, given=_packed(folder))
    told = done.stderr.decode(errors="replace").strip()
    if done.returncode == _NOT_PYTHON:
        raise BuildError(f"{compiler} cannot compile {folder}: {told}")
    if done.returncode:
        console.print(f"no bytecode: {compiler} failed: {told}", highlight=False, markup=False, soft_wrap=True)
        return
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as compiled:
        compiled.extractall(folder, filter="data")


def _packed(folder: Path) -> bytes:
    """The modules of a folder as a tar file."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in sorted(folder.rglob("*.py")):
            archive.add(path, path.relative_to(folder))
    return packed.getvalue()

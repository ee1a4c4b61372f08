"""The locks: every distribution that ships, by version and sha256, resolved by uv from the bounds that people write.

Formats: https://docs.astral.sh/uv/pip/compile/ and https://pip.pypa.io/en/stable/topics/secure-installs/.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from workbench.build.errors import BuildError
from workbench.build.target import PYTHON

__all__ = ["LAYER_LOCK", "SERVER_LOCK", "Lock", "check", "locks", "names", "write"]

LAYER_LOCK = Path("shared/requirements.txt")
SERVER_LOCK = Path("shared/requirements-server.txt")
EXCLUDED = Path("shared/requirements-excluded.txt")
_MARKED = re.compile(r"^[\w.-]+==\S+ ; [^\\\n]*[^\\\s]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Lock:
    """One lock, by paths from the project's root; `base` is the lock of what lies beside it, to be left out."""

    path: Path
    source: Path
    extra: str | None = None
    base: Path | None = None


def locks(root: Path) -> Iterator[Lock]:
    """All of them, the layer's first: the others are resolved to fit it."""
    yield Lock(LAYER_LOCK, Path("pyproject.toml"))
    yield Lock(SERVER_LOCK, Path("pyproject.toml"), extra="server", base=LAYER_LOCK)
    for source in sorted(root.glob("functions/*/requirements.in")):
        path = source.relative_to(root)
        yield Lock(path.with_suffix(".txt"), path, base=LAYER_LOCK)


def names(lock: Path) -> list[str]:
    """Of the distributions that a lock pins."""
    return re.findall(r"^([\w.-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE)


def write(root: Path, upgrade: bool = False) -> list[Path]:
    """Resolve every lock anew; pins that satisfy the bounds stay, but for an upgrade. Raises BuildError."""
    paths = []
    for lock in locks(root):
        _compile(root, lock, root / lock.path, *(["--upgrade"] if upgrade else []))
        paths.append(lock.path)
    return paths


def check(root: Path) -> None:
    """Raises BuildError that names the first lock which does not fit what it was made from."""
    with TemporaryDirectory() as folder:
        for lock in locks(root):
            if _is_stale(root, lock, Path(folder) / lock.path.name):
                raise BuildError(f"{lock.path} is stale; run: modelet lock")


def _is_stale(root: Path, lock: Lock, scratch: Path) -> bool:
    committed = root / lock.path
    if not committed.is_file():
        return True
    shutil.copyfile(committed, scratch)  # uv keeps the pins of the file that it writes over
    _compile(root, lock, scratch)
    return scratch.read_bytes() != committed.read_bytes()


def _compile(root: Path, lock: Lock, output: Path, *options: str) -> None:
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", str(lock.source), "--output-file", str(output)]
    command += ["--universal", "--python-version", PYTHON, "--python", sys.executable, "--no-python-downloads"]
    command += ["--generate-hashes", "--custom-compile-command", "modelet lock", "--excludes", str(EXCLUDED), *options]
    if lock.extra:
        command += ["--extra", lock.extra]
    if lock.base:
        command += ["--constraints", str(lock.base)]
        command += [f"--no-emit-package={name}" for name in names(root / lock.base)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if "No module named uv" in done.stderr:
        raise BuildError("uv is not installed; run: pip install -e '.[build]'")
    if done.returncode:
        raise BuildError(f"{lock.source} cannot be resolved: {' '.join(done.stderr.split())}")
    if marked := _MARKED.search(output.read_text(encoding="utf-8")):
        raise BuildError(
            f"{lock.path}: {marked[0]}: pip would ask this machine, not Lambda's; leave the package out by {EXCLUDED}, "
            f"or require it in {lock.source} without a marker"
        )

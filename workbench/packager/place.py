"""Where bundles are put: made aside, and moved into place as a whole."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modelet.manifest import MANIFEST_FILE
from workbench.packager.model_file import PackagerError

__all__ = ["put_in_place", "refuse_other_folder", "scratch_beside"]

SCRATCH = ".model-packaging-"  # of folders that are nobody else's: what a crash leaves of them is swept


def refuse_other_folder(target: Path) -> None:
    """A bundle's place is cleared for the next one: it must be free, or a bundle's already."""
    if target.is_dir() and ((target / MANIFEST_FILE).exists() or not any(target.iterdir())):
        return
    if target.exists():
        raise PackagerError(f"{target} holds something else than a bundle: name another folder, or move that away")


@contextmanager
def scratch_beside(target: Path) -> Iterator[Path]:
    """A folder to work in, on the disk of `target`; nobody else works there, one process packaging at a time."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for leftover in target.parent.glob(f"{SCRATCH}*"):
        shutil.rmtree(leftover)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=SCRATCH) as scratch:
        yield Path(scratch)


def put_in_place(folder: Path, target: Path) -> None:
    """Have a bundle on disk and in the place of `target`. A crash leaves the old one or none, never half of one."""
    for path in (*folder.iterdir(), folder):
        _sync(path)
    if target.exists():
        target.rename(folder.parent / "old")
    folder.rename(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    """Have a file's content, or a folder's names, on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Where packaging keeps what it fetched, and its locks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from workbench.progress import console

__all__ = ["cache_folder", "locked"]

PATIENCE = 0.5  # seconds of waiting that need no word


def cache_folder() -> Path:
    """Where fetched files are kept, under the names of their sha256; made if need be."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "modelet"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def locked(what: str) -> Iterator[None]:
    """One process at a time does `what`; another says on stderr that it waits. The lock of a crashed one is free."""
    lock = FileLock(cache_folder() / f".{what}.lock")
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        console.print(f"waiting: another process is {what} ({lock.lock_file})", highlight=False, soft_wrap=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()

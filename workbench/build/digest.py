"""What a folder or a set of files is, as one sha256: names and contents, not times."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from modelet.bundle import sha256_of

__all__ = ["digest", "files_below"]


def files_below(folder: Path) -> dict[str, Path]:
    """Every file of a folder by its path from there, in one order everywhere."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return dict(sorted(found.items()))


def digest(files: Mapping[str, Path], also: Iterable[str] = ()) -> str:
    """Hex sha256 over names and contents of `files`, and over `also`."""
    lines = [f"{sha256_of(path)}  {name}" for name, path in sorted(files.items())]
    return hashlib.sha256("\n".join([*lines, *also]).encode()).hexdigest()

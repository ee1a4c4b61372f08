"""One file with all that executors need of this project: the runtime, a function's code and its bundle."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import BadZipFile, ZipFile

from workbench.spark.errors import SparkError

__all__ = ["ABOUT", "About", "Archive", "find_archive", "read_archive", "running_from"]

ABOUT = "modelet-archive.json"


@dataclass(frozen=True)
class About:
    """What a driver must know of the function in an archive, so that it need not open it.

    `field` and `columns` are those of the operation that answers rows.
    """

    function: str
    bundle: str
    digest: str
    field: str
    columns: tuple[str, ...]

    def encoded(self) -> bytes:
        return json.dumps(asdict(self), indent=2).encode()

    def read_of(self, columns: Iterable[str]) -> list[str]:
        """Which of a table's `columns` a request is made of. Raises SparkError naming one that is missing."""
        there = set(columns)
        if self.field in there and self.field not in self.columns:
            needed: tuple[str, ...] = (self.field,)
        else:
            needed = self.columns
        if missing := [name for name in needed if name not in there]:
            raise SparkError(f"there is no column {missing[0]!r}; {self.function} reads {' and '.join(needed)}")
        return [*needed, *(there & {"parameters"})]


@dataclass(frozen=True)
class Archive:
    """An archive as it lies in a file; its name has the beginning of its sha256."""

    path: Path
    sha256: str
    about: About


def read_archive(path: Path) -> Archive:
    """Raises SparkError if it is none."""
    try:
        with path.open("rb") as file, ZipFile(file) as content:
            about = json.loads(content.read(ABOUT))
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, KeyError, BadZipFile) as error:
        raise SparkError(f"{path} is no archive of a function: {error}") from None
    return Archive(path, sha256, About(**about | {"columns": tuple(about["columns"])}))


def find_archive(function: str | Path) -> Archive:
    """The archive at a path or, by a function's name, the one that this code runs from, or else one made of the tree.

    Raises SparkError, and what `write_archive` raises.
    """
    if isinstance(function, Path):
        return read_archive(function)
    running = running_from()
    if running is None:
        from workbench.spark.pack import write_archive

        return write_archive(function, Path(_scratch().name))
    archive = read_archive(running)
    if archive.about.function != function:
        raise SparkError(f"{running} is the archive of {archive.about.function}, not of {function}")
    return archive


def running_from() -> Path | None:
    """The archive that this code was imported from, as on a cluster; None in the tree."""
    return next((parent for parent in Path(__file__).parents if parent.is_file()), None)


@cache
def _scratch() -> TemporaryDirectory[str]:
    """Where archives lie as long as this process, which serves them to executors, lives."""
    return TemporaryDirectory(prefix="modelet-spark-")

"""A checkpoint out of a zip archive that is published in parts."""

import shutil
import zipfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from modelet.bundle import sha256_of
from workbench.packager.cache import cache_folder, locked
from workbench.packager.fetch import fetch_files
from workbench.packager.spec import PinnedFile, Role
from workbench.training.spec import ArchiveSpec, TrainingError

__all__ = ["fetch_archived"]


def fetch_archived(archive: ArchiveSpec) -> dict[Role, Path]:
    """Paths of the checkpoint's files, all verified; what is there is not fetched again.

    Raises PackagerError when a part cannot be had, TrainingError when a file is not what is pinned.
    """
    cache = cache_folder()
    paths = {role: cache / pinned.sha256 for role, pinned in archive.files.items()}
    if all(path.is_file() for path in paths.values()):
        return paths
    parts = [fetch_files([part.uri], {0: part})[0] for part in archive.parts]
    with locked("unpacking"), TemporaryFile(dir=cache) as joined:
        _join(parts, joined)
        _unpack(joined, archive.files, cache)
    for part in parts:
        part.unlink(missing_ok=True)
    return paths


def _join(parts: list[Path], joined: IO[bytes]) -> None:
    with ExitStack() as stack:
        for part in parts:
            shutil.copyfileobj(stack.enter_context(part.open("rb")), joined)


def _unpack(joined: IO[bytes], files: Mapping[Role, PinnedFile], cache: Path) -> None:
    with zipfile.ZipFile(joined) as archive:
        for pinned in files.values():
            aside = cache / f".{pinned.sha256}"
            with archive.open(pinned.path) as source, aside.open("wb") as target:
                shutil.copyfileobj(source, target)
            if (actual := sha256_of(aside)) != pinned.sha256:
                aside.unlink()
                raise TrainingError(f"{pinned.path} has sha256 {actual}, but {pinned.sha256} is pinned; refused")
            aside.replace(cache / pinned.sha256)

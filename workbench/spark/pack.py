"""Makes the archive of a function out of this tree: the same bytes on any machine."""

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from modelet.bundle import sha256_of
from workbench.batch.operations import open_rows
from workbench.build.digest import files_below
from workbench.build.parts import function_part, layer_part
from workbench.packager.spec import functions_with_models
from workbench.spark.archive import ABOUT, About, Archive, read_archive
from workbench.spark.errors import SparkError

__all__ = ["write_archive"]

ROOT = Path(__file__).parents[2]
# What of the workbench runs on executors, or on a driver that has nothing but the archive.
_WORKBENCH = ("workbench/__init__.py", "workbench/batch/__init__.py", "workbench/batch/operations.py")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can say


def write_archive(function: str, folder: Path) -> Archive:
    """Write the archive of functions/<function> into `folder`, under a name that has its sha256.

    Raises SparkError if there is no such function, BundleError if its bundle is missing or damaged.
    """
    known = [path.name for path in functions_with_models(ROOT)]
    if function not in known:
        raise SparkError(f"no function {function!r} with a model; there are {', '.join(known)}")
    files = dict(_files(function))
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".{function}.new"
    with ZipFile(aside, "w") as archive:  # stored: weights hardly shrink
        for name in sorted(files):
            archive.writestr(_entry(name), files[name].read_bytes())
        archive.writestr(_entry(ABOUT), _about(function).encoded())
    return read_archive(aside.replace(folder / f"modelet-{function}-{sha256_of(aside)[:12]}.zip"))


def _files(function: str) -> Iterator[tuple[str, Path]]:
    yield from layer_part(ROOT).files.items()
    yield from function_part(ROOT, function, "").files.items()
    yield from ((name, ROOT / name) for name in _WORKBENCH)
    for name, path in files_below(Path(__file__).parent).items():
        if path.suffix == ".py":
            yield f"workbench/spark/{name}", path


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _EPOCH)
    entry.external_attr = 0o644 << 16
    return entry


def _about(function: str) -> About:
    operation = open_rows(function)
    manifest = operation.predictor.manifest
    return About(function, manifest.id, manifest.digest, operation.field, operation.columns)

"""Bundles that more than one function has: `same_as` and `companions` in model.toml, copied when packaged."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from modelet.bundle import Bundle
from modelet.errors import BundleError
from modelet.manifest import Manifest, Name
from workbench.packager.model_file import SPEC_FILE, PackagerError, read, validated
from workbench.packager.place import put_in_place, refuse_other_folder, scratch_beside
from workbench.packager.spec import ModelSpec

__all__ = ["COMPANIONS", "bring_copy", "companions_of", "owner_of", "owners_first"]

COMPANIONS = "companions"  # the folder of a function that holds copies of others' bundles


class _SameAs(BaseModel):
    """All of a model.toml that says whose model the function has."""

    model_config = ConfigDict(extra="forbid")

    same_as: Name


def owner_of(function: Path) -> Path:
    """The folder that declares the model of `function`: the one of the function in `same_as`, or itself."""
    if "same_as" not in read(function):
        return function
    return _with_own_model(function, validated(_SameAs, function).same_as, "same_as")


def companions_of(function: Path, spec: ModelSpec) -> list[Path]:
    """The folders of the functions whose bundles ship beside that of `function`."""
    return [_with_own_model(function, name, "companions") for name in spec.companions]


def owners_first(functions: Iterable[Path]) -> list[Path]:
    """`functions` in an order in which none comes before one whose bundle it has."""
    return sorted(functions, key=lambda function: bool(read(function).keys() & {"same_as", "companions"}))


def _with_own_model(function: Path, name: str, field: str) -> Path:
    other = function.parent / name
    if other == function or not (other / SPEC_FILE).is_file() or "same_as" in read(other):
        raise PackagerError(f"{function / SPEC_FILE}: {field}: {name} is no other function with a model of its own")
    return other


def bring_copy(source: Path, target: Path, *, force: bool) -> bool:
    """Have `target` hold what the bundle in `source` is, verified; whether it had to be copied."""
    refuse_other_folder(target)
    if not force and _manifest(target) == Bundle.load(source).manifest:
        return False
    with scratch_beside(target) as scratch:
        candidate = scratch / "candidate"
        shutil.copytree(source, candidate)
        Bundle.load(candidate)
        put_in_place(candidate, target)
    return True


def _manifest(folder: Path) -> Manifest | None:
    try:
        return Bundle.load(folder).manifest
    except BundleError:
        return None

"""From `model.toml` to a bundle: fetch, build, gate, and only then into place."""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import modelet
from modelet.bundle import Bundle, sha256_of
from modelet.errors import BundleError
from modelet.manifest import CARD_FILE, MANIFEST_FILE, TOKENIZER_FILE, Manifest, Source
from modelet.predictor import Predictor
from modelet.settings import Settings
from workbench.packager.build import Contents, adapter_of, build_fp32, build_model
from workbench.packager.cache import locked
from workbench.packager.card import model_card, training_of
from workbench.packager.families import FAMILIES
from workbench.packager.fetch import fetch
from workbench.packager.gate import TEXTS, run_gate
from workbench.packager.place import put_in_place, refuse_other_folder, scratch_beside
from workbench.packager.sharing import COMPANIONS, bring_copy, companions_of, owner_of
from workbench.packager.spec import ModelSpec, PackagerError, Role
from workbench.progress import task_progress

__all__ = ["Packaged", "build_reference", "open_bundle", "package", "write_bundle"]

CODE = (Path(__file__).parent, Path(modelet.__file__).parent)
DECLARING = {".toml", ".json", ".csv", ".safetensors"}
LIBRARIES = ("numpy", "onnx", "onnxruntime", "tokenizers")  # those that the bytes or the gate's figures depend on
# The cache would answer the second time from the first; two threads, so that any machine gates the threaded path.
_SETTINGS = Settings(cache_bytes=0, threads=2)


@dataclass(frozen=True)
class Packaged:
    """What packaging came to. `written` is False when the bundle failed its gate, `built` when it was there already."""

    manifest: Manifest
    folder: Path
    written: bool = True
    built: bool = True


def package(
    function: Path, *, force: bool = False, allow_below_gate: bool = False, out: Path | None = None
) -> Packaged:
    """Package the model of the folder `function` into `out` (its `model/`), unless that is up to date already.

    Bundles of other functions that it has or needs are packaged before, and copied. One process at a time. Raises
    PackagerError, or ValueError from the graph builder, before anything is written.
    """
    target, owner = out or function / "model", owner_of(function)
    if owner != function:
        return _copied(owner, target, force=force, allow_below_gate=allow_below_gate)
    spec = ModelSpec.load(function)
    for other in companions_of(function, spec):
        _copied(other, function / COMPANIONS / other.name, force=force, allow_below_gate=allow_below_gate)
    refuse_other_folder(target)
    with locked("packaging"):
        if not force and (manifest := _current(spec, function, target)) is not None:
            return Packaged(manifest, target, built=False)
        files = fetch(spec.source, function)
        with scratch_beside(target) as scratch:
            candidate = _gated(spec, function, files, scratch)
            written = candidate.manifest.passed or allow_below_gate
            if written:
                _finish(candidate, spec, function)
                put_in_place(candidate.folder, target)
            return Packaged(candidate.manifest, target, written=written)


def _copied(owner: Path, target: Path, *, force: bool, allow_below_gate: bool) -> Packaged:
    """The bundle of the folder `owner`, packaged if need be, in `target` too."""
    source = package(owner, allow_below_gate=allow_below_gate)
    if not source.written:
        raise PackagerError(f"{target} is to be the bundle of {owner.name}, which is below its gate")
    with locked("packaging"):
        return Packaged(source.manifest, target, built=bring_copy(source.folder, target, force=force))


def _gated(spec: ModelSpec, function: Path, files: Mapping[Role, Path], scratch: Path) -> Bundle:
    """The bundle in `scratch`, its manifest with the gate's checks."""
    with task_progress(f"building {spec.name}", 1) as progress:
        candidate = write_bundle(scratch / "candidate", spec, function, files, build_model(spec, files, function))
        progress.advance()
    quantized = spec.recipe.precision == "int8"
    reference = open_bundle(_fp32(spec, function, files, scratch)) if quantized else None
    checks = run_gate(spec.gate, open_bundle(candidate), reference, function)
    return Bundle(candidate.folder, candidate.manifest.model_copy(update={"gate": checks}))


def open_bundle(bundle: Bundle) -> Predictor[Any, Any]:
    """The runtime's own predictor on `bundle`, without its cache."""
    return Predictor(bundle, FAMILIES[bundle.manifest.task].task, _SETTINGS)


def build_reference(function: Path, scratch: Path) -> Bundle:
    """`function`'s model in single precision, as a bundle in the folder `scratch`."""
    owner = owner_of(function)
    spec = ModelSpec.load(owner)
    return _fp32(spec, owner, fetch(spec.source, owner), scratch)


def _fp32(spec: ModelSpec, function: Path, files: Mapping[Role, Path], scratch: Path) -> Bundle:
    return write_bundle(scratch / "reference", spec, function, files, build_fp32(spec, files, function))


def write_bundle(folder: Path, spec: ModelSpec, function: Path, files: Mapping[Role, Path], model: Contents) -> Bundle:
    """A bundle without gate results and card, for `model`."""
    folder.mkdir()
    for name, content in model.items():
        (folder / name).write_bytes(content)
    if "tokenizer" in files:
        shutil.copyfile(files["tokenizer"], folder / TOKENIZER_FILE)
    contents = {path.name: sha256_of(path) for path in sorted(folder.iterdir())}
    manifest = Manifest(**_declared(spec, function), files=contents)
    (folder / MANIFEST_FILE).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return Bundle.load(folder)


def _declared(spec: ModelSpec, function: Path) -> dict[str, Any]:
    """The manifest's fields that `model.toml` and the files beside it decide."""
    recipe = spec.recipe.model_dump(mode="json", exclude_none=True)
    if (adapter := adapter_of(spec, function)) is not None:
        recipe["adapter"] = sha256_of(adapter)
    if spec.recipe.calibration is not None:
        calibration = function / spec.recipe.calibration
        recipe["calibration"] = sha256_of(calibration) if calibration.is_file() else ""
    return {
        "name": spec.name,
        "version": spec.version,
        "task": spec.task,
        "precision": spec.recipe.precision,
        "labels": spec.labels,
        "activation": spec.activation,
        "limits": spec.limits,
        "source": Source(uris=spec.source.uris, sha256=spec.source.files["weights"].sha256),
        "license": spec.license,
        "recipe": recipe,
        "optimize": spec.recipe.optimize,
        "inputs": _inputs_digest(spec, function),
    }


def _inputs_digest(spec: ModelSpec, function: Path) -> str:
    """sha256 of what decides bytes, gate and card: what the function declares, the texts, our own code, libraries."""
    adapter = adapter_of(spec, function)
    folders = [function] if adapter is None else [function, adapter.parent]
    beside = (path for folder in folders for path in folder.iterdir() if path.suffix in DECLARING)
    code = (path for folder in CODE for path in folder.rglob("*.py"))
    files = map(sha256_of, (*sorted(beside), *sorted(TEXTS.glob("*.txt")), *sorted(code)))
    libraries = (f"{name}=={version(name)}" for name in LIBRARIES)
    return hashlib.sha256("\n".join((*files, *libraries)).encode()).hexdigest()


def _current(spec: ModelSpec, function: Path, target: Path) -> Manifest | None:
    """The manifest in `target`, if the bundle is whole, passed its gate and would come out the same now."""
    try:
        manifest = Bundle.load(target).manifest
    except BundleError:
        return None
    return manifest if manifest.passed and manifest.inputs == _inputs_digest(spec, function) else None


def _finish(bundle: Bundle, spec: ModelSpec, function: Path) -> None:
    """Add the card and the gate's results."""
    folder, manifest = bundle.folder, bundle.manifest
    card = folder / CARD_FILE
    card.write_text(model_card(manifest, training_of(spec, function)), encoding="utf-8")
    complete = manifest.model_copy(update={"files": {**manifest.files, CARD_FILE: sha256_of(card)}})
    (folder / MANIFEST_FILE).write_text(complete.model_dump_json(indent=2) + "\n", encoding="utf-8")

"""From `model.toml` to a bundle: fetch, build, gate, and only then into place."""

import hashlib
import os
import shutil
import tempfile
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
from modelet.tasks.embedding import EmbeddingTask
from modelet.tasks.token_classification import TokenClassificationTask
from workbench.packager.build import Contents, build_fp32, build_model
from workbench.packager.cache import locked
from workbench.packager.card import model_card
from workbench.packager.fetch import fetch
from workbench.packager.gate import TEXTS, run_gate
from workbench.packager.spec import ModelSpec, PackagerError, Role
from workbench.progress import task_progress

__all__ = ["TASKS", "Packaged", "open_bundle", "open_reference", "package", "write_bundle"]

CODE = (Path(__file__).parent, Path(modelet.__file__).parent)
LIBRARIES = ("numpy", "onnx", "onnxruntime", "tokenizers")  # those that the bytes or the gate's figures depend on
SCRATCH = ".model-packaging-"  # of folders that are nobody else's: what a crash leaves of them is swept
TASKS: dict[str, Any] = {task.name: task for task in (EmbeddingTask, TokenClassificationTask)}
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

    One process at a time. Raises PackagerError, or ValueError from the graph builder, before anything is written.
    """
    spec = ModelSpec.load(function)
    target = out or function / "model"
    _refuse_other_folder(target)
    with locked("packaging"):
        if not force and (manifest := _current(function, target)) is not None:
            return Packaged(manifest, target, built=False)
        files = fetch(spec.source, function)
        target.parent.mkdir(parents=True, exist_ok=True)
        for leftover in target.parent.glob(f"{SCRATCH}*"):  # nobody works in it: one process at a time
            shutil.rmtree(leftover)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=SCRATCH) as scratch:
            candidate = _gated(spec, function, files, Path(scratch))
            written = candidate.manifest.passed or allow_below_gate
            if written:
                _finish(candidate)
                _replace(candidate.folder, target)
            return Packaged(candidate.manifest, target, written=written)


def _refuse_other_folder(target: Path) -> None:
    """A bundle's place is cleared for the next one: it must be free, or a bundle's already."""
    if target.is_dir() and ((target / MANIFEST_FILE).exists() or not any(target.iterdir())):
        return
    if target.exists():
        raise PackagerError(f"{target} holds something else than a bundle: name another folder, or move that away")


def _gated(spec: ModelSpec, function: Path, files: Mapping[Role, Path], scratch: Path) -> Bundle:
    """The bundle in `scratch`, its manifest with the gate's checks."""
    with task_progress(f"building {spec.name}", 1) as progress:
        candidate = write_bundle(scratch / "candidate", spec, function, files, build_model(spec, files, function))
        progress.advance()
    quantized = spec.recipe.precision == "int8"
    reference = _open_fp32(spec, function, files, scratch) if quantized else None
    checks = run_gate(spec.gate, open_bundle(candidate), reference, function)
    return Bundle(candidate.folder, candidate.manifest.model_copy(update={"gate": checks}))


def open_bundle(bundle: Bundle) -> Predictor[Any, Any]:
    """The runtime's own predictor on `bundle`, without its cache."""
    return Predictor(bundle, TASKS[bundle.manifest.task], _SETTINGS)


def open_reference(function: Path, scratch: Path) -> Predictor[Any, Any]:
    """The predictor of `function`'s model in single precision, built in the folder `scratch`."""
    spec = ModelSpec.load(function)
    return _open_fp32(spec, function, fetch(spec.source, function), scratch)


def _open_fp32(spec: ModelSpec, function: Path, files: Mapping[Role, Path], scratch: Path) -> Predictor[Any, Any]:
    return open_bundle(write_bundle(scratch / "reference", spec, function, files, build_fp32(spec, files)))


def write_bundle(folder: Path, spec: ModelSpec, function: Path, files: Mapping[Role, Path], model: Contents) -> Bundle:
    """A bundle without gate results and card, for `model`."""
    folder.mkdir()
    for name, content in model.items():
        (folder / name).write_bytes(content)
    shutil.copyfile(files["tokenizer"], folder / TOKENIZER_FILE)
    contents = {name: sha256_of(folder / name) for name in (*model, TOKENIZER_FILE)}
    manifest = Manifest(**_declared(spec, function), files=contents)
    (folder / MANIFEST_FILE).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return Bundle.load(folder)


def _declared(spec: ModelSpec, function: Path) -> dict[str, Any]:
    """The manifest's fields that `model.toml` and the files beside it decide."""
    recipe = spec.recipe.model_dump(mode="json", exclude_none=True)
    if spec.recipe.calibration is not None:
        calibration = function / spec.recipe.calibration
        recipe["calibration"] = sha256_of(calibration) if calibration.is_file() else ""
    return {
        "name": spec.name,
        "version": spec.version,
        "task": spec.task,
        "precision": spec.recipe.precision,
        "labels": spec.labels,
        "limits": spec.limits,
        "source": Source(uris=spec.source.uris, sha256=spec.source.files["weights"].sha256),
        "license": spec.license,
        "recipe": recipe,
        "optimize": spec.recipe.optimize,
        "inputs": _inputs_digest(function),
    }


def _inputs_digest(function: Path) -> str:
    """sha256 of what decides bytes and gate: what the function declares, the texts, our own code and the libraries."""
    beside = (path for path in function.iterdir() if path.suffix in {".toml", ".json", ".csv"})
    code = (path for folder in CODE for path in folder.rglob("*.py"))
    files = map(sha256_of, (*sorted(beside), *sorted(TEXTS.glob("*.txt")), *sorted(code)))
    libraries = (f"{name}=={version(name)}" for name in LIBRARIES)
    return hashlib.sha256("\n".join((*files, *libraries)).encode()).hexdigest()


def _current(function: Path, target: Path) -> Manifest | None:
    """The manifest in `target`, if the bundle is whole, passed its gate and would come out the same now."""
    try:
        manifest = Bundle.load(target).manifest
    except BundleError:
        return None
    return manifest if manifest.passed and manifest.inputs == _inputs_digest(function) else None


def _finish(bundle: Bundle) -> None:
    """Add the card and the gate's results, and have all of it on disk."""
    folder, manifest = bundle.folder, bundle.manifest
    card = folder / CARD_FILE
    card.write_text(model_card(manifest), encoding="utf-8")
    complete = manifest.model_copy(update={"files": {**manifest.files, CARD_FILE: sha256_of(card)}})
    (folder / MANIFEST_FILE).write_text(complete.model_dump_json(indent=2) + "\n", encoding="utf-8")
    for path in (*folder.iterdir(), folder):
        _sync(path)


def _replace(folder: Path, target: Path) -> None:
    """Put `folder` in the place of `target`. A crash in between leaves no bundle, never half of one."""
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

"""From `model.toml` to a bundle: fetch, build, gate, and only then into place."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from modelet.bundle import Bundle, sha256_of
from modelet.errors import BundleError
from modelet.manifest import CARD_FILE, MANIFEST_FILE, TOKENIZER_FILE, Manifest, Source
from modelet.predictor import Predictor
from modelet.settings import Settings
from modelet.tasks.embedding import EmbeddingTask
from modelet.tasks.token_classification import TokenClassificationTask
from workbench.packager.build import Contents, build_fp32, build_model
from workbench.packager.card import model_card
from workbench.packager.fetch import cache_folder, fetch
from workbench.packager.gate import TEXTS, run_gate
from workbench.packager.spec import ModelSpec, Role
from workbench.progress import task_progress

__all__ = ["TASKS", "Packaged", "open_bundle", "open_reference", "package", "write_bundle"]

PACKAGER = Path(__file__).parent
TASKS: dict[str, Any] = {task.name: task for task in (EmbeddingTask, TokenClassificationTask)}
# The cache would answer the second time from the first.
_UNCACHED = Settings(cache_bytes=0)


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

    Raises PackagerError, or ValueError from the graph builder, before anything is written.
    """
    spec = ModelSpec.load(function)
    target = out or function / "model"
    if not force and (manifest := _current(function, target)) is not None:
        return Packaged(manifest, target, built=False)
    files = fetch(spec.source)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".model-") as scratch:
        with task_progress(f"building {spec.name}", 1) as progress:
            model = build_model(spec, files, function)
            progress.advance()
        candidate = write_bundle(Path(scratch) / "candidate", spec, function, files, model)
        reference = None if spec.recipe.precision == "as-is" else open_reference(function, Path(scratch))
        checks = run_gate(spec.gate, open_bundle(candidate), reference, function)
        manifest = candidate.manifest.model_copy(update={"gate": checks})
        if manifest.passed or allow_below_gate:
            _finish(candidate.folder, manifest)
            _replace(candidate.folder, target)
        return Packaged(manifest, target, written=manifest.passed or allow_below_gate)


def open_bundle(bundle: Bundle) -> Predictor[Any, Any]:
    """The runtime's own predictor on `bundle`, without its cache."""
    return Predictor(bundle, TASKS[bundle.manifest.task], _UNCACHED)


def open_reference(function: Path, scratch: Path) -> Predictor[Any, Any]:
    """The predictor of `function`'s model in single precision, built in the folder `scratch`."""
    spec = ModelSpec.load(function)
    files = fetch(spec.source)
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
        recipe["calibration"] = hashlib.sha256(calibration.read_bytes()).hexdigest() if calibration.is_file() else ""
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
    """sha256 of what packaging reads from here: declaration, calibration, labelled texts, gate texts, the packager."""
    beside = (path for path in function.iterdir() if path.suffix in {".toml", ".json"})
    paths = [*sorted(beside), *sorted(PACKAGER.rglob("*.py")), *sorted(TEXTS.glob("*.txt"))]
    return hashlib.sha256("".join(map(sha256_of, paths)).encode()).hexdigest()


def _current(function: Path, target: Path) -> Manifest | None:
    """The manifest in `target`, if the bundle is whole, passed its gate and would come out the same now."""
    try:
        manifest = Bundle.load(target).manifest
    except BundleError:
        return None
    return manifest if manifest.passed and manifest.inputs == _inputs_digest(function) else None


def _finish(folder: Path, manifest: Manifest) -> None:
    """Add the card and the gate's results, and have all of it on disk."""
    card = folder / CARD_FILE
    card.write_text(model_card(manifest), encoding="utf-8")
    complete = manifest.model_copy(update={"files": {**manifest.files, CARD_FILE: sha256_of(card)}})
    (folder / MANIFEST_FILE).write_text(complete.model_dump_json(indent=2) + "\n", encoding="utf-8")
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _replace(folder: Path, target: Path) -> None:
    """Put `folder` in the place of `target`, one process at a time. A crash in between leaves no bundle, never half."""
    old = folder.parent / "old"
    with FileLock(cache_folder() / ".replace.lock"):
        if target.exists():
            target.rename(old)
        folder.rename(target)

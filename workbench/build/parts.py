"""What is built: a part is one folder of dist/<arch>/, as Lambda unpacks it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from modelet.bundle import Bundle
from modelet.manifest import MANIFEST_FILE
from workbench.build.digest import files_below
from workbench.build.errors import BuildError
from workbench.build.lock import LAYER_LOCK, SERVER_LOCK
from workbench.packager.sharing import COMPANIONS, companions_of, owner_of
from workbench.packager.spec import SPEC_FILE, ModelSpec, functions_with_models

__all__ = ["Part", "function_part", "layer_part", "server_part"]

LAYER_DIGEST = "layer.sha256"
_NOT_SHIPPED = {SPEC_FILE, "requirements.in", "requirements.txt"}


@dataclass(frozen=True, slots=True)
class Part:
    """One folder: the wheels of a lock, files of the tree, and texts, by their names in the folder."""

    path: Path
    unpacked_to: str
    lock: Path | None
    files: Mapping[str, Path]
    texts: Mapping[str, str] = field(default_factory=dict)


def layer_part(root: Path) -> Part:
    """The runtime and what it imports: the Lambda layer."""
    files = {f"modelet/{name}": path for name, path in _shipped(root / "shared" / "modelet")}
    return Part(Path("layer/python"), "/opt/python", _existing(root / LAYER_LOCK), files)


def server_part(root: Path) -> Part:
    """What an image needs to be served without Lambda."""
    return Part(Path("server/python"), "/opt/python", _existing(root / SERVER_LOCK), {})


def function_part(root: Path, name: str, layer_digest: str) -> Part:
    """The artefact of functions/<name>: its code, its bundle, its own requirements.

    It names the layer that it was built with, so that a new layer makes a new artefact, and SAM a new version: SAM
    looks at the code alone (https://github.com/aws/serverless-application-model/issues/3802).
    Raises BundleError if the bundle is missing or damaged, BuildError if the lock is missing.
    """
    folder = root / "functions" / name
    inputs = _NOT_SHIPPED | _packaging_inputs(folder)
    shipped = (path for path in _shipped(folder) if not any(Path(path[0]).is_relative_to(one) for one in inputs))
    files = {f"functions/{name}/{path}": file for path, file in shipped}
    files["functions/__init__.py"] = root / "functions" / "__init__.py"
    if not (folder / SPEC_FILE).is_file():
        files |= _manifests(root)
    lock = _existing(folder / "requirements.txt") if (folder / "requirements.in").is_file() else None
    return Part(Path("functions") / name, "/var/task", lock, files, {LAYER_DIGEST: f"{layer_digest}\n"})


def _manifests(root: Path) -> Mapping[str, Path]:
    """Of all bundles: what has none itself, such as the splitter, knows the others' by them."""
    folders = [one.name for one in functions_with_models(root)]
    names = [f"functions/{name}/model/{MANIFEST_FILE}" for name in folders]
    return {name: root / name for name in names if (root / name).is_file()}


def _existing(lock: Path) -> Path:
    if not lock.is_file():
        raise BuildError(f"{lock} does not exist; run: modelet lock")
    return lock


def _packaging_inputs(folder: Path) -> set[str]:
    """Files and folders that only packaging reads. Raises BundleError unless the function has all its bundles."""
    if not (folder / SPEC_FILE).is_file():
        return set()
    Bundle.load(folder / "model")
    if owner_of(folder) != folder:
        return set()
    spec = ModelSpec.load(folder)
    for other in companions_of(folder, spec):
        Bundle.load(folder / COMPANIONS / other.name)
    return {name for name in (spec.recipe.calibration, spec.gate.labelled, spec.adapter) if name}


def _shipped(folder: Path) -> Iterator[tuple[str, Path]]:
    for name, path in files_below(folder).items():
        if not any(part.startswith((".", "__pycache__")) for part in Path(name).parts):
            yield name, path

"""dist/<arch>/: everything that ships, once, as it lies in Lambda; SAM, images and checks all take it from there."""

import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.build.bytecode import Compiler, compile_all
from workbench.build.digest import digest, files_below
from workbench.build.parts import Part, function_part, layer_part, server_part
from workbench.build.prune import prune
from workbench.build.target import Arch
from workbench.build.wheels import install
from workbench.local.template import Template
from workbench.packager.cache import locked
from workbench.progress import task_progress

__all__ = ["LAYER", "Built", "artefact", "build", "copy_artefact", "dist_folder"]

LAYER = "RuntimeLayer"  # its logical id in template.yaml
MARK = "deployment.uuid"
# The modules that decide what a part holds: a change in them makes all anew.
_BUILDERS = ("bytecode.py", "dist.py", "parts.py", "prune.py", "target.py", "wheels.py")


@dataclass(frozen=True, slots=True)
class Built:
    """One part as it lies in dist; `anew` is false when it was up to date."""

    folder: Path
    digest: str
    anew: bool

    @property
    def compiled(self) -> bool:
        return _compiled(self.folder)


def dist_folder(root: Path, arch: Arch) -> Path:
    return root / "dist" / arch


def artefact(template: Template, name: str, arch: Arch) -> tuple[Path, Path]:
    """Where what the function or layer with this logical id consists of lies in dist, and where in its zip file.

    Raises TemplateError if there is none.
    """
    dist = dist_folder(template.root, arch)
    if name == LAYER:
        return dist / "layer/python", Path("python")
    return dist / "functions" / template.function(name).folder, Path()


def build(root: Path, arch: Arch, compiler: Compiler | None) -> list[Built]:
    """Bring dist/<arch>/ up to date: the layer, the server, then every function. Raises BuildError, BundleError."""
    with locked("building"):
        return _build(root, arch, compiler)


def copy_artefact(
    template: Template, name: str, arch: Arch, compiler: Compiler | None, folder: Path, anew: bool = False
) -> None:
    """Bring dist/<arch>/ up to date and copy one artefact into `folder`, as it is zipped.

    `anew` puts a mark into a function's, which makes it another than any before. Raises as `artefact` and `build` do.
    """
    source, inside = artefact(template, name, arch)
    with locked("building"):  # until the copy is whole
        _build(template.root, arch, compiler)
        shutil.copytree(source, folder / inside, dirs_exist_ok=True)
    if anew and name != LAYER:
        (folder / MARK).write_text(f"{uuid.uuid4()}\n")


def _build(root: Path, arch: Arch, compiler: Compiler | None) -> list[Built]:
    names = sorted(path.parent.name for path in root.glob("functions/*/__init__.py"))
    with task_progress(f"building dist/{arch}", len(names) + 2) as progress:
        built = []
        for one in _parts(root, arch, names, compiler):
            built.append(one)
            progress.advance()
    return built


def _parts(root: Path, arch: Arch, names: list[str], compiler: Compiler | None) -> Iterator[Built]:
    layer = _brought_up_to_date(root, layer_part(root), arch, compiler)
    yield layer
    yield _brought_up_to_date(root, server_part(root), arch, compiler)
    for name in names:
        yield _brought_up_to_date(root, function_part(root, name, layer.digest), arch, compiler)


def _brought_up_to_date(root: Path, part: Part, arch: Arch, compiler: Compiler | None) -> Built:
    """The part, made anew if its stamp does not name its inputs, or if it can be compiled and is not yet."""
    folder = dist_folder(root, arch) / part.path
    stamp = folder.with_name(f".{folder.name}.inputs")
    builder = {name: Path(__file__).with_name(name) for name in _BUILDERS}
    sources = builder | dict(part.files) | ({"lock": part.lock} if part.lock else {})
    inputs = digest(sources, [*part.texts.values(), arch])
    current = folder.is_dir() and stamp.is_file() and stamp.read_text() == inputs
    anew = not current or (compiler is not None and not _compiled(folder))
    if anew:
        stamp.unlink(missing_ok=True)
        _make(part, folder, arch, compiler)
        stamp.write_text(inputs)
    return Built(folder, digest(files_below(folder)), anew)


def _compiled(folder: Path) -> bool:
    return any(folder.rglob("*.pyc"))


def _make(part: Part, folder: Path, arch: Arch, compiler: Compiler | None) -> None:
    """Make a part aside and put it in its place, so that nobody sees half of one."""
    aside = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    _fill(part, aside, arch)
    if compiler:
        compile_all(aside, part.unpacked_to, compiler)
    for path in (aside, *aside.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)  # readable for Lambda's user, whatever the umask
    shutil.rmtree(folder, ignore_errors=True)
    aside.rename(folder)


def _fill(part: Part, folder: Path, arch: Arch) -> None:
    if part.lock:
        install(part.lock, folder, arch)
        prune(folder)
    for name, source in part.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / name)
    for name, text in part.texts.items():
        (folder / name).write_text(text, encoding="utf-8")

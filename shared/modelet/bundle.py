"""Loading a bundle: every file is hashed, and what the manifest does not declare is refused."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from modelet.errors import BundleError
from modelet.manifest import MANIFEST_FILE, MODEL_FILE, TOKENIZER_FILE, Manifest

__all__ = ["Bundle", "sha256_of"]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified bundle: its folder and its manifest."""

    folder: Path
    manifest: Manifest

    @classmethod
    def load(cls, folder: Path) -> "Bundle":
        """Read and verify the bundle in `folder`. Raises BundleError naming the file and what to run."""
        bundle = cls(folder, _read_manifest(folder))
        _refuse_undeclared(folder, bundle.manifest)
        for name, expected in bundle.manifest.files.items():
            _verify(folder, name, expected)
        return bundle

    @property
    def model(self) -> Path:
        return self.file(MODEL_FILE)

    @property
    def tokenizer(self) -> Path:
        return self.file(TOKENIZER_FILE)

    def file(self, name: str) -> Path:
        """A file that the bundle's task reads. Raises BundleError if the manifest declares none of that name."""
        if name not in self.manifest.files:
            raise _refusal(self.folder, name, f"is what {self.manifest.task} reads, but the manifest declares none")
        return self.folder / name

    @property
    def size(self) -> int:
        """Bytes of all declared files."""
        return sum((self.folder / name).stat().st_size for name in self.manifest.files)


def sha256_of(path: Path) -> str:
    """Hex sha256 of a file, read once; the pages stay in the cache for the session's memory map."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST_FILE
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError:
        raise _refusal(folder, MANIFEST_FILE, "is missing or cannot be read") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise _refusal(folder, MANIFEST_FILE, f"is not a manifest ({where}: {first['msg']})") from None


def _refuse_undeclared(folder: Path, manifest: Manifest) -> None:
    declared = {MANIFEST_FILE, *manifest.files}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise _refusal(folder, name, "is a symbolic link, which could lead anywhere")
        if not path.is_dir() and name not in declared:
            raise _refusal(folder, name, "is not declared in the manifest")


def _verify(folder: Path, name: str, expected: str) -> None:
    try:
        actual = sha256_of(folder / name)
    except OSError:
        raise _refusal(folder, name, "is missing or cannot be read") from None
    if actual != expected:
        raise _refusal(folder, name, f"is damaged or swapped (sha256 {actual[:12]}, the manifest says {expected[:12]})")


def _refusal(folder: Path, name: str, what: str) -> BundleError:
    function = folder.parents[1] if folder.parent.name == "companions" else folder.parent
    return BundleError(f"{folder / name} {what}; run: modelet package {function.name} --force")

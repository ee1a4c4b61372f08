"""The network that training starts from: the function's own, or another that the user names."""

import json
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import hf_hub_download

from modelet.bundle import sha256_of
from modelet.manifest import License
from workbench.packager.fetch import fetch
from workbench.packager.spec import ModelSpec, PinnedFile, Role, SourceSpec
from workbench.training.spec import TrainingError

__all__ = ["Backbone", "find_backbone"]

TRAINABLE = ("bert", "mpnet", "roberta", "xlm-roberta")
NAMES: dict[Role, str] = {"weights": "model.safetensors", "config": "config.json", "tokenizer": "tokenizer.json"}


@dataclass(frozen=True)
class Backbone:
    """A checkpoint's files, and what model.toml says of them."""

    files: dict[Role, Path]
    source: SourceSpec
    architecture: str
    license: License

    @property
    def sha256(self) -> str:
        return self.source.files["weights"].sha256


def find_backbone(spec: ModelSpec, function: Path, other: str | None) -> Backbone:
    """The backbone of `spec`, or of `other`: a folder, or `hf:organisation/name@revision`, as transformers saves it.

    Raises TrainingError if it lacks a file, PackagerError or OSError if it cannot be fetched.
    """
    if other is None:
        return Backbone(fetch(spec.source, function), spec.source, spec.architecture, spec.license)
    files, uri = _from_hub(other) if other.startswith("hf:") else _from_folder(Path(other))
    pinned = {role: PinnedFile(path=name, sha256=sha256_of(files[role])) for role, name in NAMES.items()}
    try:
        source = SourceSpec(uris=(uri,), files=pinned)
    except ValueError:
        raise TrainingError(f"{other}: a backbone is a folder or hf:organisation/name@revision") from None
    architecture = json.loads(files["config"].read_text(encoding="utf-8")).get("model_type")
    if architecture not in TRAINABLE:
        raise TrainingError(f"{other}: its config.json says {architecture!r}; trained are {', '.join(TRAINABLE)}")
    unknown = License(spdx="LicenseRef-unknown", attribution=f"{uri}; look up its licence and write it here")
    return Backbone(files, source, architecture, unknown)


def _from_folder(folder: Path) -> tuple[dict[Role, Path], str]:
    files = {role: folder.expanduser().resolve() / name for role, name in NAMES.items()}
    if lacking := [path.name for path in files.values() if not path.is_file()]:
        raise TrainingError(f"{folder} lacks {', '.join(lacking)}; transformers and tokenizers save all of them")
    return files, f"file:{folder.expanduser().resolve()}"


def _from_hub(uri: str) -> tuple[dict[Role, Path], str]:
    repository, _, revision = uri.removeprefix("hf:").partition("@")
    if not revision:
        raise TrainingError(f"{uri}: name a revision, hf:organisation/name@revision, so that it stays what it is")
    return {role: Path(hf_hub_download(repository, name, revision=revision)) for role, name in NAMES.items()}, uri

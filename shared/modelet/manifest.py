"""The manifest: the contract between the packager, which writes it, and the runtime, which trusts nothing else."""

import hashlib
import json
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

__all__ = [
    "CARD_FILE",
    "MANIFEST_FILE",
    "MODEL_FILE",
    "TOKENIZER_FILE",
    "Activation",
    "Check",
    "Label",
    "License",
    "Limits",
    "Manifest",
    "Name",
    "Sha256",
    "Source",
    "TaskName",
    "Version",
]

MANIFEST_FILE = "manifest.json"
MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
CARD_FILE = "MODEL_CARD.md"

TaskName = Literal[
    "embedding",
    "language-identification",
    "pair-classification",
    "question-answering",
    "text-classification",
    "token-classification",
]
CLASSIFIERS = {"language-identification", "pair-classification", "text-classification"}
Activation = Literal["softmax", "sigmoid"]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Version = Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
Label = Annotated[str, Field(min_length=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class License(_Frozen):
    """Licence of the weights, as their source states it."""

    spdx: str = Field(min_length=1)
    attribution: str = Field(min_length=1)


class Source(_Frozen):
    """Where the weights may come from; whichever answers gives the same bytes."""

    uris: tuple[str, ...] = Field(min_length=1)
    sha256: Sha256


class Limits(_Frozen):
    """What the model takes in one run: tokens with the special ones, and the overlap of neighbouring windows."""

    max_tokens: PositiveInt
    overlap: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _windows_advance(self) -> Self:
        if self.overlap * 2 >= self.max_tokens:
            raise ValueError("overlap must be less than half of max_tokens")
        return self


class Check(_Frozen):
    """One line of the gate: `value` must be at least (or, with `at_most`, at most) `limit`."""

    name: str
    value: float
    limit: float
    at_most: bool = False

    @property
    def passed(self) -> bool:
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    @property
    def bound(self) -> str:
        return f"{'at most' if self.at_most else 'at least'} {self.limit:g}"


class Manifest(_Frozen):
    """Everything the runtime needs to know of a bundle. Schema 1."""

    schema_version: Literal[1] = 1
    name: Name
    version: Version
    task: TaskName
    precision: str
    labels: tuple[Label, ...] = ()
    activation: Activation | None = Field(
        None, description="What turns a classifier's logits into probabilities: of one label or of each by itself."
    )
    limits: Limits
    source: Source
    license: License
    recipe: dict[str, Any]
    optimize: bool = Field(description="Whether onnxruntime may rewrite the graph when it loads.")
    files: dict[str, Sha256]
    gate: tuple[Check, ...] = ()
    inputs: Sha256 | None = Field(None, description="Of all that packaging read: tells whether it must run again.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if MODEL_FILE not in self.files:
            raise ValueError(f"files lacks {MODEL_FILE}")
        if outside := [name for name in self.files if not set(PurePosixPath(name).parts).isdisjoint({"..", "/"})]:
            raise ValueError(f"files are outside of the bundle: {', '.join(outside)}")
        if (self.activation is None) == (self.task in CLASSIFIERS):
            raise ValueError(f"activation: classifiers have one ({', '.join(sorted(CLASSIFIERS))}), nothing else does")
        return self

    @property
    def id(self) -> str:
        """`name@version`, as answers and the header x-modelet-bundle give it."""
        return f"{self.name}@{self.version}"

    @property
    def digest(self) -> Sha256:
        """sha256 of all that decides an answer: not of what differs by machine, the gate's figures and the card."""
        decisive = self.model_dump(
            mode="json", exclude={"gate": True, "inputs": True, "files": {CARD_FILE}}, exclude_none=True
        )
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.gate)

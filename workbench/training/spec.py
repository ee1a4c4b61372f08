"""`[train]` in a function's model.toml: which data, how long, how fast; and what a function of some task learns."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    model_validator,
)

from modelet.manifest import Sha256
from workbench.packager.model_file import read, told
from workbench.packager.spec import SPEC_FILE, ModelSpec, PinnedFile, Role
from workbench.training.formats import FORMATS

__all__ = ["ArchiveSpec", "AugmentSpec", "DataSpec", "TeacherSpec", "TrainSpec", "TrainingError", "objective_name"]

# Task and activation to an objective of `objectives.py`.
_OBJECTIVES = {
    ("text-classification", "softmax"): "classification",
    ("text-classification", "sigmoid"): "flagging",
    ("pair-classification", "softmax"): "classification",
    ("pair-classification", "sigmoid"): "ranking",
    ("token-classification", None): "tagging",
    ("question-answering", None): "answering",
}


class TrainingError(Exception):
    """Training cannot go on; the message names file, line or field and what to do."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _known(name: str) -> str:
    if name not in FORMATS:
        raise ValueError(f"{name!r} is none of {', '.join(FORMATS)}")
    return name


class DataSpec(_Strict):
    """A public file and what its rows are for: to train on, to report on, or for `modelet evaluate` alone.

    To imitate: they have no labels but those that the teacher gives them.
    `reserve`, `limit`, `among`, `unanswerable` and `negatives` are those of `assemble.Entry`.
    """

    file: str
    format: Annotated[str, AfterValidator(_known)]
    sha256: Sha256
    licence: str
    source: str
    use: Literal["train", "imitate", "report", "evaluate"] = "train"
    beside: tuple[PinnedFile, ...] = Field((), description="Files that the format reads from the same folder.")
    limit: PositiveInt | None = None
    reserve: float = Field(0.0, ge=0, lt=1)
    apart: bool = Field(False, description="Trained on alone, less rows that repeat what is held out or reported on.")
    among: int = Field(0, ge=0)
    unanswerable: float = Field(0.1, ge=0, lt=1)
    negatives: int = Field(0, ge=0)


class Part(PinnedFile):
    """A part of an archive, at a source as packaging knows them."""

    uri: str


class ArchiveSpec(_Strict):
    """A checkpoint inside a zip archive that is published in parts."""

    parts: tuple[Part, ...] = Field(min_length=1)
    files: dict[Role, PinnedFile]


class TeacherSpec(_Strict):
    """A bigger network that learns `rows` of the data, those of at least `least_words`, and labels all of it.

    The student learns `weight` times what the teacher says at `temperature` and the rest of the true label.
    """

    name: str
    licence: str
    source: ArchiveSpec
    rows: PositiveInt
    least_words: int = Field(0, ge=0)
    epochs: PositiveInt
    rank: PositiveInt
    learning_rate: PositiveFloat
    batch_size: PositiveInt
    dropout: float = Field(0.1, ge=0, lt=1)
    temperature: PositiveFloat
    weight: float = Field(gt=0, le=1)


class AugmentSpec(_Strict):
    """So many texts more, made out of those of at least `least_words`, for the teacher to label."""

    rows: PositiveInt
    least_words: int = Field(8, ge=1)


class TrainSpec(_Strict):
    """How a function's adapter is made. Rank 0 trains every weight of the layers."""

    epochs: PositiveInt
    rank: int = Field(ge=0, le=256)
    learning_rate: PositiveFloat
    batch_size: PositiveInt
    max_tokens: int = Field(ge=8)
    dropout: float = Field(0.1, ge=0, lt=1)
    seed: int = Field(0, ge=0)
    held_out: float = Field(gt=0, lt=0.5, description="Share of the rows to watch and to calibrate with.")
    data: tuple[DataSpec, ...] = ()
    teacher: TeacherSpec | None = None
    augment: AugmentSpec | None = None

    @model_validator(mode="after")
    def _imitates_somebody(self) -> Self:
        for entry in self.data:
            if entry.use == "imitate" and self.teacher is None:
                raise ValueError(f'{entry.file}: use = "imitate" needs [train.teacher], whose labels are imitated')
        if self.augment is not None and self.teacher is None:
            raise ValueError("augment needs [train.teacher], who labels what is made")
        return self

    @classmethod
    def load(cls, function: Path) -> Self:
        """`[train]` of `function`/model.toml. Raises TrainingError or PackagerError naming the file and the field."""
        path, table = function / SPEC_FILE, read(function).get("train")
        if table is None:
            raise TrainingError(f"{path} has no [train] table: it says epochs, rank and data; see functions/sentiment")
        return cls.checked(table, str(path))

    @classmethod
    def checked(cls, table: Any, where: str) -> Self:
        """`table` as a whole. Raises TrainingError that begins with `where`."""
        try:
            return cls.model_validate(table)
        except ValidationError as error:
            raise TrainingError(f"{where}: {'; '.join(f'train.{told(one)}' for one in error.errors())}") from None


def objective_name(spec: ModelSpec) -> str:
    """What a function of this task learns, by its name in `OBJECTIVES`. Raises TrainingError for tasks without one."""
    name = _OBJECTIVES.get((spec.task, spec.activation))
    if name is None:
        raise TrainingError(f"{spec.name}: nothing is trained for task {spec.task!r}")
    return name

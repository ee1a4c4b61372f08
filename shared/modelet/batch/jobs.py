"""Jobs, their parts, and what has come of each: the records that splitter, workers and clients share."""

import hashlib
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

from modelet.batch.framing import Format

__all__ = ["PART_MESSAGE", "Done", "Job", "Part", "Progress", "Source", "State", "job_id", "service_name"]

State = Literal["running", "succeeded", "failed"]
_DONE = "done"
PART_MESSAGE = '{"part"'  # how the body of a message begins that asks for a part


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Record):
    """A file in a bucket as it was when the job began: `etag` tells it from one that replaces it."""

    bucket: str
    key: str
    etag: str
    version: str | None = None
    size: NonNegativeInt


class Job(_Record):
    """What is decided when a job begins, and stays.

    Its rows begin at byte `begin` of `data`, after so many lines, and are cut into parts of about `part_bytes`. `data`
    is the source or, where that is compressed, a plain copy. `results` is where its files go in the bucket of results;
    it ends with a slash.
    """

    id: str
    task: str
    bundle: str
    source: Source
    plain: Source | None = None
    format: Format
    header: tuple[str, ...] = ()
    begin: NonNegativeInt = 0
    lines_before: NonNegativeInt = 0
    part_bytes: PositiveInt
    results: str
    parameters: dict[str, Any] = {}
    created: str

    @property
    def data(self) -> Source:
        return self.plain or self.source


class Part(_Record):
    """Bytes [start, end) of a job's file, whole rows of it."""

    job: str
    name: str
    start: NonNegativeInt
    end: NonNegativeInt

    @property
    def message(self) -> str:
        """The body of the message that asks for it."""
        return f"{PART_MESSAGE}: {self.model_dump_json()}}}"

    def rest(self, start: int) -> Self:
        """What is left from `start` on: "00003" leaves "00003-1", and that "00003-2"."""
        name, _, again = self.name.partition("-")
        return self.model_copy(update={"name": f"{name}-{int(again or 0) + 1}", "start": start})


class Done(_Record):
    """A part that is answered: bytes [start, end), so many lines, rows answered and rows that could not be."""

    name: str
    start: NonNegativeInt
    end: NonNegativeInt
    lines: NonNegativeInt
    rows: NonNegativeInt
    failed: NonNegativeInt
    seconds: float
    bundle: str

    @property
    def facts(self) -> dict[str, str]:
        """What is told of the part's file."""
        return {_DONE: self.model_dump_json()}

    @classmethod
    def of_facts(cls, facts: Mapping[str, str]) -> Self:
        return cls.model_validate_json(facts[_DONE])


class Progress(_Record):
    """How far a job is. `total` is None until all of its parts are known; `queued` are they once all are sent out."""

    state: State = "running"
    error: str = ""
    done: NonNegativeInt = 0
    total: NonNegativeInt | None = None
    queued: bool = False
    parts: NonNegativeInt = 0
    rows: NonNegativeInt = 0
    failed: NonNegativeInt = 0
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        return self.done == self.total


def service_name(task: str) -> str:
    """A function's folder as template.yaml writes it in names: "my_task" is MyTask."""
    return "".join(word.capitalize() for word in task.split("_"))


def job_id(source: Source, task: str, bundle: str, settings: str = "") -> str:
    """The same for the same file, task, bundle and settings: a job that was asked for twice is one."""
    about = (source.bucket, source.key, source.version or source.etag, task, bundle, settings)
    return hashlib.sha256("\n".join(about).encode()).hexdigest()[:16]

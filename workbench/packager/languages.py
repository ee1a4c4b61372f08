"""Texts with the languages that fastText itself finds, to measure a converted model against."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from modelet.predictor import Predictor
from modelet.tasks.classification import Classification
from workbench.progress import track

__all__ = ["Identified", "agreement", "read_rows"]


class Identified(BaseModel):
    """A text, and fastText's own label and score for it."""

    text: str = Field(min_length=1)
    label: str
    score: float


_ROWS = TypeAdapter(Annotated[list[Identified], Field(min_length=1)])


def read_rows(path: Path) -> list[Identified]:
    """The rows of a JSON file, a list of {"text", "label", "score"}.

    Raises ValueError naming the row (from 0) and the field.
    """
    try:
        return _ROWS.validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = "row " + ".".join(map(str, first["loc"])) if first["loc"] else "the file"
        raise ValueError(f"{path}: {place}: {first['msg']}") from None


def agreement(predictor: Predictor[str, Classification], rows: Sequence[Identified], what: str) -> float:
    """Share of texts with fastText's label; `what` names the progress bar."""
    labels = predictor.manifest.labels
    equal = 0
    for row in track(rows, what, len(rows)):
        [answer] = predictor.predict([row.text])
        equal += labels[int(answer.probabilities.argmax())] == row.label
    return equal / len(rows)

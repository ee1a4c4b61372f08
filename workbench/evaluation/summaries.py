"""Texts with the summaries that people wrote of them: JSON lines, as SciTLDR and XSum are published, or one's own."""

from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, ValidationError

from workbench.packager.model_file import told

__all__ = ["Summarized", "read_summaries"]


def _joined(value: object) -> object:
    """SciTLDR has its texts sentence by sentence."""
    return " ".join(map(str, value)) if isinstance(value, list) else value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Summarized(BaseModel):
    """A text, and at least one summary of it."""

    text: Annotated[str, BeforeValidator(_joined)] = Field(validation_alias=AliasChoices("text", "source", "document"))
    summaries: Annotated[list[str], BeforeValidator(_listed)] = Field(
        min_length=1, validation_alias=AliasChoices("summary", "target")
    )


def read_summaries(path: Path) -> list[Summarized]:
    """The rows of a file: `text` (or `source`, `document`) and `summary` (or `target`), one or a list of them.

    Rows whose text is empty, as XSum has them, are left out. Raises ValueError naming file, line and field.
    """
    with path.open(encoding="utf-8") as file:
        rows = [_row(line, f"{path}, line {number}") for number, line in enumerate(file, 1)]
    return [row for row in rows if row.text.strip()]


def _row(line: str, place: str) -> Summarized:
    try:
        return Summarized.model_validate_json(line)
    except ValidationError as error:
        raise ValueError(f"{place}: {told(error.errors()[0])}") from None

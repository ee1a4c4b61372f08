"""A function's model.toml as a file: read, validated, and its errors in a line."""

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

__all__ = ["SPEC_FILE", "PackagerError", "read", "told", "validated"]

SPEC_FILE = "model.toml"

Model = TypeVar("Model", bound=BaseModel)


class PackagerError(Exception):
    """Packaging cannot go on; the message names the file or field and what to do."""


def validated(model: type[Model], folder: Path) -> Model:
    """`folder`/model.toml as `model`. Raises PackagerError naming the file and the field."""
    try:
        return model.model_validate(read(folder))
    except ValidationError as error:
        raise PackagerError(f"{folder / SPEC_FILE}: {'; '.join(map(told, error.errors()))}") from None


def read(folder: Path) -> dict[str, Any]:
    """The tables of `folder`/model.toml. Raises PackagerError naming the file."""
    path = folder / SPEC_FILE
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PackagerError(f"{path} does not exist; functions with a model have one") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PackagerError(f"{path} is not TOML: {error}") from None


def told(error: ErrorDetails) -> str:
    """A pydantic error in a line: the field, and what is wrong."""
    place = ".".join(map(str, error["loc"]))
    return f"{place}: {error['msg']}".removeprefix(": ").replace("Value error, ", "")

"""The inputs that requests take: texts or token ids, one or several, and the path of each in its request.

A plain union would report every branch, under names that no request has (`input.list[constrained-int].0`). Here the
shape of the value picks the branch, and errors stand at the caller's own path.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

__all__ = [
    "StrictModel",
    "TextOrIds",
    "Texts",
    "TextsOrTokenIds",
    "TextsRequest",
    "TokenIds",
    "as_asked",
    "listed",
    "numbered",
    "one_or_several",
    "without_nulls",
]

T = TypeVar("T")

TextOrIds = str | tuple[int, ...]  # one input, as tasks get it

TokenIds = Annotated[list[Annotated[int, Field(strict=True)]], Field(min_length=1)]
_TextsUnion = str | list[str]
_TextsOrTokenIdsUnion = str | list[str] | TokenIds | list[TokenIds]

_texts: TypeAdapter[Any] = TypeAdapter(list[str])
_token_ids: TypeAdapter[Any] = TypeAdapter(TokenIds)
_lists_of_token_ids: TypeAdapter[Any] = TypeAdapter(list[TokenIds])


def _read_texts(value: object) -> object:
    match value:
        case str():
            return value
        case list():
            return _texts.validate_python(value)
    raise PydanticCustomError("texts_type", "Input should be a string or a list of strings")


def _read_texts_or_token_ids(value: object) -> object:
    match value:
        case [int() | float(), *_]:
            return _token_ids.validate_python(value)
        case [list(), *_]:
            return _lists_of_token_ids.validate_python(value)
        case str() | list():
            return _read_texts(value)
    raise PydanticCustomError("inputs_type", "Input should be a string, a list of strings, token ids or lists of them")


Texts = Annotated[_TextsUnion, PlainValidator(_read_texts, json_schema_input_type=_TextsUnion)]
TextsOrTokenIds = Annotated[
    _TextsOrTokenIdsUnion, PlainValidator(_read_texts_or_token_ids, json_schema_input_type=_TextsOrTokenIdsUnion)
]


def one_or_several(model: type[BaseModel]) -> Callable[[object], object]:
    """What reads a field that holds one `model` or a list of them, for PlainValidator."""
    several: TypeAdapter[Any] = TypeAdapter(list[model])  # type: ignore[valid-type]

    def read(value: object) -> object:
        match value:
            case list():
                return several.validate_python(value)
            case dict() | BaseModel():
                return model.model_validate(value)
        raise PydanticCustomError("objects_type", "Input should be an object or a list of objects")

    return read


def without_nulls(value: object) -> object:
    """An object less its fields that are null."""
    return {name: one for name, one in value.items() if one is not None} if isinstance(value, dict) else value


class StrictModel(BaseModel):
    """A request, or a part of one: what it does not know is refused, and null is as good as nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, value: object) -> object:
        return without_nulls(value)


class TextsRequest(StrictModel):
    """A request about one text or several."""

    inputs: Texts = Field(description="A text, or a list of texts.", examples=["The train leaves at nine."])
    model: str | None = Field(None, description="Any string; the header x-modelet-bundle names what served it.")

    @property
    def texts(self) -> list[str]:
        return listed(self.inputs)


def listed(inputs: T | list[T]) -> list[T]:
    """One input, or several, as a list."""
    return inputs if isinstance(inputs, list) else [inputs]


def as_asked(inputs: object, answers: list[T]) -> T | list[T]:
    """The `answers` to a list of inputs, or the one to what was no list."""
    return answers if isinstance(inputs, list) else answers[0]


def numbered(field: str, items: Sequence[T]) -> list[tuple[str, T]]:
    """`items`, each under its path in the request: `field` if there is one, else `field.0`, `field.1`, ..."""
    return [(f"{field}.{index}" if len(items) > 1 else field, item) for index, item in enumerate(items)]

"""The inputs that requests take: texts or token ids, one or several.

A plain union would report every branch, under names that no request has (`input.list[constrained-int].0`). Here the
shape of the value picks the branch, and errors stand at the caller's own path.
"""

from typing import Annotated, Any

from pydantic import Field, PlainValidator, TypeAdapter
from pydantic_core import PydanticCustomError

__all__ = ["TextOrIds", "Texts", "TextsOrTokenIds", "TokenIds"]

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

"""Errors of inputs stand at the caller's own path, whatever shapes a field takes."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from modelet.inputs import Texts, TextsOrTokenIds


class Both(BaseModel):
    texts: Texts = ""
    either: TextsOrTokenIds = ""


@pytest.mark.parametrize("value", ["", "a", [], ["a", "b"]])
def test_texts_are_taken_as_they_are(value: Any) -> None:
    assert Both(texts=value, either=value) == Both.model_construct(texts=value, either=value)


@pytest.mark.parametrize("value", [[1], [1, 2], [[1], [2, 3]], [10**30]])
def test_token_ids_are_taken_as_they_are(value: Any) -> None:
    assert Both(either=value).either == value


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("texts", 1, ()),
        ("texts", {"a": "b"}, ()),
        ("texts", None, ()),
        ("texts", b"bytes", ()),
        ("texts", [1], (0,)),
        ("texts", ["a", None, "b"], (1,)),
        ("either", 1.5, ()),
        ("either", True, ()),
        ("either", {}, ()),
        ("either", ["a", 1], (1,)),
        ("either", ["a", [1]], (1,)),
        ("either", [1, "a"], (1,)),
        ("either", [1.0], (0,)),
        ("either", [True], (0,)),
        ("either", [[1], "a"], (1,)),
        ("either", [[1], [2, "a"]], (1, 1)),
        ("either", [[1], []], (1,)),
        ("either", [{}], (0,)),
    ],
)
def test_one_error_at_the_callers_path(field: str, value: Any, where: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        Both.model_validate({field: value})
    [error] = caught.value.errors()
    assert error["loc"] == (field, *where)
    assert error["msg"].startswith(("Input should be", "List should have"))


def test_the_schema_is_the_unions() -> None:
    properties = Both.model_json_schema()["properties"]
    texts: list[dict[str, Any]] = [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
    ids = {"type": "array", "items": {"type": "integer"}, "minItems": 1}
    assert properties["texts"]["anyOf"] == texts
    assert properties["either"]["anyOf"] == [*texts, ids, {"type": "array", "items": ids}]

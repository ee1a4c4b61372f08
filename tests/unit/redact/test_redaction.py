"""The request, the answer, and what is between them."""

from typing import Any, get_args

import numpy as np
import pytest
from pydantic import ValidationError

from functions.redact.entities import ENTITIES
from functions.redact.masking import Masker
from functions.redact.redaction import redact
from functions.redact.schema import Entity, Parameters, RedactRequest
from functions.redact.spans import Span
from functions.redact.words import WordReader
from modelet.errors import BundleError
from modelet.tasks.token_classification import Tagging

TEXT = "Ada lives in Oslo: ada@example.org"
WORDS = [Span(0, 3, "PERSON", 0.9, "model"), Span(13, 17, "LOCATION", 0.9, "model")]


def redacted(**parameters: Any) -> tuple[str, list[str]]:
    redaction = redact(TEXT, WORDS, Parameters(**parameters), Masker("key"))
    return redaction.text, [span.type for span in redaction.spans]


def test_redacts() -> None:
    assert redacted() == ("*** lives in Oslo: ***************", ["PERSON", "EMAIL_ADDRESS"])
    assert redacted(mode="label", entities=["LOCATION"]) == ("Ada lives in [LOCATION]: ada@example.org", ["LOCATION"])
    assert redacted(entities=[]) == (TEXT, [])
    assert redacted(threshold=0.95)[1] == ["EMAIL_ADDRESS"]


def test_entities_are_those_of_the_table() -> None:
    assert get_args(Entity) == tuple(ENTITIES)


def test_the_schema_says_what_an_entity_is() -> None:
    described = Parameters.model_json_schema()["properties"]["entities"]["description"]
    assert "all but LOCATION." in described
    assert all(f"- `{entity}`: {meaning}" in described for entity, meaning in ENTITIES.items())


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "inputs"),
        ({"inputs": 3}, "inputs"),
        ({"inputs": "a", "user": "b"}, "user"),
        ({"inputs": "a", "parameters": {"mode": "sha"}}, "mode"),
        ({"inputs": "a", "parameters": {"threshold": 0}}, "threshold"),
        ({"inputs": "a", "parameters": {"entities": ["PERSONS"]}}, "entities"),
    ],
)
def test_bad_requests_name_the_field(body: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        RedactRequest.model_validate(body)


LABELS = ("O", "B-GIVEN_NAME", "I-SURNAME", "B-CITY")


def test_words_add_up_the_labels_of_an_entity() -> None:
    probabilities = np.array([[0.2, 0.3, 0.4, 0.1], [0.985, 0.005, 0.005, 0.005], [0.0, 0.0, 0.0, 1.0]], np.float32)
    tagging = Tagging(np.array([[0, 3], [4, 9], [13, 17]]), probabilities, tokens=3)
    assert [(word.of(TEXT), word.type, round(word.score, 3)) for word in WordReader(LABELS)(tagging)] == [
        ("Ada", "PERSON", 0.7),
        ("Oslo", "LOCATION", 1.0),
    ]


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(BundleError, match="B-PLANET"):
        WordReader(["O", "B-PLANET"])

"""Answers of every service in a line."""

import base64
import json
from typing import Any

import pytest

from workbench.answers import SHORT, in_short

LABELS = [{"label": "joy", "score": 0.9}, {"label": "fear", "score": 0.05}]
ENTITY = {"entity_group": "PER", "word": "Ada", "score": 0.9, "start": 0, "end": 3}


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ({"data": [{"embedding": "AAAA" * 9}, {"embedding": "AAAA" * 9}]}, "2 in base64: AAAAAAAAAAAAAAAA..."),
        ({"data": [{"embedding": [0.5, 0.25, -1, 2]}]}, "1 x 4: [0.500, 0.250, -1.000, ...]"),
        ([[0.5, 0.25, -1.0, 2.0]], "1 x 4: [0.500, 0.250, -1.000, ...]"),
        ([0.5, 0.25, -1.0, 0.125], "[0.500, 0.250, -1.000, ...]"),
        ({"text": "[PERSON] called.", "spans": []}, "[PERSON] called."),
        ([{"text": "[PERSON] called.", "spans": []}], "[PERSON] called."),
        ([{"summary_text": "In short.", "sentences": []}], "In short."),
        ([LABELS], "joy 0.900, fear 0.050"),
        (LABELS, "joy 0.900, fear 0.050"),
        ([LABELS[:1], LABELS[1:]], "joy 0.900; fear 0.050"),
        ([ENTITY, ENTITY | {"word": "Bob"}], "PER Ada, PER Bob"),
        ([], ""),
        ({"answer": "at nine", "score": 0.75, "start": 0, "end": 7}, '"at nine" 0.750'),
        ({"id": "x", "results": [{"index": 3, "relevance_score": 0.9}], "meta": {}}, "3: 0.900"),
        ([{"index": 3, "score": 0.9, "text": "t"}, {"index": 0, "score": 0.1}], "3: 0.900, 0: 0.100"),
        ({"error": {"message": "input: must not be empty"}}, "input: must not be empty"),
        ({"title": "Unprocessable", "detail": "inputs: must not be empty"}, "inputs: must not be empty"),
        ({"answer": "a" * 90, "score": 0.5}, '"' + "a" * (SHORT - 8) + "..."),
    ],
)
def test_a_response_in_a_line(body: Any, line: str) -> None:
    assert in_short({"statusCode": 200, "body": json.dumps(body)}, {}) == f"200 {line}"


def test_a_response_in_base64() -> None:
    body = base64.b64encode(json.dumps(LABELS).encode()).decode()
    assert in_short({"statusCode": 200, "body": body, "isBase64Encoded": True}, {}) == "200 joy 0.900, fear 0.050"


@pytest.mark.parametrize(
    ("failed", "line"), [([], "3 of 3 messages answered"), (["a"], "2 of 3 messages answered, 1 refused")]
)
def test_a_batch_in_a_line(failed: list[str], line: str) -> None:
    answer = {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}
    assert in_short(answer, {"Records": [{}, {}, {}]}) == line

"""Recall and precision on a labelled file."""

import json
from pathlib import Path
from typing import Any

import pytest

from functions.redact.spans import Span
from workbench.evaluation.redact import TypeScore, evaluate

TEXT = "Ada, 4111111111111111, Oslo"
LABELS = [("PERSON", 0, 3), ("IBAN_CODE", 5, 21), ("GPE", 23, 27)]


def write(folder: Path, rows: Any) -> Path:
    path = folder / "labelled.json"
    path.write_text(json.dumps(rows))
    return path


def row(*labels: tuple[str, int, int]) -> dict[str, Any]:
    spans = [{"entity_type": t, "entity_value": "", "start_position": a, "end_position": b} for t, a, b in labels]
    return {"full_text": TEXT, "masked": "", "spans": spans, "template_id": 1}


def test_counts(tmp_path: Path) -> None:
    found = [
        Span(0, 2, "PERSON", 1, "model"),
        Span(5, 21, "CREDIT_CARD", 1, "checked"),
        Span(21, 22, "URL", 1, "model"),
    ]
    assert evaluate(lambda texts: [found for _ in texts], write(tmp_path, [row(*LABELS)])) == [
        TypeScore("CREDIT_CARD", 0, None, None, None, 1, 1.0),
        TypeScore("IBAN", 1, 0.0, 1.0, 1.0, 0, None),
        TypeScore("LOCATION", 1, 0.0, 0.0, 0.0, 0, None),
        TypeScore("PERSON", 1, 1.0, 1.0, 2 / 3, 1, 1.0),
        TypeScore("URL", 0, None, None, None, 1, 0.0),
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"rows": []}, r"labelled\.json: the file: .*array"),
        ([row(), {"full_text": "a"}], r"row 1\.spans: Field required"),
        ([row(), row(("PERSON", 0, "x"))], r"row 1\.spans\.0\.end_position: .*integer"),  # type: ignore[arg-type]
        ([row(("PERSON", 20, 99))], r"row 0\.spans\.0: 20 to 99 is no span of a text of 27 characters"),
    ],
)
def test_malformed_rows_are_named(tmp_path: Path, rows: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate(lambda texts: [[] for _ in texts], write(tmp_path, rows))

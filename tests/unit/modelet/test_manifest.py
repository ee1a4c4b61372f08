"""The manifest: what it refuses, and what its digest stands for."""

from typing import Any

import pytest
from pydantic import ValidationError

from modelet.manifest import CARD_FILE, Check, Limits, Manifest

FILES = {"model.onnx": "a" * 64, "tokenizer.json": "b" * 64}
DECLARED: dict[str, Any] = {
    "name": "tiny",
    "version": "1.0.0",
    "task": "embedding",
    "precision": "int8",
    "limits": {"max_tokens": 16},
    "source": {"uris": ["file:here"], "sha256": "c" * 64},
    "license": {"spdx": "CC0-1.0", "attribution": "nobody"},
    "recipe": {"bits": {}},
    "optimize": False,
    "files": FILES,
}


def manifest(**changes: Any) -> Manifest:
    return Manifest.model_validate(DECLARED | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"gate": [{"name": "mean cosine", "value": 0.9, "limit": 0.998}]},
        {"files": FILES | {CARD_FILE: "d" * 64}},
        {"files": dict(reversed(FILES.items()))},
    ],
)
def test_gate_and_card_do_not_change_the_digest(changes: dict[str, Any]) -> None:
    assert manifest(**changes).digest == manifest().digest


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "1.0.1"},
        {"precision": "fp32"},
        {"labels": ["O"]},
        {"limits": {"max_tokens": 16, "overlap": 4}},
        {"recipe": {"bits": {"up": 7}}},
        {"optimize": True},
        {"files": FILES | {"model.onnx": "e" * 64}},
    ],
)
def test_what_decides_an_answer_changes_the_digest(changes: dict[str, Any]) -> None:
    assert manifest(**changes).digest != manifest().digest


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"schema_version": 2}, "schema_version"),
        ({"name": "../etc"}, "name"),
        ({"name": ""}, "name"),
        ({"version": "1.0"}, "version"),
        ({"task": "divination"}, "task"),
        ({"limits": {"max_tokens": 0}}, r"limits\.max_tokens"),
        ({"limits": {"max_tokens": 16, "overlap": 8}}, "less than half"),
        ({"files": {"tokenizer.json": "a" * 64}}, r"files lacks model\.onnx"),
        ({"activation": "softmax"}, "activation: classifiers have one"),
        ({"task": "text-classification"}, "activation: classifiers have one"),
        ({"task": "text-classification", "activation": "relu"}, "activation"),
        ({"files": FILES | {"model.onnx": "A"}}, r"files\.`model\.onnx`"),
        ({"files": FILES | {"../secret": "a" * 64}}, r"outside of the bundle: \.\./secret"),
        ({"files": FILES | {"/etc/passwd": "a" * 64}}, "outside of the bundle: /etc/passwd"),
        ({"license": {"spdx": "", "attribution": "nobody"}}, r"license\.spdx"),
        ({"source": {"uris": [], "sha256": "c" * 64}}, r"source\.uris"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_declaration_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        manifest(**changes)


@pytest.mark.parametrize(
    ("value", "at_most", "passed"), [(0.5, False, True), (0.4, False, False), (0.5, True, True), (0.6, True, False)]
)
def test_a_check_has_a_side(value: float, at_most: bool, passed: bool) -> None:
    check = Check(name="x", value=value, limit=0.5, at_most=at_most)
    assert check.passed is passed
    assert manifest(gate=[check.model_dump()]).passed is passed


def test_identity_and_round_trip() -> None:
    written = manifest()
    assert written.id == "tiny@1.0.0"
    assert Manifest.model_validate_json(written.model_dump_json()) == written
    assert written.limits == Limits(max_tokens=16, overlap=0)

"""The texts that ship for calibration and gates are what their README says: many, distinct, of many lengths."""

import json
from collections import Counter
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from stdnum import iban, luhn
from stdnum.us import ssn

ROOT = Path(__file__).parents[2]
TEXTS = ROOT / "workbench" / "packager" / "texts"
PII: list[dict[str, Any]] = json.loads((ROOT / "functions" / "redact" / "gate.json").read_text("utf-8"))


def lines(path: Path) -> list[str]:
    return path.read_text("utf-8").removesuffix("\n").split("\n")


def labelled(kind: str) -> list[str]:
    return [item["text"][span["start"] : span["end"]] for item in PII for span in item["spans"] if span["type"] == kind]


CALIBRATION, GATE = lines(TEXTS / "calibration.txt"), lines(TEXTS / "gate.txt")
CLEAN = lines(ROOT / "tests" / "data" / "clean_sentences.txt")


@pytest.mark.parametrize(("texts", "least"), [(CALIBRATION, 300), (GATE, 200), (CLEAN, 200)])
def test_lines_are_many_and_distinct(texts: list[str], least: int) -> None:
    assert len(texts) >= least
    assert len({text.casefold() for text in texts}) == len(texts)
    assert all(text == text.strip() != "" for text in texts)


@pytest.mark.parametrize("texts", [CALIBRATION, GATE])
def test_lengths_are_mostly_short_with_a_long_tail(texts: list[str]) -> None:
    lengths = [len(text) for text in texts]
    assert 40 <= median(lengths) <= 120
    assert sum(length <= 12 for length in lengths) >= 15
    assert sum(300 <= length < 800 for length in lengths) >= 10
    assert sum(800 <= length <= 1500 for length in lengths) >= 5
    assert max(lengths) <= 1500


def test_gate_and_calibration_are_disjoint() -> None:
    assert not set(CALIBRATION) & set(GATE)


def test_the_readme_counts_the_lines() -> None:
    readme = (TEXTS / "README.md").read_text("utf-8")
    assert f"| `calibration.txt` | {len(CALIBRATION)} |" in readme
    assert f"| `gate.txt` | {len(GATE)} |" in readme


def test_pii_spans_lie_in_their_text_in_order() -> None:
    for item in PII:
        bounds = [bound for span in item["spans"] for bound in (span["start"], span["end"])]
        assert bounds == sorted(set(bounds)), item
        assert all(0 <= bound <= len(item["text"]) for bound in bounds), item


def test_pii_covers_every_type_and_nothing() -> None:
    kinds = Counter(span["type"] for item in PII for span in item["spans"])
    assert len(kinds) == 9
    assert min(kinds.values()) >= 8
    assert sum(not item["spans"] for item in PII) >= 40


@pytest.mark.parametrize(
    ("kind", "valid"),
    [
        ("CREDIT_CARD", lambda value: luhn.is_valid(value.replace(" ", "").replace("-", ""))),
        ("IBAN", lambda value: iban.is_valid(value, check_country=False)),
        ("US_SSN", lambda value: ssn.is_valid(value.replace(" ", "-"))),
        ("IP_ADDRESS", lambda value: bool(ip_address(value))),
        ("EMAIL_ADDRESS", lambda value: value.count("@") == 1 and not any(map(str.isspace, value))),
        ("PERSON", lambda value: value == value.strip(" .,;:")),
    ],
)
def test_pii_values_are_what_their_label_says(kind: str, valid: Callable[[str], bool]) -> None:
    assert [value for value in labelled(kind) if not valid(value)] == []

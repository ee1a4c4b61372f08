"""redact through its handlers: shapes, exact offsets, long texts, and a worker that agrees."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.redact.masking import Masker
from tests.integration.conftest import Invoke, Post, answer, sqs_event, work
from workbench.local.routing import read_event
from workbench.local.template import Template

UseKey = Callable[[str | None], None]

REDACT = "/v1/redact"
CARD, MAIL, PHONE = "4111 1111 1111 1111", "maria.lindqvist@example.com", "+44 20 7946 0958"
KINDS = {"CREDIT_CARD": CARD, "EMAIL_ADDRESS": MAIL, "PHONE_NUMBER": PHONE}


@pytest.fixture
def use_key(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> UseKey:
    """Sets what the functions took from MODELET_HASH_KEY when they were imported."""
    from functions.redact import service

    return lambda key: monkeypatch.setattr(service, "_masker", Masker(key))


def redact(post: Post, inputs: str | list[str], **parameters: object) -> Any:
    response = post(REDACT, {"inputs": inputs, "parameters": parameters})
    assert response.status == 200, response.body
    assert dict(response.headers)["x-modelet-bundle"] == "rampart@1.4.0"
    return answer(response)


def found(text: str, redaction: dict[str, Any]) -> list[tuple[str, str]]:
    return [(span["type"], text[span["start"] : span["end"]]) for span in redaction["spans"]]


def test_a_text_gives_an_answer_and_a_list_a_list(post: Post) -> None:
    text = f"Write to {MAIL} today."
    one = redact(post, text)
    assert one.keys() == {"text", "spans"}
    assert one["spans"][0].keys() == {"type", "start", "end", "score", "recognizer"}
    assert found(text, one) == [("EMAIL_ADDRESS", MAIL)]
    assert redact(post, [text]) == [one]
    assert redact(post, ["Nothing here.", text]) == [{"text": "Nothing here.", "spans": []}, one]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("mask", f"Pay {'*' * len(CARD)} now."),
        ("label", "Pay [CREDIT_CARD] now."),
    ],
)
def test_modes(post: Post, mode: str, expected: str) -> None:
    assert redact(post, f"Pay {CARD} now.", mode=mode)["text"] == expected


def test_hashes_name_equal_values_equally(post: Post, use_key: UseKey) -> None:
    use_key("a key of sixteen")
    first, second = redact(post, [f"Pay {CARD}, then {CARD}.", f"Pay {CARD} and {MAIL}."], mode="hash")
    pseudonym = first["text"].split()[1].rstrip(",")
    assert pseudonym.startswith("[CREDIT_CARD:")
    assert first["text"] == f"Pay {pseudonym}, then {pseudonym}."
    assert second["text"].startswith(f"Pay {pseudonym} and [EMAIL_ADDRESS:")


def test_hash_without_a_key_is_refused(post: Post, use_key: UseKey) -> None:
    use_key(None)
    response = post(REDACT, {"inputs": f"Pay {CARD} now.", "parameters": {"mode": "hash"}})
    assert response.status == 422
    assert answer(response)["detail"] == "parameters.mode: hash needs the setting MODELET_HASH_KEY"


def test_a_record_that_asks_for_a_hash_without_a_key_fails_alone(use_key: UseKey) -> None:
    use_key(None)
    bodies = [{"inputs": f"Pay {CARD}.", "parameters": {"mode": mode}} for mode in ("hash", "label")]
    results, reply = redact_queued(sqs_event("RedactQueue", *bodies))
    assert reply == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert results["m1"]["text"] == "Pay [CREDIT_CARD]."


def test_only_the_entities_that_are_asked_for(post: Post) -> None:
    text = f"{MAIL} paid with {CARD}."
    assert found(text, redact(post, text, entities=["CREDIT_CARD"])) == [("CREDIT_CARD", CARD)]
    assert redact(post, text, entities=[]) == {"text": text, "spans": []}


STRANGE = [
    "\N{GRINNING FACE}",
    "\N{FAMILY}\N{ZERO WIDTH JOINER}\N{GRINNING FACE}",
    "\N{REGIONAL INDICATOR SYMBOL LETTER D}\N{REGIONAL INDICATOR SYMBOL LETTER E}",
    "e\N{COMBINING ACUTE ACCENT}",
    "\N{LATIN SMALL LIGATURE FI}",
    "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}stanbul",
    "\N{CJK UNIFIED IDEOGRAPH-6771}",
    "\N{ARABIC LETTER ALEF}",
    "\N{RIGHT-TO-LEFT OVERRIDE}",
    "\0",
    "\r\n",
    "\N{BYTE ORDER MARK}",
]


@pytest.mark.parametrize("strange", STRANGE, ids=ascii)
@pytest.mark.parametrize("kind", KINDS)
def test_offsets_are_exact_code_points(post: Post, strange: str, kind: str) -> None:
    text = f"{strange * 3} ok. Use {KINDS[kind]} please. {strange}"
    redaction = redact(post, text)
    assert (kind, KINDS[kind]) in found(text, redaction)
    assert len(redaction["text"]) == len(text)


@settings(max_examples=40, deadline=None)
@given(before=st.text(max_size=40), after=st.text(max_size=40))
def test_what_is_no_span_is_unchanged(post: Post, before: str, after: str) -> None:
    text = f"{before} Use {MAIL} please. {after}"
    redaction = redact(post, text)
    hidden = {index for span in redaction["spans"] for index in range(span["start"], span["end"])}
    assert len(redaction["text"]) == len(text)
    assert all(redaction["text"][index] == character for index, character in enumerate(text) if index not in hidden)
    assert set(range(text.index(MAIL), text.index(MAIL) + len(MAIL))) <= hidden


def test_a_long_text_is_read_to_its_end(post: Post) -> None:
    filler = "The committee met on Tuesday and agreed on the budget for the coming year. "
    ending = f"Ask Maria Lindqvist, {MAIL} or {PHONE}, about card {CARD}."
    text = filler * ((50_000 - len(ending)) // len(filler)) + ending
    spans = found(text, redact(post, text))
    assert {*KINDS.items(), ("PERSON", "Maria Lindqvist")} <= set(spans)
    assert len(spans) == 4


def redact_queued(event: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    from functions.redact.service import redactions

    return work(redactions, event)


def test_the_worker_agrees_with_http(template: Template, post: Post, invoke: Invoke, use_key: UseKey) -> None:
    use_key("a key of sixteen")
    event = read_event(template.root / "events" / "sqs_redact.json")
    results, reply = redact_queued(event)
    right, broken, last = event["Records"]
    assert reply == {"batchItemFailures": [{"itemIdentifier": broken["messageId"]}]} == invoke(event)
    for record in (right, last):
        expected = answer(post(REDACT, json.loads(record["body"])))
        assert results.pop(record["messageId"]) == expected
    assert results == {}


@pytest.mark.usefixtures("bundles")
def test_records_with_equal_texts_keep_their_own_parameters() -> None:
    bodies = [{"inputs": f"Pay {CARD}.", "parameters": {"mode": mode}} for mode in ("mask", "label")]
    results, _ = redact_queued(sqs_event("RedactQueue", *bodies))
    assert [results[name]["text"] for name in ("m0", "m1")] == [f"Pay {'*' * len(CARD)}.", "Pay [CREDIT_CARD]."]


@pytest.mark.parametrize("name", ["http_redact", "http_redact_label"])
def test_events_are_answered(template: Template, invoke: Invoke, name: str) -> None:
    result = invoke(read_event(template.root / "events" / f"{name}.json"))
    assert result["statusCode"] == 200
    assert MAIL not in result["body"]
    assert CARD not in result["body"]

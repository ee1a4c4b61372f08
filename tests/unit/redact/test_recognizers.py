"""What the recognisers prove, and what they must leave alone."""

import re
from pathlib import Path

import pytest

from functions.redact import shapes
from functions.redact.context import announced
from functions.redact.recognizers import RECOGNIZERS, recognize
from functions.redact.spans import disjoint

CLEAN = Path(__file__).parents[2] / "data" / "clean_sentences.txt"

PROVEN = [
    ("CREDIT_CARD", "pay with 4111111111111111 today", "4111111111111111"),
    ("CREDIT_CARD", "4111 1111 1111 1111 12/26", "4111 1111 1111 1111"),
    ("CREDIT_CARD", "5555-5555-5555-4444,", "5555-5555-5555-4444"),
    ("CREDIT_CARD", "(378282246310005)", "378282246310005"),
    ("CREDIT_CARD", "3782 822463 10005", "3782 822463 10005"),
    ("IBAN", "to GB82WEST12345698765432 now", "GB82WEST12345698765432"),
    ("IBAN", "gb82 west 1234 5698 7654 32 to pay", "gb82 west 1234 5698 7654 32"),
    ("IBAN", "IBAN:DE89370400440532013000.", "DE89370400440532013000"),
    ("US_SSN", "it is 536-90-4399.", "536-90-4399"),
    ("PHONE_NUMBER", "at (212) 555-0123, please", "(212) 555-0123"),
    ("PHONE_NUMBER", "212.555.0123 ext. 45 or", "212.555.0123 ext. 45"),
    ("PHONE_NUMBER", "+44 20 7946 0958-Office", "+44 20 7946 0958"),
    ("PHONE_NUMBER", "+46 (0)8 928 571 38", "+46 (0)8 928 571 38"),
    ("PHONE_NUMBER", "001-518-640-0854", "001-518-640-0854"),
    ("EMAIL_ADDRESS", "mail <first.last+tag@sub.example.co.uk>.", "first.last+tag@sub.example.co.uk"),
    ("EMAIL_ADDRESS", "mailto:ada@example.org", "ada@example.org"),
    ("EMAIL_ADDRESS", "ada@example.org/work", "ada@example.org"),
    ("EMAIL_ADDRESS", "hackers' SueD@example.com.", "SueD@example.com"),
    ("EMAIL_ADDRESS", "Zoë@bücher.example", "Zoë@bücher.example"),
    ("URL", "see https://example.com/a_(b)?q=1#f.", "https://example.com/a_(b)?q=1#f"),
    (
        "URL",
        "at https://ada:s3cret@host.example/path?u=ada.lovelace.",
        "https://ada:s3cret@host.example/path?u=ada.lovelace",
    ),
    ("URL", "(www.example.org)", "www.example.org"),
    ("URL", "our shop example.co.uk/offers, or", "example.co.uk/offers"),
    ("URL", "see bit.ly/3xYz.", "bit.ly/3xYz"),
    ("IP_ADDRESS", "|86.121.97.248|", "86.121.97.248"),
    ("IP_ADDRESS", "from 10.0.0.0/8.", "10.0.0.0/8"),
    ("IP_ADDRESS", "at 2001:db8::8a2e:370:7334, port", "2001:db8::8a2e:370:7334"),
    ("IP_ADDRESS", "[fe80::1%eth0]", "fe80::1%eth0"),
]
UNPROVEN = [
    "4111111111111112",  # check digit
    "1234567812345670",  # no network issues these
    "00340434161094042557",
    "GB82WEST12345698765433",
    "536-90-43990",
    "000-12-3456",
    "666-12-3456",
    "2004-04-16 11:34:35",
    "11:34:35",
    "16/02/1942",
    "+1 000 000 0000",
    "(898) 666-3621",
    "978-3-16-148410-0",
    "256.1.1.1",
    "1.2.3.4.5",
    "version 1.2.3.4",
    "std::vector a::b",
    "README.md and e.g. Node.js",
    "docs/readme.md, and/or 1.5/2 e.g./i.e.",
    "user@localhost",
    "@handle",
    "12,480 of 1.25",
    "http://",
]
ADVERSARIAL = [
    "1",
    "1.",
    "1 ",
    "1-",
    "(1)",
    "+1",
    "@",
    "a@",
    "a@a.",
    "a.",
    "a-",
    ":",
    "1:",
    "aa11 ",
    "aa11",
    "www.",
    "http://)",
]


def found(text: str) -> list[tuple[str, str]]:
    return [(span.type, span.of(text)) for span in disjoint(recognize(text))]


@pytest.mark.parametrize(("entity", "text", "value"), PROVEN)
def test_proves(entity: str, text: str, value: str) -> None:
    assert found(text) == [(entity, value)]


@pytest.mark.parametrize("text", UNPROVEN)
def test_leaves_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("my card no. 587428561655 is lost", "CREDIT_CARD", "587428561655"),
        ("SSN 536904399", "US_SSN", "536904399"),
        ("call me at 467 3395", "PHONE_NUMBER", "467 3395"),
        ("call +1 000 000 0000", "PHONE_NUMBER", "+1 000 000 0000"),
        ("What is your card? 3522235032377454", "CREDIT_CARD", "3522235032377454"),
        ("Fax: 01.84.17.61.18", "PHONE_NUMBER", "01.84.17.61.18"),
        ("IBAN GB82WEST12345698765433", "IBAN", "GB82WEST12345698765433"),
    ],
)
def test_announcement_is_enough(text: str, entity: str, value: str) -> None:
    assert [(span.type, span.of(text)) for span in announced(text)] == [(entity, value)]


@pytest.mark.parametrize(
    "text",
    [
        "call me on 2024-05-01",
        "the phone has sold 12000000 times",
        "card order 123456789012",
        "the message holds 1000000 characters",
    ],
)
def test_announcement_of_something_else(text: str) -> None:
    assert list(announced(text)) == []


def test_clean_sentences_hold_nothing_provable() -> None:
    sentences = CLEAN.read_text(encoding="utf-8").splitlines()
    spans = [span.of(text) for text in sentences for span in (*recognize(text), *announced(text))]
    assert len(sentences) == 200
    assert spans == []


@pytest.mark.parametrize("unit", ADVERSARIAL)
def test_work_is_linear(unit: str) -> None:
    """The characters given to checks, counted: for each character of the text at most the longest candidate."""
    text = (unit * 20_000)[:20_000]
    for recognizer in RECOGNIZERS:
        checked, match = 0, recognizer.pattern.search(text)
        while match:
            length = recognizer.prove(match[0])
            checked += len(match[0])
            match = recognizer.pattern.search(text, match.start() + max(length, 1))
        assert checked <= 40 * len(text), recognizer.entity


@pytest.mark.parametrize("name", shapes.__all__)
def test_patterns_repeat_boundedly(name: str) -> None:
    """Every repeat without an upper bound is possessive: nothing is tried twice."""
    pattern: re.Pattern[str] = getattr(shapes, name)
    outside_classes = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "x", pattern.pattern)
    assert not set(re.sub(r"[*+}]\+", "", outside_classes)) & set("*+")

"""Words that announce what follows: "my card ...", "call me at ...", "SSN: ...".

A number that proves nothing by itself (a card whose check digit was mistyped, a telephone number in a national
format) is what the words before it say it is.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from functions.redact.phones import may_be_phone_number
from functions.redact.shapes import CARD_LIKE, IBAN, NINE_DIGITS, PHONE
from functions.redact.spans import Span

__all__ = ["IMPERSONAL", "announced", "announced_type", "is_linked"]

IMPERSONAL: Final = "IMPERSONAL"
_WORDS: Final[dict[str, str]] = {
    "PHONE_NUMBER": r"call|calls|calling|phones?|mobile|cell|cellphone|tel|telephone|fax|dial|ring|text|sms|whatsapp|"
    r"messages?|answering|reach|contact|hotline|landline|voicemail",
    "CREDIT_CARD": r"cards?|cc|visa|mastercard|amex|american express|discover|maestro|diners(?: club)?",
    "IBAN": r"iban",
    "US_SSN": r"ssn|ss\#|social(?: security)?",
    "BANK_ACCOUNT": r"account|acct|a/c",
    "ROUTING_NUMBER": r"routing|aba|sort code",
    "PASSPORT": r"passport",
    "DRIVERS_LICENSE": r"driver['\u2019]?s['\u2019]? licen[cs]e|driving licen[cs]e",
    "TAX_ID": r"tax|tin|itin|ein|vat",
    IMPERSONAL: r"isbn|issn|doi|order|invoice|tracking|parcel|package|shipment|delivery|consignment|waybill|container|"
    r"serial|part|batch|lot|sku|model|version|build|release|commit|request|ticket|ref|reference|code|voucher|issue|error|"
    r"port|flight|article|section|chapter|page",
}
_ANNOUNCEMENT: Final = re.compile(
    r"(?<!\w)(?:" + "|".join(f"(?P<{entity}>{words})" for entity, words in _WORDS.items()) + r")(?!\w)", re.IGNORECASE
)
_LINK: Final = re.compile(
    r"(?:[\s:#.,?=()-]|(?:at|confirmation|her|him|id|identification|is|it|me|my|new|no|nr|number|numbers|on|our|"
    r"registered|the|them|this|to|us|was)(?!\w))*+"
    r"(?:[a-z]{1,3}-)?",  # of the number itself, as in "D-2270"
    re.IGNORECASE,
)
_REACH: Final = 40  # characters before a number in which its announcement may stand
_SCORE: Final = 0.85
# Numbers that an announcement alone is enough for; for the others the model must agree.
_SHAPES: Final[tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...]] = (
    ("IBAN", IBAN, bool),
    ("CREDIT_CARD", CARD_LIKE, bool),
    ("US_SSN", NINE_DIGITS, bool),
    ("PHONE_NUMBER", PHONE, may_be_phone_number),
)


def is_linked(text: str, end: int, start: int) -> bool:
    """Whether an announcement that ends at `end` is of what begins at `start`: "number is" or so between."""
    return _LINK.fullmatch(text, end, start) is not None


def announced_type(text: str, start: int) -> str | None:
    """What the words just before `start` say that it is, if they say anything."""
    announcements = list(_ANNOUNCEMENT.finditer(text, max(0, start - _REACH), start))
    if announcements and is_linked(text, announcements[-1].end(), start):
        return announcements[-1].lastgroup
    return None


def announced(text: str) -> Iterator[Span]:
    """Every span of `text` that has the shape for which the words just before it ask."""
    for entity, shape, plausible in _SHAPES:
        for match in shape.finditer(text):
            if announced_type(text, match.start()) == entity and plausible(match[0]):
                yield Span(match.start(), match.end(), entity, _SCORE, "context")

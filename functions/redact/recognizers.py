"""Recognisers: a pattern that proposes, and a check that proves.

Every pattern is bounded in length, or cannot start again inside what it has passed: the search takes time linear
in the text, whatever the text.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from stdnum import iban
from stdnum.us import ssn

from functions.redact.cards import is_card_number
from functions.redact.phones import is_phone_number
from functions.redact.shapes import CARD, DOMAIN, EMAIL, IBAN, IPV4, IPV6, PHONE, SSN, WEB_ADDRESS
from functions.redact.spans import Span

__all__ = ["RECOGNIZERS", "Recognizer", "recognize"]


class Recognizer(NamedTuple):
    """`prove` gives how many characters of a match, from its beginning, are proven to be an `entity`."""

    entity: str
    pattern: re.Pattern[str]
    prove: Callable[[str], int]


def _if(valid: Callable[[str], bool]) -> Callable[[str], int]:
    return lambda candidate: len(candidate) if valid(candidate) else 0


def _longest(valid: Callable[[str], bool]) -> Callable[[str], int]:
    """Proves the longest valid beginning in whole groups: the last groups may be what follows the number."""

    def prove(candidate: str) -> int:
        end = len(candidate)
        while end > 0 and not valid(candidate[:end]):
            end = max(candidate.rfind(" ", 0, end), candidate.rfind("-", 0, end))
        return max(end, 0)

    return prove


def _is_iban(candidate: str) -> bool:
    return bool(iban.is_valid(candidate, check_country=False))


def _is_ip(candidate: str) -> bool:
    try:
        ipaddress.ip_interface(candidate)
    except ValueError:
        return False
    return True


def _without_punctuation(address: str) -> int:
    """The length of a web address without the punctuation of the sentence around it."""
    return len(address.rstrip(".,;:!?'*|]}" if "(" in address else ".,;:!?'*|]})"))


# In the order in which they win where two overlap.
RECOGNIZERS: Final = (
    Recognizer("URL", WEB_ADDRESS, _without_punctuation),  # its "user:password@host" is no e-mail address
    Recognizer("EMAIL_ADDRESS", EMAIL, len),
    Recognizer("URL", DOMAIN, _without_punctuation),
    Recognizer("IBAN", IBAN, _longest(_is_iban)),
    Recognizer("CREDIT_CARD", CARD, _longest(is_card_number)),
    Recognizer("US_SSN", SSN, _if(ssn.is_valid)),
    Recognizer("IP_ADDRESS", IPV4, _if(_is_ip)),
    Recognizer("IP_ADDRESS", IPV6, _if(_is_ip)),
    Recognizer("PHONE_NUMBER", PHONE, _if(is_phone_number)),
)


def recognize(text: str) -> Iterator[Span]:
    """Every proven span of `text`, those that take precedence first."""
    for entity, pattern, prove in RECOGNIZERS:
        match = pattern.search(text)
        while match:
            length = prove(match[0])
            if length:
                yield Span(match.start(), match.start() + length, entity, 1.0, "checked")
            match = pattern.search(text, match.start() + max(length, 1))

"""Telephone numbers: what a number's form alone can prove."""

import re
from typing import Final

import phonenumbers

__all__ = ["is_phone_number", "may_be_phone_number"]

_DATE: Final = re.compile(r"(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2}))(?![\d/.-])")
_NORTH_AMERICAN: Final = re.compile(r"(?:001|1)?[ .-]?(?:\(\d{3}\) ?|\d{3}([ .-]))\d{3}[ .-]\d{4}(?!\d)")
_DIGITS: Final = range(7, 16)  # ITU-T E.164: at most 15


def _is_valid(number: str, region: str | None) -> bool:
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(parsed)


def is_phone_number(candidate: str) -> bool:
    """Whether it is written as one, with a country code or in the North American grouping, and in a range that is
    assigned (ITU-T E.164; libphonenumber's metadata)."""
    if candidate.startswith(("+", "(+")):
        return _is_valid(candidate, None)
    return bool(_NORTH_AMERICAN.match(candidate)) and _is_valid(candidate.removeprefix("00"), "US")


def may_be_phone_number(candidate: str) -> bool:
    """Whether it has as many digits as one, and is no date: for context or the model to decide."""
    return sum(map(str.isdigit, candidate)) in _DIGITS and not _DATE.match(candidate)

"""Parts of postal addresses that are written in a fixed way, and what makes an address of a run of parts."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from functions.redact.spans import Span

__all__ = ["address_parts", "is_address", "leading_numbers"]

# USPS Publication 28: unit designators, post office boxes, military addresses.
_PART: Final = re.compile(
    r"(?<!\w)(?:(?:apt|apartment|suite|ste|p\.?\ ?o\.?\ box|psc|cmr|box)\.?\ \#?\d{1,5}[a-z]?(?!\w)"
    r"|(?:flat|unit|floor|level)\ \d{1,4}[a-z]?(?=,\ \d)"
    r"|[afd]po,?\ a[aep]\ \d{5}(?:-\d{4})?(?!\w))",
    re.IGNORECASE,
)
_CODE: Final = re.compile(r"(?<!\w)(?:(?:zip|post(?:al)?|pin)[ -]?codes?|zip|postcode)(?!\w)", re.IGNORECASE)
_LONGEST_NUMBER: Final = 5
_NUMBER: Final = re.compile(rf"(?<!\S)(\d{{1,{_LONGEST_NUMBER}}}) \Z")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_NUMBERED: Final = frozenset({"exit", "highway", "hwy", "interstate", "motorway", "route"})  # 66 is no building there
_REACH: Final = 20  # characters before a postal code in which its announcement may stand
_PART_SCORE: Final = 0.9
_SURE: Final = 0.85


def address_parts(text: str) -> Iterator[Span]:
    """Units, boxes and military post offices."""
    for match in _PART.finditer(text):
        yield Span(match.start(), match.end(), "STREET_ADDRESS", _PART_SCORE, "context")


def leading_numbers(text: str, words: Iterable[Span]) -> Iterator[Span]:
    """The number just before each of `words` that belongs to an address."""
    for word in words:
        if word.type == "STREET_ADDRESS":
            match = _NUMBER.search(text, max(0, word.start - _LONGEST_NUMBER - 2), word.start)
            if match:
                yield Span(*match.span(1), "STREET_ADDRESS", word.score, word.recognizer)


def _names_a_place(written: str, mixed: bool) -> bool:
    words = (match[0] for match in _WORD.finditer(written))
    return any((word[0].isupper() or not mixed) and word.lower() not in _NUMBERED for word in words)


def is_address(text: str, parts: Sequence[Span], mixed: bool) -> bool:
    """Whether `parts`, neighbours in `text`, are more than a number: a fixed form, a number with a place's name
    beside it, a street of several words, or a postal code that is announced as one."""
    if any(part.recognizer == "context" for part in parts):
        return True
    start = parts[0].start
    written = text[start : parts[-1].end]
    if not any(map(str.isdigit, written)):
        street = [part.score for part in parts if part.type == "STREET_ADDRESS"]
        return len(street) > 1 and sum(street) >= _SURE * len(street)
    return _names_a_place(written, mixed) or bool(_CODE.search(text, max(0, start - _REACH), start))

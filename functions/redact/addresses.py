"""Parts of postal addresses that are written in a fixed way, and what makes an address of a run of parts."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from functions.redact.casing import starts_capital
from functions.redact.spans import Span
from functions.redact.things import NOBODY, SHARED, UNITS, plain

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
_HOUSE: Final = re.compile(r"(?<![^\W_])(?<![^\W\d_]-)\d")  # not in "Rxf7" or "CIFAR-10"
_PAIR: Final = re.compile(r"(?<!\d)(\d{1,3})[-\u2013](\d{1,3})\Z")
_NUMBERED: Final = UNITS | {"exit", "highway", "hwy", "interstate", "motorway", "route"}  # 66 is no building there
_WELL_KNOWN: Final = NOBODY | SHARED  # at most numbered: "Nokia 3310", "Ada 95"
_REACH: Final = 20  # characters before a postal code in which its announcement may stand
_PART_SCORE: Final = 0.9
_ACRONYM: Final = 3  # letters, as in "EN 388": longer words in capitals are towns
_FEW: Final = 2  # parts that make an address only if the model is sure of them
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


def _mean(scores: Sequence[float]) -> float:
    return sum(scores) / len(scores)


def _names_a_place(written: str, mixed: bool) -> bool:
    words = [match[0] for match in _WORD.finditer(written) if match[0].lower() not in _NUMBERED]
    if not mixed:
        return bool(words)
    return any(word[0].isupper() and (len(word) > _ACRONYM or starts_capital(word)) for word in words)


def _is_result(written: str) -> bool:
    """Whether it ends with a pair of numbers that falls, as in "Stoke 2-1": buildings are counted upwards."""
    pair = _PAIR.search(written)
    return pair is not None and int(pair[1]) >= int(pair[2])


def is_address(text: str, parts: Sequence[Span], mixed: bool) -> bool:
    """Whether `parts`, neighbours in `text`, are more than a number: a fixed form, a building's number with a place's
    name beside it, a street of several words, or a postal code that is announced as one."""
    if any(part.recognizer == "context" for part in parts):
        return True
    start = parts[0].start
    written = text[start : parts[-1].end]
    if plain(written) in _WELL_KNOWN:
        return False
    if not any(map(str.isdigit, written)):
        street = [part.score for part in parts if part.type == "STREET_ADDRESS"]
        return len(street) > 1 and _mean(street) >= _SURE
    if _CODE.search(text, max(0, start - _REACH), start):
        return True
    if _is_result(written) or not _HOUSE.search(written):
        return False
    evident = len(parts) > _FEW or _mean([part.score for part in parts]) >= _SURE
    return evident and _names_a_place(written, mixed)

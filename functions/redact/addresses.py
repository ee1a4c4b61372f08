"""Parts of postal addresses that are written in a fixed way, and what makes an address of a run of parts."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from functions.redact.casing import starts_capital
from functions.redact.context import is_linked
from functions.redact.spans import Span
from functions.redact.things import CALLED, NOBODY, SHARED, UNITS, plain, words

__all__ = ["address_parts", "is_address", "leading_numbers"]

# USPS Publication 28: unit designators, post office boxes, military addresses.
_PART: Final = re.compile(
    r"(?<!\w)(?:(?:apt|apartment|suite|ste|p\.?\ ?o\.?\ box|psc|cmr|box)\.?\ \#?\d{1,5}[a-z]?(?!\w)"
    r"|(?:flat|unit|floor|level)\ \d{1,4}[a-z]?(?=,\ \d{1,5}[a-z]?\ (?-i:[^\W\d_a-z]))"  # "Flat 3, 12 Elm"
    r"|[afd]po,?\ a[aep]\ \d{5}(?:-\d{4})?(?!\w))",
    re.IGNORECASE,
)
_CODE: Final = re.compile(r"(?<!\w)(?:(?:zip|post(?:al)?|pin)[ -]?codes?|zip|postcode)(?!\w)", re.IGNORECASE)
# Universal Postal Union: Addressing in member countries. "12345-6789", "394 13", "1234 AB", "K1A 0B1", "LS1 4AB"
_CODE_SHAPE: Final = re.compile(
    r"\d{3,6}|\d{2,5}[- ]\d{2,4}|\d{4} ?[a-z]{2}|[a-z]\d[a-z] ?\d[a-z]\d|[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}",
    re.IGNORECASE,
)
_LONGEST_NUMBER: Final = 5
_NUMBER: Final = re.compile(rf"(?<!\S)(\d{{1,{_LONGEST_NUMBER}}}) \Z")
_WORD: Final = re.compile(r"(?<![^\W_])[^\W\d_]{2,}(?![^\W_])")  # not in "4ab"
_HOUSE: Final = re.compile(r"(?<![^\W_])(?<![^\W\d_]-)\d")  # not in "Rxf7" or "CIFAR-10"
_PAIR: Final = re.compile(r"(?<!\d)(\d{1,3})[-\u2013](\d{1,3})\Z")
# "Route 66", "Level 7": no building's number.
_NUMBERED: Final = UNITS | words("exit floor highway hwy interstate level motorway route unit")
_WAYS: Final = words("ave avenue close court crescent drive lane ln place rd road st street terrace way")
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


def leading_numbers(text: str, parts: Iterable[Span]) -> Iterator[Span]:
    """The number just before each of `parts` that belongs to an address."""
    for word in parts:
        if word.type == "STREET_ADDRESS":
            match = _NUMBER.search(text, max(0, word.start - _LONGEST_NUMBER - 2), word.start)
            if match:
                yield Span(*match.span(1), "STREET_ADDRESS", word.score, word.recognizer)


def _mean(scores: Sequence[float]) -> float:
    return sum(scores) / len(scores)


def _names_a_place(written: str, mixed: bool) -> bool:
    names = [match[0] for match in _WORD.finditer(written) if match[0].lower() not in _NUMBERED]
    if not mixed:
        return bool(names)
    return any(name[0].isupper() and (len(name) > _ACRONYM or starts_capital(name)) for name in names)


def _is_result(written: str) -> bool:
    """Whether it ends with a pair of numbers that falls, as in "Stoke 2-1": buildings are counted upwards."""
    pair = _PAIR.search(written)
    return pair is not None and int(pair[1]) >= int(pair[2])


def _is_street(written: str, scores: Sequence[float]) -> bool:
    """Whether several words without a number, with these scores, name a street as "Mount Street" does: not a mountain,
    as "Mount Everest"."""
    names = plain(written).split()
    return len(scores) > 1 and _mean(scores) >= _SURE and (names[0] not in CALLED or names[-1] in _WAYS)


def _is_announced_code(text: str, start: int, written: str) -> bool:
    announcement = _CODE.search(text, max(0, start - _REACH), start)
    return bool(announcement and _CODE_SHAPE.fullmatch(written) and is_linked(text, announcement.end(), start))


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
        return _is_street(written, [part.score for part in parts if part.type == "STREET_ADDRESS"])
    if _is_announced_code(text, start, written):
        return True
    if len(written.split()) == 1 or _is_result(written) or not _HOUSE.search(written):
        return False
    evident = len(parts) > _FEW or _mean([part.score for part in parts]) >= _SURE
    return evident and _names_a_place(written, mixed)

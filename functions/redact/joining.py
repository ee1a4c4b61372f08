"""Neighbouring words that are parts of one thing become one span of the answer."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from functions.redact.addresses import is_address
from functions.redact.casing import Casing
from functions.redact.context import IMPERSONAL, announced_type
from functions.redact.entities import ADDRESS_PARTS, LEAST_DIGITS
from functions.redact.persons import is_person
from functions.redact.spans import Span
from functions.redact.things import MAKERS, NOBODY, plain
from modelet.grouping import neighbours

__all__ = ["join", "runs"]

_PARTICLE: Final = "(?i:al|bin|da|dal|das|de|del|della|den|der|di|dos|du|el|ibn|la|le|ten|ter|van|von|zu|zum|zur)"
_IDENTIFIER: Final = "IDENTIFIER"
# What may stand between two parts of one thing.
_GAPS: Final[dict[str, re.Pattern[str]]] = {
    "PERSON": re.compile(rf"[^\S\n]{{0,3}}[-'\u2019.]?[^\S\n]{{0,3}}(?:(?:\w\.?|{_PARTICLE})[^\S\n]){{0,2}}"),
    "STREET_ADDRESS": re.compile(
        r"\W{0,12}(?:(?:(?i:apt|suite|ste|unit|floor|box|no|nr)|[^\W\d_a-z]\w{0,11})\W{1,6}){0,2}"
    ),
    _IDENTIFIER: re.compile(r"[ ./()-]{0,3}"),
    "EMAIL_ADDRESS": re.compile(r"[@._-]{0,3}"),
    "URL": re.compile(r"[@._/:-]{0,3}"),
}
# What the model's words must contain to be one; recognisers find those that are well formed.
_SIGNS: Final = {"EMAIL_ADDRESS": "@", "URL": "."}
_QUANTITY: Final = re.compile(r"\d+[.,]\d+|0x[\da-f]+", re.IGNORECASE)
# Chess moves: "Nf6", "Rfd8", "exd5", "O-O"
_MOVE: Final = re.compile(r"(?<![^\W\d_])(?:[KQRBN][a-h]?[1-8]?x?[a-h][1-8]|[a-h]x[a-h][1-8]|O-O)(?!\w)")
# "CVE-2021-44228"
_NOTICE: Final = re.compile(r"(?<!\w)[A-Z]{2,6}-(?:19|20)\d\d-\d{3,7}(?!\w)")
_NOTICE_PREFIX: Final = 7  # characters of a notice before its first number
_LETTERS_OR_DIGITS: Final = re.compile(r"[^\W\d_]+|\d+")
_IDENTITY: Final = re.compile(
    r"(?<!\w)(?:codice|curp|dl|dni|document|id|identity|identification|insurance|licen[cs]e|nie|nif|passport|permit)(?!\w)",
    re.IGNORECASE,
)
_IDENTITY_REACH: Final = 40  # characters before a number in which one of these words makes it a document's
_CODE: Final = 4  # changes between letters and digits, as of "SEL2470GM2", that few documents have ...
_PART: Final = 6  # ... and those that parts have, as "STM32H743ZIT6"
_CERTAIN: Final = 0.995
_UNANNOUNCED: Final = 0.75  # what the model must be sure of for a number that nothing announces


def _thing(word: Span) -> str:
    """What `word` is a part of: kinds of identifiers, and streets and towns, are mistaken for one another."""
    if word.type in LEAST_DIGITS:
        return _IDENTIFIER
    return "STREET_ADDRESS" if word.type in ADDRESS_PARTS else word.type


def _neighbours(text: str, words: Iterable[Span]) -> Iterator[list[Span]]:
    def together(last: Span, word: Span) -> bool:
        thing = _thing(word)
        return _thing(last) == thing and _GAPS[thing].fullmatch(text, last.end, word.start) is not None

    return neighbours(words, together)


def _is_full_name(text: str, run: Sequence[Span]) -> bool:
    titled = any(word.recognizer == "context" for word in run)
    return run[0].type == "PERSON" and (titled or (len(run) > 1 and plain(run[0].of(text)) not in MAKERS))


def runs(text: str, words: Iterable[Span]) -> Iterator[list[Span]]:
    """`words`, disjoint and sorted, in groups of neighbours that are parts of one thing.

    What is called like a thing, as "Siemens", is vouched for by a full or titled name elsewhere, as "Anna Siemens".
    """
    groups = list(_neighbours(text, words))
    named = {word.of(text) for run in groups if _is_full_name(text, run) for word in run}
    for run in groups:
        name = run[0].of(text)
        if len(run) == 1 and run[0].type == "PERSON" and name in named and plain(name) in NOBODY:
            run = [run[0]._replace(recognizer="context")]
        yield run


def _is_part_number(text: str, span: Span) -> bool:
    """Whether letters and digits alternate as in the numbers of parts and of no document that is spoken of."""
    groups = len(_LETTERS_OR_DIGITS.findall(span.of(text)))
    if groups < _CODE or _IDENTITY.search(text, max(0, span.start - _IDENTITY_REACH), span.start):
        return False
    return groups >= _PART or span.score < _CERTAIN


def _is_things(text: str, span: Span) -> bool:
    """Whether the number, which nothing announces, is that of a notice, of a part, or moves of chess."""
    noticed = _NOTICE.search(text, max(0, span.start - _NOTICE_PREFIX), span.end)
    return bool(noticed or _MOVE.search(span.of(text))) or _is_part_number(text, span)


def _identifier(text: str, span: Span) -> Span | None:
    announced = announced_type(text, span.start)
    if announced == IMPERSONAL or (announced is None and _is_things(text, span)):
        return None
    span = span._replace(type=announced or span.type)
    digits = 0 if _QUANTITY.fullmatch(span.of(text)) else sum(map(str.isdigit, span.of(text)))
    enough = digits >= LEAST_DIGITS.get(span.type, min(LEAST_DIGITS.values()))
    return span if enough and (announced or span.score >= _UNANNOUNCED) else None


def _address(text: str, span: Span, run: Sequence[Span], casing: Casing) -> Span | None:
    if all(word.type == "LOCATION" for word in run):
        return span
    if _MOVE.search(span.of(text)):
        return None
    return span._replace(type="STREET_ADDRESS") if is_address(text, run, casing.is_mixed(span)) else None


def join(text: str, run: Sequence[Span], casing: Casing) -> Span | None:
    """The span that `run` makes up, with the score of its surest word; None if that is not plausible."""
    best = max(run, key=lambda word: word.score)
    span = best._replace(start=run[0].start, end=run[-1].end)
    thing = _thing(best)
    if thing == _IDENTIFIER:
        return _identifier(text, span)
    if thing == "STREET_ADDRESS":
        return _address(text, span, run, casing)
    if thing == "PERSON":
        return span if is_person(text, run, casing) else None
    return span if _SIGNS.get(thing, "") in span.of(text) else None

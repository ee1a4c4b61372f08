"""What shows that a name is not a person's."""

import re
from collections.abc import Sequence
from typing import Final

from functions.redact.casing import Casing
from functions.redact.spans import Span
from functions.redact.things import AFTER_SOMEONE, CALLED, MAKERS, NOBODY, SHARED, THINGS, plain

__all__ = ["is_person"]

_PREVIOUS: Final = re.compile(r"(?<!\w)(\w+)\.? \Z")
_NEXT: Final = re.compile(r"(?:['\u2019]s (?=[A-Z])| )(\w+)")  # of a person's own things only a title has a capital
# "Stavros Papadakis", "Ada and Grace"
_GOES_ON: Final = re.compile(r"(?:,? (?:and|or|&))?,? [^\W\d_a-z](?:\.|[^\W\d_A-Z])")
# "Everton won 2-0"
_RESULT: Final = re.compile(
    r"[^.!?\n]{0,60}?(?<!\w)(?:beat|drew|leads?|lost|record|through|win|won)(?!\w)"
    r"[^.!?\n]{0,30}?(?<![\d-])\d{1,3}[-\u2013]\d{1,3}(?![\d-])"
)
# "My name is Siemens", "Name: Siemens", "Dear Siemens"
_INTRODUCED: Final = re.compile(
    r"(?<!\w)(?:(?:dear|signed by|hello|hi|i['\u2019]?m|i am|name is|regards|sincerely|signed|thanks|this is)[ ,]{1,2}"
    r"|(?:applicant|attn|contact|customer|employee|guest|name|patient|signed|tenant):\s?)\Z",
    re.IGNORECASE,
)
# "Siemens, Anna: room 214"
_LISTED: Final = re.compile(r", [^\W\d_a-z][^\W\d_A-Z]+(?=\Z|[:;)\n]| [-\u2013(])")
# "Julia 1.10"
_NUMBER_AFTER: Final = re.compile(r" v?\d{1,4}(?:\.\d{1,4}){0,3}(?![\w:/-]|[.,]\d)")
# "243 Ida"; after other words the number may be a date's
_NUMBER_BEFORE: Final = re.compile(r"(?:\A|[.!?\n]\s?|(?<!\w)(?:and|asteroids?|of) )\d{1,6} \Z")
_REACH: Final = 16  # characters before a name in which the words before it stand
_LIKELY: Final = 0.75  # of a word whose capital tells nothing
_CERTAIN: Final = 0.985  # of a word that more often names a thing


def _is_things(text: str, name: Span) -> bool:
    previous = _PREVIOUS.search(text, max(0, name.start - _REACH), name.start)
    following = _NEXT.match(text, name.end)
    called = {name.of(text).split()[0].lower(), previous[1].lower() if previous else ""}
    return not called.isdisjoint(CALLED) or (following is not None and following[1].lower() in AFTER_SOMEONE)


def _has_number(text: str, name: Span) -> bool:
    before = _NUMBER_BEFORE.search(text, max(0, name.start - _REACH), name.start)
    return bool(before or _NUMBER_AFTER.match(text, name.end))


def _is_introduced(text: str, name: Span) -> bool:
    first = name.start == 0 or text[name.start - 1] == "\n"
    listed = first and _LISTED.match(text, name.end)
    return bool(listed or _INTRODUCED.search(text, max(0, name.start - _REACH), name.start))


def _is_well_known(text: str, run: Sequence[Span], name: Span) -> bool:
    """Whether it is called like a firm, a language, a feast, ... and nothing beside it shows a person."""
    called = plain(name.of(text))
    maker, _, model = called.partition(" ")
    known = (
        called in NOBODY
        or (called in SHARED and _has_number(text, name))
        or (model and maker in MAKERS and run[-1].score < _CERTAIN)
    )
    return bool(known) and not _is_introduced(text, name)


def _least(text: str, word: Span, casing: Casing) -> float:
    """What the score of a name of one word must reach: little if its capital or a neighbour speaks for it."""
    written = word.of(text)
    if written.lower() in THINGS or written[-2:].isupper():
        return _CERTAIN
    if casing.tells(word) or _GOES_ON.match(text, word.end):
        return 0.0
    return _CERTAIN if _RESULT.match(text, word.end) else _LIKELY


def is_person(text: str, run: Sequence[Span], casing: Casing) -> bool:
    """Whether `run`, neighbours that may be parts of a name, is somebody's: no thing is called so, and if it is one
    word, the model is surer of it than of clubs and planets."""
    if any(word.recognizer == "context" for word in run):
        return True
    name = run[0]._replace(score=max(word.score for word in run), end=run[-1].end)
    if _is_things(text, name) or _is_well_known(text, run, name):
        return False
    return len(run) > 1 or not casing.is_mixed(name) or name.score >= _least(text, name, casing)

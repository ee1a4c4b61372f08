"""What shows that a name is not a person's."""

import re
from collections.abc import Sequence
from typing import Final

from functions.redact.casing import Casing
from functions.redact.spans import Span
from functions.redact.things import AFTER_SOMEONE, CALLED, THINGS

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
_REACH: Final = 12  # characters before a name in which the word before it stands
_LIKELY: Final = 0.75  # of a word whose capital tells nothing
_CERTAIN: Final = 0.985  # of a word that more often names a thing


def _is_things(text: str, name: Span) -> bool:
    previous = _PREVIOUS.search(text, max(0, name.start - _REACH), name.start)
    following = _NEXT.match(text, name.end)
    called = {name.of(text).split()[0].lower(), previous[1].lower() if previous else ""}
    return not called.isdisjoint(CALLED) or (following is not None and following[1].lower() in AFTER_SOMEONE)


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
    if _is_things(text, name):
        return False
    return len(run) > 1 or not casing.is_mixed(name) or name.score >= _least(text, name, casing)

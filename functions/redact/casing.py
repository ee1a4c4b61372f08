"""What capitals say about a name. The model reads lower case only, so they are evidence it has not weighed yet."""

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from functions.redact.spans import Span
from functions.redact.things import CAPITALISED

__all__ = ["Casing", "starts_capital"]

_NAMES: Final = frozenset({"PERSON", "LOCATION"})
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
# Its article included: "The Pavlova serves 8".
_SENTENCE_START: Final = re.compile(r"(?:\A|[.!?:\n>\"\u201c\u201d]\W*|(?<!\w)(?:The|An?) )\Z")
_REACH: Final = 5  # characters before a word in which the end of a sentence shows
_SHIFT: Final = 3.0  # log-odds: about one word in twenty that is no name is capitalised within a sentence
_SURE: Final = 0.5


def starts_capital(word: str) -> bool:
    """Whether `word` starts with a capital and goes on without one: an acronym is no name."""
    return len(word) > 1 and word[0].isupper() and not word[1].isupper()


def _is_mixed(line: str) -> bool:
    words = _WORD.findall(line)
    return any(word[1:].islower() for word in words) and any(word[0].isupper() for word in words)


def _shifted(span: Span, shift: float) -> Span:
    odds = span.score / max(1 - span.score, 1e-9) * math.exp(shift)
    return span._replace(score=odds / (1 + odds))


class Casing:
    """How each line of a text uses capitals: the lines of a conversation have several writers."""

    def __init__(self, text: str) -> None:
        lines = text.split("\n")
        self._text = text
        self._starts = [0, *accumulate(len(line) + 1 for line in lines[:-1])]
        self._mixed = [_is_mixed(line) for line in lines]

    def _line(self, span: Span) -> int:
        return bisect_right(self._starts, span.start) - 1

    def is_mixed(self, span: Span) -> bool:
        """Whether the writer of the line where `span` starts uses capitals, and not for everything."""
        return self._mixed[self._line(span)]

    def weigh(self, words: Sequence[Span]) -> Iterator[Span]:
        """`words` with the scores of names and streets shifted by their capitals, where the writer uses them.

        Who capitalises one name capitalises all of them: beside such a name a person's in lower case is dropped.
        """
        text = self._text
        names = [word for word in words if word.type in _NAMES and word.score >= _SURE]
        capitalising = {self._line(word) for word in names if starts_capital(word.of(text))}
        for word in words:
            if not self._weighs(word):
                yield word
            elif not (word.type == "PERSON" and word.of(text).islower() and self._line(word) in capitalising):
                yield _shifted(word, self._shift(word))

    def tells(self, span: Span) -> bool:
        """Whether `span` has a capital that names have there and other words have not."""
        word = span.of(self._text)
        if not starts_capital(word) or word.lower() in CAPITALISED:
            return False
        speaks = self._text.startswith(":", span.end)
        return speaks or not _SENTENCE_START.search(self._text[max(0, span.start - _REACH) : span.start])

    def _weighs(self, word: Span) -> bool:
        lettered = word.type in _NAMES or (word.type == "STREET_ADDRESS" and word.of(self._text).isalpha())
        return lettered and self.is_mixed(word)

    def _shift(self, span: Span) -> float:
        if span.of(self._text).islower():
            return -_SHIFT
        return _SHIFT if span.type in _NAMES and self.tells(span) else 0.0

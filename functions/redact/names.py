"""Names that the words around them give away: those after a title, and those named once before."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from functions.redact.casing import Casing, starts_capital
from functions.redact.spans import Span

__all__ = ["repeated_names", "titled_names"]

_TITLED: Final = re.compile(
    r"(?<!\w)(?:mr|mrs|ms|miss|mx|dr|prof|herr|frau|señor|señora|monsieur|madame)\b\.?"
    r"[^\S\n]{1,2}([^\W\d_][\w'\u2019-]{1,40})",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"(?<!\w)[^\W\d_]{3,}(?!\w)")
_TITLED_SCORE: Final = 0.9
_SURE: Final = 0.8


def titled_names(text: str, casing: Casing) -> Iterator[Span]:
    """The word after each title; it must be capitalised where the writer uses capitals."""
    for match in _TITLED.finditer(text):
        name = Span(match.start(1), match.end(1), "PERSON", _TITLED_SCORE, "context")
        if starts_capital(match[1]) or not casing.is_mixed(name):
            yield name


def repeated_names(text: str, words: Sequence[Span]) -> Iterator[Span]:
    """Every place in `text` of a capitalised name that the model is sure of in one of them."""
    sure = {
        word.of(text): word.score
        for word in words
        if word.type == "PERSON" and word.score >= _SURE and starts_capital(word.of(text))
    }
    if sure:
        for match in _WORD.finditer(text):
            if match[0] in sure:
                yield Span(match.start(), match.end(), "PERSON", sure[match[0]], "model")

"""A text's sentences, where they stand."""

import re
from typing import NamedTuple

from sentencex import get_sentence_boundaries

__all__ = ["Sentence", "split"]

LANGUAGE = "en"  # whose abbreviations end no sentence; what a full stop is, all languages share
SPACE = re.compile(r"[^\S\r\n]")  # sentencex 1.0.32 panics at some that take more than a byte


class Sentence(NamedTuple):
    """A sentence as it stands in its text, from `start` to before `end`, in Unicode code points."""

    text: str
    start: int
    end: int


def split(text: str) -> list[Sentence]:
    """The sentences of `text`, less the white space around each; none where there is nothing else."""
    found = get_sentence_boundaries(LANGUAGE, SPACE.sub(" ", text))
    bounds = [(one["start_index"], one["end_index"]) for one in found]
    return [_trimmed(text, start, end) for start, end in bounds if not text[start:end].isspace()]


def _trimmed(text: str, start: int, end: int) -> Sentence:
    found = text[start:end]
    begin, stop = end - len(found.lstrip()), start + len(found.rstrip())
    return Sentence(text[begin:stop], begin, stop)

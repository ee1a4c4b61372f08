"""A found span, and the rule by which overlapping ones are settled."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["Span", "disjoint", "touching"]


class Span(NamedTuple):
    """Characters `start` to `end` (Unicode code points, end excluded) of a text, held to be of `type`."""

    start: int
    end: int
    type: str
    score: float
    recognizer: str

    def of(self, text: str) -> str:
        return text[self.start : self.end]


def touching(spans: Sequence[Span], start: int, end: int) -> Sequence[Span]:
    """Those of `spans`, disjoint and sorted, that share a character with `start` to `end`."""
    first = bisect_right(spans, start, key=lambda span: span.end)
    return spans[first : bisect_left(spans, end, lo=first, key=lambda span: span.start)]


def disjoint(ranked: Iterable[Span]) -> list[Span]:
    """Of spans in order of precedence, those that overlap none before them, sorted by place."""
    taken: list[Span] = []
    for span in ranked:
        if not touching(taken, span.start, span.end):
            insort(taken, span)
    return taken

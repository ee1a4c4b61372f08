"""What a labelled row becomes, whichever file it came from."""

from dataclasses import dataclass

__all__ = ["UNLABELLED", "Classified", "Described", "Flagged", "Question", "Ranked", "Span", "Tagged"]

UNLABELLED = ""  # the label that nobody gave: a teacher will


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of a text, with a type where there are several."""

    start: int
    end: int
    type: str = ""


@dataclass(frozen=True, slots=True)
class Classified:
    """A text, or a pair of them, and its one label; or how likely a teacher finds each label.

    `group` is what the text is a part of, where others are parts of it, too.
    """

    texts: tuple[str, ...]
    label: str
    soft: tuple[float, ...] | None = None
    group: str = ""


@dataclass(frozen=True, slots=True)
class Described:
    """A text and the names that hold of it. What holds of others of its `group` is harder to tell from them."""

    text: str
    names: tuple[str, ...]
    group: str = ""


@dataclass(frozen=True, slots=True)
class Flagged:
    """A text and how far each label holds (0 to 1), for those labels that somebody judged."""

    text: str
    flags: dict[str, float]


@dataclass(frozen=True, slots=True)
class Tagged:
    """A text and its typed spans."""

    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question and a passage. Any of `answers` is right; none means that the passage does not answer.

    `region` is known instead of the answer where people only marked the sentence that holds it.
    """

    question: str
    passage: str
    answers: tuple[Span, ...] = ()
    region: Span | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A query, passages, and which of them answer it."""

    query: str
    passages: tuple[str, ...]
    relevant: frozenset[int]

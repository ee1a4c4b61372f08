"""What is personal in a text: proven and announced spans first, then what the model's words make up."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from functions.redact.addresses import address_parts, leading_numbers
from functions.redact.casing import Casing
from functions.redact.context import announced
from functions.redact.joining import join, runs
from functions.redact.names import repeated_names, titled_names
from functions.redact.phones import may_be_phone_number
from functions.redact.recognizers import recognize
from functions.redact.shapes import PHONE
from functions.redact.spans import Span, disjoint, touching

__all__ = ["LEAST_SCORE", "find_spans"]

LEAST_SCORE: Final = 0.02  # of a word: below it no neighbour and no capital makes it count
_WEAK: Final = 0.4  # of the threshold: what a word beside a surer one must reach (hysteresis)


def _weigh(text: str, words: Sequence[Span], casing: Casing, threshold: float) -> list[Span]:
    """The model's words as capitals let them appear and those that rules add, in order of precedence."""
    lettered = [word for word in words if any(map(str.isalnum, word.of(text)))]
    weighed = sorted(casing.weigh(lettered), key=lambda word: -word.score)
    ruled = [*titled_names(text, casing), *repeated_names(text, weighed), *address_parts(text)]
    numbers = leading_numbers(text, [*ruled, *(word for word in weighed if word.score >= threshold)])
    return [word for word in (*ruled, *weighed, *numbers) if word.score >= threshold * _WEAK]


def _whole_phones(text: str, words: Sequence[Span]) -> Iterator[Span]:
    """Telephone numbers of which the model saw a part."""
    seen = disjoint(word for word in words if word.type == "PHONE_NUMBER")
    for match in PHONE.finditer(text) if seen else ():
        parts = touching(seen, match.start(), match.end())
        if parts and may_be_phone_number(match[0]):
            yield max(parts, key=lambda part: part.score)._replace(start=match.start(), end=match.end())


def find_spans(text: str, words: Sequence[Span], threshold: float = 0.5) -> list[Span]:
    """The personal data in `text`: spans sorted and disjoint.

    `words` are the model's: for each word (offsets in code points) its likeliest entity and that entity's
    probability, down to `LEAST_SCORE`. A span's score is at least `threshold`.
    """
    casing = Casing(text)
    weighed = _weigh(text, words, casing, threshold)
    sure = [word for word in weighed if word.score >= threshold]
    proven = [span for span in chain(recognize(text), announced(text)) if span.score >= threshold]
    evident = disjoint(chain(proven, _whole_phones(text, sure)))
    taken = set(evident)
    free = [word for word in disjoint(chain(evident, weighed)) if word not in taken]
    found = (join(text, run, casing) for run in runs(text, free) if any(word.score >= threshold for word in run))
    return disjoint(chain(evident, filter(None, found)))

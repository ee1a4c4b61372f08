"""Which rows of a set are held out: decided by their text alone, so that training and evaluation cannot disagree."""

import hashlib
from typing import Any

from workbench.training.examples import Classified, Described, Flagged, Question, Ranked, Tagged

__all__ = ["held_out", "key_of"]


def held_out(key: str, share: float) -> bool:
    """Whether what `key` (a question, a premise, a text) belongs to is held out; about `share` of all keys are."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") < share * 2**64


def key_of(row: Any) -> str:
    """What an example belongs to: rows of one premise, question or text are held out together or not at all."""
    match row:
        case Classified(texts=(first, *_), group=group):
            return str(group or first)
        case Flagged(text=text) | Tagged(text=text) | Described(text=text):
            return str(text)
        case Ranked(query=query):
            return str(query)
        case Question(question=question):
            return str(question)
    raise TypeError(f"{type(row).__name__} is no example")

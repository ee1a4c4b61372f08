"""Which texts of a set are parts of others."""

from collections import defaultdict
from collections.abc import Iterable

__all__ = ["whole_texts"]


def whole_texts(texts: Iterable[str]) -> dict[str, str]:
    """Each text to the longest one that has its words in a row; to itself where none has. Words end at spaces."""
    whole: dict[str, str] = {}
    holding: defaultdict[str, set[str]] = defaultdict(set)  # a word to the whole texts that it is in
    for text in sorted(set(texts), key=lambda one: (-len(one), one)):
        words = text.split()
        shared = set.intersection(*sorted((holding[word] for word in words), key=len)) if words else set()
        candidates = sorted(shared, key=lambda one: (-len(one), one))
        whole[text] = next((one for one in candidates if f" {text} " in f" {one} "), text)
        if whole[text] == text:
            for word in words:
                holding[word].add(text)
    return whole

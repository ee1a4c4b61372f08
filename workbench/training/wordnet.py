"""WordNet (Fellbaum, 1998): sentences that use a word, and the words that hold of them, too.

Lines of its files are as https://wordnet.princeton.edu/documentation/wndb5wn has them.
"""

import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from workbench.training.examples import Described

__all__ = ["wordnet"]

PARTS = ("noun", "verb", "adj")
BROADER, ALIKE = "@", "&"  # pointers: a hypernym, an adjective that this one is a shade of
NOUNS_OF = {"+", "=", "\\"}  # derived from, attribute, pertaining to

Key = tuple[str, str]  # part of speech and offset


class _Synset(NamedTuple):
    """Words of one meaning, what they point to as (symbol, key), and sentences that use them."""

    group: str
    words: list[str]
    pointers: list[tuple[str, Key]]
    examples: list[str]


def wordnet(path: Path) -> Iterator[Described]:
    """A tar archive with `data.noun`, `data.verb` and `data.adj`, as Python packages bring them."""
    synsets = dict(_synsets(path))
    for key, synset in synsets.items():
        names = _broader(key, synsets)
        for example in synset.examples:
            told = example.lower()
            if unsaid := sorted(name for name in names if name.lower() not in told):
                yield Described(example, tuple(unsaid), synset.group)


def _synsets(path: Path) -> Iterator[tuple[Key, _Synset]]:
    with tarfile.open(path) as archive:
        members = {Path(member.name).name: member for member in archive}
        for part in PARTS:
            file = archive.extractfile(members[f"data.{part}"])
            assert file is not None
            for line in file:
                if not line.startswith(b"  "):  # the licence stands on such lines
                    yield _parsed(line.decode("utf-8"))


def _parsed(line: str) -> tuple[Key, _Synset]:
    data, _, gloss = line.partition(" | ")
    offset, group, part, count, *fields = data.split()
    end = 2 * int(count, 16)
    words = [re.sub(r"\(.*\)$", "", word).replace("_", " ") for word in fields[:end:2]]
    size = int(fields[end])
    pointers = [fields[end + 1 + 4 * place : end + 4 + 4 * place] for place in range(size)]
    found = [(symbol, (_part(target), other)) for symbol, other, target in pointers]
    return (_part(part), offset), _Synset(group, words, found, re.findall(r'"([^"]+)"', gloss))


def _part(letter: str) -> str:
    """Adjectives that are shades of others have a letter of their own, in the same file."""
    return "a" if letter == "s" else letter


def _broader(key: Key, synsets: Mapping[Key, _Synset]) -> set[str]:
    """The words of a meaning and of those it is a kind or a shade of, with the nouns for all of them."""

    def to(start: Key, *symbols: str) -> list[Key]:
        return [other for symbol, other in synsets[start].pointers if symbol in symbols and other in synsets]

    kinds = [key, *to(key, ALIKE)] if key[0] == "a" else [key, *to(key, BROADER)]
    nouns = [noun for kind in kinds for noun in to(kind, *NOUNS_OF) if noun[0] == "n"]
    above = [] if key[0] == "n" else [kind for noun in nouns for kind in to(noun, BROADER)]
    return {word for found in (*kinds, *nouns, *above) for word in synsets[found].words}

"""Which texts repeat others, though written otherwise: what is measured with must not be trained on."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

__all__ = ["Repeats"]

WORDS = 4  # in a row
SHARE = 1 / 3  # of the runs of words of the shorter text
_WORD = re.compile(r"[a-z0-9]+")


class Repeats:
    """Whether a text repeats one of `texts`, or a part of one: it has a third of the shorter one's runs of four words.

    Case, punctuation and where a tokenizer put spaces do not count, but for a few runs. Of fewer words a text is found
    whole alone.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._sizes: list[int] = []
        self._holding: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, text in enumerate(texts):
            runs = _runs(text)
            self._sizes.append(len(runs))
            for run in runs:
                self._holding[run].append(number)

    def __call__(self, text: str) -> bool:
        runs = _runs(text)
        shared = Counter(number for run in runs for number in self._holding.get(run, ()))
        return any(count >= SHARE * min(len(runs), self._sizes[number]) for number, count in shared.items())


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return {tuple(words[start : start + WORDS]) for start in range(max(len(words) - WORDS, 0) + 1)}

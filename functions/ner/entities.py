"""Words with labels to entities, as Hugging Face's aggregation "simple" groups them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from functions.ner.schema import Entity
from modelet.grouping import neighbours
from modelet.tasks.token_classification import Tagging

__all__ = ["Word", "group_words", "read_labels", "read_words", "to_entity", "to_labelled_word"]

# What the types of WNUT 2017 are called here; other types keep their names.
GROUPS = {
    "corporation": "ORG",
    "creative-work": "WORK",
    "group": "GROUP",
    "location": "LOC",
    "person": "PER",
    "product": "PRODUCT",
}


@dataclass(frozen=True, slots=True)
class Word:
    """[start, end) in code points, its likeliest label and that label's probability."""

    start: int
    end: int
    label: str
    score: float

    @property
    def group(self) -> str:
        """PER of B-PER."""
        return self.label.partition("-")[2] or self.label


def read_labels(labels: Iterable[str]) -> list[str]:
    """The model's labels with our names of groups: B-PER for B-person."""
    parts = [label.partition("-") for label in labels]
    return [f"{prefix}{dash}{GROUPS.get(kind, kind)}" for prefix, dash, kind in parts]


def read_words(tagging: Tagging, labels: Sequence[str]) -> list[Word]:
    best, scores = tagging.probabilities.argmax(axis=-1), tagging.probabilities.max(axis=-1)
    rows = zip(tagging.words.tolist(), best.tolist(), scores.tolist(), strict=True)
    return [Word(start, end, labels[index], score) for (start, end), index, score in rows]


def group_words(words: Iterable[Word]) -> Iterator[list[Word]]:
    """Neighbours of one group; B- begins anew."""
    return neighbours(words, lambda last, word: word.group == last.group and not word.label.startswith("B-"))


def to_entity(text: str, words: Sequence[Word]) -> Entity:
    start, end = words[0].start, words[-1].end
    score = fmean(word.score for word in words)
    return Entity(entity_group=words[0].group, score=score, word=text[start:end], start=start, end=end)


def to_labelled_word(text: str, word: Word) -> Entity:
    return Entity(entity=word.label, score=word.score, word=text[word.start : word.end], start=word.start, end=word.end)

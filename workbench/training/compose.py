"""Examples made harder with others: passages among those like them, wrong ones for a query, names that do not hold."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from modelet.predictor import Predictor
from modelet.tasks.embedding import Embedding
from workbench.progress import track
from workbench.training.examples import Classified, Described, Question, Ranked, Span

__all__ = ["Neighbours", "among_others", "with_hypotheses", "with_negatives"]

AT_ONCE = 256  # texts
HYPOTHESES = (
    *("This example is {}.", "This example is {}.", "This text is about {}.", "It is about {}."),
    *("The topic is {}.", "This expresses {}.", "{}"),
)
SAME_GROUP = 1 / 3  # of the names that do not hold: from a row of the same group


class Neighbours:
    """The texts most like one, by the vectors of an embedding bundle."""

    def __init__(self, texts: Sequence[str], predictor: Predictor[str, Embedding]) -> None:
        self.texts = list(dict.fromkeys(texts))
        self._predictor = predictor
        self._vectors = self._embed(self.texts)

    def nearest(self, queries: Sequence[str], count: int) -> list[list[str]]:
        """For each query the `count` nearest texts, nearest first."""
        vectors = self._embed(queries)
        found = []
        for start in range(0, len(queries), AT_ONCE):
            scores = vectors[start : start + AT_ONCE] @ self._vectors.T
            best = np.argpartition(-scores, count, axis=1)[:, :count]
            order = np.take_along_axis(best, np.argsort(-np.take_along_axis(scores, best, 1), axis=1), 1)
            found += [[self.texts[index] for index in row] for row in order]
        return found

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        starts = range(0, len(texts), AT_ONCE)
        batches = (self._predictor.predict(texts[s : s + AT_ONCE]) for s in track(starts, "embedding", len(starts)))
        return np.stack([answer.vector for batch in batches for answer in batch])


def among_others(
    questions: Sequence[Question], near: Neighbours, *, most: int, unanswerable: float, seed: int
) -> Iterator[Question]:
    """Each question with its passage among up to `most` others, half of them alike.

    A share `unanswerable` of the questions lose their own passage.
    """
    shuffler = random.Random(seed)
    for question, alike in zip(questions, near.nearest([q.passage for q in questions], 12), strict=True):
        wrong = [text for text in alike if text != question.passage]
        others = [
            shuffler.choice(wrong if shuffler.random() < 0.5 else near.texts) for _ in range(shuffler.randint(0, most))
        ]
        others = [text for text in dict.fromkeys(others) if text != question.passage]
        if others and shuffler.random() < unanswerable:
            yield Question(question.question, " ".join(others))
            continue
        place = shuffler.randint(0, len(others))
        before = " ".join(others[:place]) + (" " if place else "")
        yield _shifted(question, before, " ".join(["", *others[place:]]))


def _shifted(question: Question, before: str, after: str) -> Question:
    def shift(span: Span) -> Span:
        return Span(span.start + len(before), span.end + len(before), span.type)

    return Question(
        question.question,
        before + question.passage + after,
        tuple(map(shift, question.answers)),
        shift(question.region) if question.region is not None else None,
    )


def with_negatives(rows: Sequence[Ranked], near: Neighbours, *, count: int, among: int, seed: int) -> Iterator[Ranked]:
    """Each query with its relevant passages and `count` wrong ones out of the `among` nearest to the query."""
    shuffler = random.Random(seed)
    for row, alike in zip(rows, near.nearest([row.query for row in rows], among + 1), strict=True):
        relevant = [row.passages[index] for index in sorted(row.relevant)]
        wrong = [text for text in alike if text not in relevant]
        chosen = shuffler.sample(wrong, min(count, len(wrong)))
        yield Ranked(row.query, (*relevant, *chosen), frozenset(range(len(relevant))))


def with_hypotheses(rows: Sequence[Described], *, wrong: int, seed: int) -> Iterator[Classified]:
    """Each text with a hypothesis of one of its names, which it entails, and with `wrong` that do not hold."""
    shuffler = random.Random(seed)
    groups: dict[str, list[Described]] = defaultdict(list)
    for row in rows:
        groups[row.group].append(row)
    for row in rows:
        template = shuffler.choice(HYPOTHESES)
        yield Classified((row.text, template.replace("{}", shuffler.choice(row.names))), "entailment")
        for _ in range(wrong):
            other = shuffler.choice(groups[row.group] if shuffler.random() < SAME_GROUP else rows)
            if names := [name for name in other.names if name not in row.names]:
                yield Classified((row.text, template.replace("{}", shuffler.choice(names))), "neutral")

"""Pair classification: two texts, such as a question and a passage, to a probability for each label."""

from modelet.tasks.base import EXAMPLE, Prepared
from modelet.tasks.classification import Classification, Classifier
from modelet.tokenizer import fit_pair

__all__ = ["Classification", "PairClassificationTask", "TextPair"]

TextPair = tuple[str, str]


class PairClassificationTask(Classifier[TextPair]):
    """Both texts are read at once. What does not fit is cut from the second, as `fit_pair` says."""

    name = "pair-classification"
    example = (EXAMPLE, EXAMPLE)
    pair = True

    def preprocess(self, item: TextPair) -> Prepared[bool]:
        first, second = (self._tokenizer.encode(text).ids for text in item)
        framed = self._tokenizer.frame(*fit_pair(first, second, self._room))
        return Prepared(len(first) + len(second) > self._room, [framed])

"""Text classification: a text to a probability for each label."""

from modelet.tasks.base import EXAMPLE, Prepared
from modelet.tasks.classification import Classification, Classifier
from modelet.tokenizer import windows

__all__ = ["Classification", "TextClassificationTask"]


class TextClassificationTask(Classifier[str]):
    """With an overlap in the manifest's limits a long text is read in windows, without one it is cut."""

    name = "text-classification"
    example = EXAMPLE

    def preprocess(self, item: str) -> Prepared[bool]:
        ids = self._tokenizer.encode(item).ids
        read = list(windows(len(ids), self._room, self._overlap)) if self._overlap else [slice(0, self._room)]
        return Prepared(read[-1].stop < len(ids), [self._tokenizer.frame(ids[one]) for one in read])

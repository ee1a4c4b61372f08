"""The model's answer, as words with the entity that each most likely belongs to."""

from collections.abc import Sequence

from functions.redact.detection import LEAST_SCORE
from functions.redact.entities import MODEL_ENTITIES
from functions.redact.spans import Span
from modelet.errors import BundleError
from modelet.tasks.token_classification import Tagging

__all__ = ["WordReader"]


class WordReader:
    """Adds up the probabilities of the labels that mean one entity, whether a word begins it or continues it.

    A name that may be a given name or a surname is certainly a name. `labels` are the manifest's, in BIO.
    Raises BundleError if one of them is unknown here.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._columns: dict[str, list[int]] = {}
        for column, label in enumerate(labels):
            kind = label.partition("-")[2]
            if kind in MODEL_ENTITIES:
                self._columns.setdefault(MODEL_ENTITIES[kind], []).append(column)
            elif label != "O":
                raise BundleError(
                    f"the bundle's label {label!r} is not in MODEL_ENTITIES of functions/redact/entities.py"
                )

    def __call__(self, tagging: Tagging) -> list[Span]:
        """The words of a text that may belong to an entity, sorted."""
        entities = list(self._columns)
        scores = [tagging.probabilities[:, columns].sum(axis=1).tolist() for columns in self._columns.values()]
        words = []
        for (start, end), *row in zip(tagging.words.tolist(), *scores, strict=True):
            score = max(row)
            if score >= LEAST_SCORE and start < end:
                words.append(Span(start, end, entities[row.index(score)], min(score, 1.0), "model"))
        return words

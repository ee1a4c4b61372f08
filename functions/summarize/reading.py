"""A text read sentence by sentence, by a bundle that embeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from functions.summarize.sentences import Sentence, split
from modelet.errors import InputTooLargeError, InvalidInputError
from modelet.tasks.base import EXAMPLE, OBJECT, Output, Prepared, TextTask
from modelet.tokenizer import windows

__all__ = ["Reading", "ReadingTask"]

MAX_SENTENCES = 2048  # of one text


@dataclass(frozen=True, slots=True)
class Reading:
    """Sentences, their `vectors` [sentences, dimensions] of length 1, the text's own (`whole`, as long), and `lengths`
    [sentences] in tokens."""

    sentences: list[Sentence]
    vectors: NDArray[np.float32]
    whole: NDArray[np.float32]
    lengths: NDArray[np.int64]
    truncated: bool

    @property
    def size(self) -> int:
        return self.vectors.nbytes + sum(2 * len(one.text) + OBJECT for one in self.sentences)


class _Read(NamedTuple):
    sentences: list[Sentence]
    lengths: list[int]


class ReadingTask(TextTask[str]):
    """Each sentence is run by itself, cut where it is longer than the model reads, and the text in windows."""

    name = "embedding"
    example = EXAMPLE

    def check(self, item: str, field: str) -> None:
        count = len(split(item))
        if not count:
            raise InvalidInputError(field, "has no sentence, only white space")
        if count > MAX_SENTENCES:
            raise InputTooLargeError(field, f"{count} sentences; at most {MAX_SENTENCES} are read")

    def preprocess(self, item: str) -> Prepared[_Read]:
        sentences = split(item)
        ids = [self._tokenizer.encode(sentence.text).ids for sentence in sentences]
        text = list(chain.from_iterable(ids))
        parts = [*(one[: self._room] for one in ids), *(text[one] for one in windows(len(text), self._room, 0))]
        return Prepared(_Read(sentences, list(map(len, ids))), [self._tokenizer.frame(part) for part in parts])

    def postprocess(self, prepared: Prepared[_Read], outputs: Sequence[Output]) -> Reading:
        sentences, lengths = prepared.read
        count = len(sentences)
        sizes = np.array([len(window) for window in prepared.sequences[count:]], np.float32)
        whole = sizes @ np.stack(outputs[count:])
        return Reading(
            sentences=sentences,
            vectors=np.stack(outputs[:count]),
            whole=whole / np.linalg.norm(whole),
            lengths=np.array(lengths),
            truncated=max(lengths) > self._room,
        )

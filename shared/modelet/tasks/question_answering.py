"""Question answering: where in a context of any length the answer to a question stands, if it is there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelet.errors import InvalidInputError
from modelet.tasks.activations import softmax
from modelet.tasks.base import EXAMPLE, OBJECT, Output, Prepared, TextTask, Windowed
from modelet.tokenizer import Encoding, windows

__all__ = ["AnswerSpan", "QuestionAnsweringTask", "QuestionContext", "Reading"]

QuestionContext = tuple[str, str]


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """A place in the context, [start, end) in Unicode code points, and the probability that it is the answer."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A context that was read with a question in mind.

    `offsets` [tokens, 2] are the tokens' [start, end) in code points; `logits` has for each of `windows` the rows
    [tokens, 2] of a start and an end there, -inf where no word starts or ends. `null` is the score of no answer: what
    the first token of a window has, the least of all windows, as for SQuAD 2 (https://arxiv.org/abs/1806.03822).
    """

    offsets: NDArray[np.int64]
    windows: list[slice]
    logits: list[NDArray[np.float32]]
    null: float
    tokens: int
    truncated: bool = False

    @property
    def size(self) -> int:
        return self.offsets.nbytes + sum(one.nbytes for one in self.logits) + OBJECT

    def answers(self, top_k: int, max_tokens: int) -> tuple[list[AnswerSpan], float]:
        """The `top_k` likeliest spans of at most `max_tokens` tokens, and the probability that none answers."""
        longest = min(max_tokens, max(map(len, self.logits)))
        probabilities = softmax(np.append(self._scores(longest), np.float32(self.null)))
        best = np.argsort(-probabilities[:-1], kind="stable")[:top_k]
        best = best[probabilities[best] > 0]
        first, more = divmod(best, longest)
        starts, ends = self.offsets[first, 0], self.offsets[first + more, 1]
        spans = zip(starts.tolist(), ends.tolist(), probabilities[best].tolist(), strict=True)
        return [AnswerSpan(*span) for span in spans], float(probabilities[-1])

    def _scores(self, longest: int) -> NDArray[np.float32]:
        """[first token, further tokens] of every span, its start's and its end's logits added."""
        scores = np.full((len(self.offsets), longest), -np.inf, np.float32)
        for window, logits in zip(self.windows, self.logits, strict=True):
            for more in range(min(longest, len(logits))):
                seen = scores[window.start : window.stop - more, more]
                np.maximum(seen, logits[: len(logits) - more, 0] + logits[more:, 1], out=seen)
        return scores


class QuestionAnsweringTask(TextTask[QuestionContext]):
    """Items are (question, context). The context is read in windows that overlap, each beside the question."""

    name = "question-answering"
    example = (EXAMPLE, EXAMPLE)
    pair = True

    def check(self, item: QuestionContext, field: str) -> None:
        tokens, limit = len(self._tokenizer.encode(item[0]).ids), self._room // 2
        if tokens > limit:
            raise InvalidInputError(f"{field}.question", f"{tokens} tokens; at most {limit} are read with a context")

    def preprocess(self, item: QuestionContext) -> Prepared[Windowed]:
        question, context = map(self._tokenizer.encode, item)
        room = self._room - len(question.ids)
        read = list(windows(len(context.ids), room, min(self._overlap, room // 2)))
        sequences = [self._tokenizer.frame(question.ids, context.ids[one]) for one in read]
        return Prepared(Windowed(context, read), sequences)

    def postprocess(self, prepared: Prepared[Windowed], outputs: Sequence[Output]) -> Reading:
        context, read = prepared.read
        forbidden = _inside_words(context)
        logits = [
            np.where(forbidden[one], -np.inf, self._tokenizer.unframe(output, one.stop - one.start))
            for one, output in zip(read, outputs, strict=True)
        ]
        offsets = np.array(context.offsets, np.int64).reshape(-1, 2)
        null = min(float(output[0].sum()) for output in outputs)
        return Reading(offsets, read, logits, null, prepared.tokens)


def _inside_words(encoding: Encoding) -> NDArray[np.bool_]:
    """[tokens, 2]: that a token does not begin its word, that it does not end it."""
    words = np.array([-1, *encoding.words, -1])
    within = words[1:] == words[:-1]
    return np.stack([within[:-1], within[1:]], axis=1)

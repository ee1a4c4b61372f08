"""Question answering as SQuAD scores it (https://arxiv.org/abs/1806.03822), and whether it knows when to be silent."""

import re
import string
from collections import Counter
from collections.abc import Sequence

from workbench.evaluation.metrics import Metric, mean
from workbench.evaluation.services import AnyOperation, ask_each
from workbench.training.examples import Question

__all__ = ["exact", "measure", "overlap"]


def measure(operation: AnyOperation, rows: Sequence[Question]) -> list[Metric]:
    """Of questions that the passage answers, and of the same ones asked of the passage of another question."""
    known = [row for row in rows if row.answers]
    if not known:
        raise ValueError("no question has an answer to compare with")
    right = [[row.passage[span.start : span.end] for span in row.answers] for row in known]
    said = _answers(operation, known, may_be_silent=False)
    pairs = list(zip(said, right, strict=True))
    return [
        mean("F1", [max(overlap(answer, one) for one in several) for answer, several in pairs]),
        mean("exact match", [max(exact(answer, one) for one in several) for answer, several in pairs]),
        *_silence(operation, known),
    ]


def _answers(operation: AnyOperation, rows: Sequence[Question], *, may_be_silent: bool) -> list[str]:
    inputs = [{"question": row.question, "context": row.passage} for row in rows]
    return [one["answer"] for one in ask_each(operation, inputs, handle_impossible_answer=may_be_silent)]


def _silence(operation: AnyOperation, rows: Sequence[Question]) -> list[Metric]:
    """How often it answers where it can, and says so where it cannot."""
    own = _answers(operation, rows, may_be_silent=True)
    found = [mean("answered, where the passage answers", [bool(answer) for answer in own])]
    if exchanged := _exchanged(rows):
        foreign = _answers(operation, exchanged, may_be_silent=True)
        found.append(mean("not answered, where the passage is another's", [not answer for answer in foreign]))
    return found


def _exchanged(rows: Sequence[Question]) -> list[Question]:
    """Each question with the passage of one half of the list away, which holds none of its answers."""
    half = len(rows) // 2
    others = [rows[(index + half) % len(rows)].passage for index in range(len(rows))]
    pairs = zip(rows, others, strict=True)
    return [Question(row.question, passage) for row, passage in pairs if not _holds(passage, row)]


def _holds(passage: str, row: Question) -> bool:
    return any(row.passage[span.start : span.end] in passage for span in row.answers)


def overlap(answer: str, right: str) -> float:
    """F1 of the words that both have."""
    ours, theirs = _words(answer), _words(right)
    if not (ours and theirs):
        return float(ours == theirs)
    return 2 * (Counter(ours) & Counter(theirs)).total() / (len(ours) + len(theirs))


def exact(answer: str, right: str) -> bool:
    return _words(answer) == _words(right)


def _words(text: str) -> list[str]:
    """Without case, punctuation and articles, as the official script normalises."""
    bare = "".join(character for character in text.lower() if character not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", bare).split()

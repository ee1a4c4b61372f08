"""Question answering against the plainest search, on a random model."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from modelet.errors import InvalidInputError
from modelet.predictor import Predictor
from modelet.settings import Settings
from modelet.tasks.question_answering import QuestionAnsweringTask, QuestionContext, Reading
from modelet.tokenizer import windows
from tests.tiny import write_bundle
from tests.unit.packager.reference import CONFIG, checkpoint, forward

MAX_TOKENS, OVERLAP = 18, 3
ROOM = MAX_TOKENS - 3
QUESTION = [4, 5]  # "a b"


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor[QuestionContext, Reading]:
    bundle = write_bundle(tmp_path_factory.mktemp("qa") / "model", "question-answering", MAX_TOKENS, OVERLAP)
    return Predictor(bundle, QuestionAnsweringTask, Settings(cache_bytes=0, threads=1))


def scored(context: list[int]) -> tuple[dict[tuple[int, int], float], float]:
    """The score of each span of tokens, the greater one where two windows have it, and the least score of none."""
    spans: dict[tuple[int, int], float] = {}
    nulls = []
    for one in windows(len(context), ROOM - len(QUESTION), OVERLAP):
        start, end = _logits([2, *QUESTION, 3, *context[one], 3])
        nulls.append(start[0] + end[0])
        first = len(QUESTION) + 2
        for a in range(one.start, one.stop):
            for b in range(a, one.stop):
                score = start[first + a - one.start] + end[first + b - one.start]
                spans[a, b] = max(score, spans.get((a, b), -np.inf))
    return spans, min(nulls)


def _logits(ids: list[int]) -> Iterator[NDArray[np.float64]]:
    outputs = forward(checkpoint(), CONFIG, np.array([ids]), "span")
    return (outputs[name][0] for name in ("start_logits", "end_logits"))


@pytest.mark.parametrize("words", [1, 13, 14, 40])
@pytest.mark.parametrize("longest", [1, 4, 10**9])
def test_the_likeliest_spans_of_all_windows(predictor: Any, words: int, longest: int) -> None:
    letters = [("abcdefg" * 6)[index * 5 % 36] for index in range(words)]
    spans, null = scored([4 + "abcdefg".index(letter) for letter in letters])
    spans = {(a, b): score for (a, b), score in spans.items() if b - a < longest}
    total = np.exp([*spans.values(), null]).sum()
    expected = sorted(((np.exp(score) / total, 3 * a, 3 * b + 1) for (a, b), score in spans.items()), reverse=True)[:5]
    [reading] = predictor.predict([("a b", "  ".join(letters))])
    answers, none = reading.answers(5, longest)
    assert [(one.start, one.end) for one in answers] == [(start, end) for _, start, end in expected]
    np.testing.assert_allclose([one.score for one in answers], [score for score, _, _ in expected], rtol=1e-4)
    assert none == pytest.approx(np.exp(null) / total, rel=1e-4)


def test_answers_are_whole_words(predictor: Any) -> None:
    text = "\N{GRINNING FACE} bad cafe deed"
    [reading] = predictor.predict([("a b", text)])
    answers, none = reading.answers(100, 20)
    words = ["\N{GRINNING FACE}", "bad", "cafe", "deed"]
    assert {text[one.start : one.end] for one in answers} == {
        " ".join(words[a:b]) for a in range(4) for b in range(a + 1, 5)
    }
    assert sum(one.score for one in answers) + none == pytest.approx(1, abs=1e-5)


def test_a_context_without_tokens_has_no_answer(predictor: Any) -> None:
    [reading] = predictor.predict([("a b", " ")])
    assert reading.answers(3, 4) == ([], 1.0)
    assert not reading.truncated


def test_a_question_that_leaves_no_room_is_refused(predictor: Any) -> None:
    predictor.check(("a " * (ROOM // 2), "b"), "inputs")
    with pytest.raises(InvalidInputError, match=r"inputs\.4\.question: 8 tokens; at most 7 are read with a context"):
        predictor.check(("a " * (ROOM // 2 + 1), "b"), "inputs.4")


def test_the_longest_question_still_reads_the_whole_context(predictor: Any) -> None:
    [reading] = predictor.predict([("a " * (ROOM // 2), "b " * 50)])
    assert {index for one in reading.windows for index in range(one.start, one.stop)} == set(range(50))

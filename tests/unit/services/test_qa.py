"""qa: which answers are given, in which order, and the shapes of what it answers."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from functions.qa.schema import QaParameters
from functions.qa.service import open_service, ranked
from modelet.errors import InvalidInputError
from modelet.tasks.question_answering import Reading
from tests.unit.services.conftest import Open, ask

CONTEXT = "é ab cd"


def reading(null: float, *logits: tuple[float, float]) -> Reading:
    """Of three words of `CONTEXT`: logits of a start and of an end at each."""
    offsets = np.array([[0, 1], [2, 4], [5, 7]])
    return Reading(offsets, [slice(0, 3)], [np.array(logits, np.float32)], null, 3)


LIKELY = reading(0.0, (0, 0), (8, 0), (1, 9))  # "ab cd", then "cd", then all
UNLIKELY = reading(20.0, (0, 0), (8, 0), (1, 9))


@pytest.mark.parametrize(
    ("found", "parameters", "answers"),
    [
        (LIKELY, {}, ["ab cd"]),
        (LIKELY, {"top_k": 3}, ["ab cd", "cd", "é ab cd"]),
        (LIKELY, {"max_answer_len": 1}, ["cd"]),
        (LIKELY, {"handle_impossible_answer": True}, ["ab cd"]),
        (UNLIKELY, {"handle_impossible_answer": True}, [""]),
        (UNLIKELY, {"handle_impossible_answer": True, "top_k": 2}, ["", "ab cd"]),
        (UNLIKELY, {}, ["ab cd"]),
    ],
)
def test_the_likeliest_come_first_and_no_answer_only_if_it_may_be(
    found: Reading, parameters: dict[str, Any], answers: list[str]
) -> None:
    answered = ranked(CONTEXT, found, QaParameters(**parameters))
    assert [one.answer for one in answered] == answers
    assert all(CONTEXT[one.start : one.end] == one.answer for one in answered)
    assert [one.score for one in answered] == sorted((one.score for one in answered), reverse=True)


def test_no_answer_is_nowhere() -> None:
    (none,) = ranked(CONTEXT, UNLIKELY, QaParameters(handle_impossible_answer=True))
    assert (none.start, none.end) == (0, 0)
    assert none.score > 0.9


A, B = {"question": "ab", "context": "cd ef"}, {"question": "b", "context": "cd"}


def test_one_question_gives_an_answer_and_a_list_a_list(open_tiny: Open) -> None:
    service = open_tiny(open_service, "question-answering")
    one = ask(service, inputs=A)
    assert one.keys() == {"answer", "score", "start", "end"}
    assert ask(service, inputs=[A]) == [one]
    several = ask(service, inputs=[A, B], parameters={"top_k": 2})
    assert [len(answers) for answers in several] == [2, 1]
    assert several[0][0] == one
    assert ask(service, inputs=A, parameters={"top_k": 2}) == several[0]


def test_a_context_without_words_has_no_answer(open_tiny: Open) -> None:
    service = open_tiny(open_service, "question-answering")
    found = ask(service, inputs={"question": "ab", "context": " \n"})
    assert found == {"answer": "", "score": 1.0, "start": 0, "end": 0}


PARAMETERS = {"align_to_words": True, "doc_stride": 8, "max_question_len": 9, "max_seq_len": 99, "top_k": None}


@pytest.mark.parametrize("parameters", [None, {}, PARAMETERS])
def test_what_clients_send_is_accepted(open_tiny: Open, parameters: Any) -> None:
    service = open_tiny(open_service, "question-answering")
    assert ask(service, inputs=A, parameters=parameters) == ask(service, inputs=A)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"inputs": {"question": "a"}}, "inputs.context"),
        ({"inputs": [A, {"context": "a"}]}, "inputs.1.question"),
        ({"inputs": "a"}, "inputs"),
        ({"inputs": A, "parameters": {"top_k": 0}}, "parameters.top_k"),
        ({"inputs": A, "parameters": {"topk": 1}}, "parameters.topk"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(open_tiny: Open, body: dict[str, Any], field: str) -> None:
    service = open_tiny(open_service, "question-answering")
    with pytest.raises(ValidationError) as caught:
        ask(service, **body)
    assert [".".join(map(str, error["loc"])) for error in caught.value.errors()] == [field]


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ([], "inputs"),
        ({"question": "", "context": "a"}, "inputs.question"),
        ({"question": "a", "context": ""}, "inputs.context"),
        ([A, {"question": "a", "context": ""}], "inputs.1.context"),
        ({"question": "abcdefghijk", "context": "a"}, "inputs.question"),  # a token a letter, over half of 24
    ],
)
def test_what_cannot_be_answered_is_named_by_its_path(open_tiny: Open, inputs: Any, field: str) -> None:
    service = open_tiny(open_service, "question-answering")
    with pytest.raises(InvalidInputError) as caught:
        ask(service, inputs=inputs)
    assert caught.value.field == field

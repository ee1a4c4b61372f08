"""Limits are checked before anything is tokenized, and name the field."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from modelet.errors import InputTooLargeError, InvalidInputError
from modelet.inputs import TextOrIds, TextsOrTokenIds, numbered
from modelet.operation import Operation, Reply
from modelet.predictor import Predictor
from modelet.settings import Settings
from modelet.tasks.embedding import Embedding, EmbeddingTask
from tests.tiny import write_bundle

LIMITS = Settings(max_inputs=3, max_chars=10, max_total_chars=15, cache_bytes=0)


class Ask(BaseModel):
    texts: TextsOrTokenIds


class Told(BaseModel):
    tokens: list[int]


Asking = Operation[Ask, TextOrIds, Embedding, Told]


def items(request: Ask) -> list[TextOrIds]:
    several: Sequence[Any] = request.texts if isinstance(request.texts, list) else [request.texts]
    return [item if isinstance(item, str) else tuple(item) for item in several]


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor[TextOrIds, Embedding]:
    return Predictor(write_bundle(tmp_path_factory.mktemp("operation") / "model"), EmbeddingTask, LIMITS)


@pytest.fixture
def operation(predictor: Predictor[TextOrIds, Embedding]) -> Asking:
    return Operation(
        description="Counts tokens.",
        request=Ask,
        response=Told,
        field="texts",
        items=items,
        predictor=predictor,
        respond=lambda _, answers: Told(tokens=[answer.tokens for answer in answers]),
        summary=lambda response: {"count": len(response.tokens)},
    )


@pytest.mark.parametrize("texts", ["a" * 10, ["a", "b", "c"], ["a" * 10, "b" * 5], [[0] * 10], [[49]]])
def test_up_to_the_limits_is_answered(operation: Asking, texts: Any) -> None:
    assert len(operation(Ask(texts=texts)).response.tokens) == (1 if isinstance(texts, str) else len(texts))


@pytest.mark.parametrize(
    ("texts", "error", "told"),
    [
        ([], InvalidInputError, "texts: must not be empty"),
        ("", InvalidInputError, "texts: must not be empty"),
        (["a", ""], InvalidInputError, "texts.1: must not be empty"),
        (["a"] * 4, InputTooLargeError, "texts: 4 inputs; at most 3 are taken in one request"),
        ("a" * 11, InputTooLargeError, "texts: 11 characters; at most 10 are taken"),
        (["a", "b" * 11], InputTooLargeError, "texts.1: 11 characters; at most 10 are taken"),
        ([[4] * 11], InputTooLargeError, "texts: 11 token ids; at most 10 are taken"),
        (["a" * 8] * 2, InputTooLargeError, "texts: 16 characters in all; at most 15 are taken"),
        ([[4] * 8] * 2, InputTooLargeError, "texts: 16 token ids in all; at most 15 are taken"),
        ([[4], [50]], InvalidInputError, "texts.1: token ids must be in 0..49"),
        ([[-1, 4]], InvalidInputError, "texts: token ids must be in 0..49"),
        ([[10**30]], InvalidInputError, "texts: token ids must be in 0..49"),
        (["a", "bc\ud800"], InvalidInputError, "texts.1: has half of a surrogate pair at character 2"),
    ],
)
def test_what_is_not_answered_is_named(
    operation: Asking, texts: Any, error: type[InvalidInputError], told: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        operation(Ask(texts=texts))
    assert type(caught.value) is error
    assert str(caught.value) == told


def test_limits_are_those_of_all_texts_under_their_own_paths(operation: Asking) -> None:
    compared = replace(operation, texts=lambda request: [("with", "e\ud800"), *numbered("texts", items(request))])
    for texts, told in (("a", "with: has half of a surrogate"), ([], "with"), (["a", "b" * 11], "with")):
        with pytest.raises(InvalidInputError, match=told):
            compared(Ask(texts=texts))
    spoken = replace(operation, texts=lambda request: [("with", "b" * 8), *numbered("texts", items(request))])
    assert spoken(Ask(texts="a" * 7)).response.tokens == [9]
    with pytest.raises(InputTooLargeError, match="texts: 16 characters in all"):
        spoken(Ask(texts="a" * 8))


@pytest.mark.parametrize(("texts", "truncated"), [("a" * 8, False), (["a", "a" * 9], True)])
def test_a_reply_tells_of_cuts(tmp_path: Path, operation: Asking, texts: Any, truncated: bool) -> None:
    short = Predictor(write_bundle(tmp_path / "model", max_tokens=10), EmbeddingTask, LIMITS)
    assert replace(operation, predictor=short)(Ask(texts=texts)).truncated is truncated
    told = replace(operation, predictor=short, respond=lambda *_: Reply(Told(tokens=[]), not truncated))
    assert told(Ask(texts=texts)).truncated is not truncated


def test_several_requests_are_answered_by_one_prediction(operation: Asking) -> None:
    seen: list[int] = []
    operation.predictor.observe = lambda prediction: seen.append(prediction.inputs)
    answers = operation.answer_all([Ask(texts=["a", "bed"]), Ask(texts="cab"), Ask(texts=[[4]])])
    assert [answer.response.tokens for answer in answers] == [[3, 5], [5], [3]]
    assert seen == [4]

"""rerank: the order of documents, in the shapes of Cohere and of text-embeddings-inference."""

from typing import Any

import pytest
from pydantic import ValidationError

from functions.rerank.service import open_service
from modelet.errors import InputTooLargeError, InvalidInputError
from modelet.operation import Operation
from tests.unit.services.conftest import Open, ask

PASSAGES = ["ab", "cd ef", "g", "hi jk l"]


@pytest.fixture
def service(open_tiny: Open) -> Operation[Any, Any, Any, Any]:
    return open_tiny(open_service, "pair-classification", activation="sigmoid")


def test_documents_are_answered_as_cohere_does(service: Operation[Any, Any, Any, Any]) -> None:
    answer = ask(service, query="ab", documents=PASSAGES, model="rerank-v3.5")
    assert answer.keys() == {"id", "results", "meta"}
    relevances = [one["relevance_score"] for one in answer["results"]]
    assert relevances == sorted(relevances, reverse=True)
    assert sorted(one["index"] for one in answer["results"]) == [0, 1, 2, 3]
    assert all(one.keys() == {"index", "relevance_score"} for one in answer["results"])
    assert ask(service, query="ab", documents=PASSAGES, model="rerank-v3.5") == answer


def test_texts_are_answered_as_text_embeddings_inference_does(service: Operation[Any, Any, Any, Any]) -> None:
    ranks = ask(service, query="ab", texts=PASSAGES)
    results = ask(service, query="ab", documents=PASSAGES)["results"]
    assert ranks == [{"index": one["index"], "score": one["relevance_score"]} for one in results]


def test_raw_scores_are_logits_in_the_same_order(service: Operation[Any, Any, Any, Any]) -> None:
    raw = ask(service, query="ab", texts=PASSAGES, raw_scores=True, truncate=True)
    logits = {pair: answer.logits[0, 0] for pair, answer in _answers(service).items()}
    assert [one["score"] for one in raw] == sorted(logits.values(), reverse=True)
    assert [one["index"] for one in raw] == [one["index"] for one in ask(service, query="ab", texts=PASSAGES)]


def _answers(service: Operation[Any, Any, Any, Any]) -> dict[Any, Any]:
    pairs = [("ab", passage) for passage in PASSAGES]
    return dict(zip(pairs, service.predictor.predict(pairs), strict=True))


def test_what_was_asked_for_comes_along(service: Operation[Any, Any, Any, Any]) -> None:
    mixed = [{"text": "ab", "title": "a"}, *PASSAGES[1:]]
    results = ask(service, query="ab", documents=mixed, top_n=2, return_documents=True)["results"]
    assert [one["document"]["text"] for one in results] == [PASSAGES[one["index"]] for one in results]
    assert len(results) == 2
    ranks = ask(service, query="ab", texts=PASSAGES, return_text=True)
    assert [one["text"] for one in ranks] == [PASSAGES[one["index"]] for one in ranks]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"query": "a"}, ""),
        ({"query": "a", "documents": ["b"], "texts": ["b"]}, ""),
        ({"query": "a", "documents": []}, "documents"),
        ({"documents": ["b"]}, "query"),
        ({"query": "a", "documents": ["b", {"title": "c"}]}, "documents.1.text"),
        ({"query": "a", "texts": ["b", {"text": "c"}]}, "texts.1"),
        ({"query": "a", "texts": ["b"], "top_n": 1}, "top_n"),
        ({"query": "a", "documents": ["b"] * 1_001}, "documents"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(
    service: Operation[Any, Any, Any, Any], body: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        service.request.model_validate(body)
    assert [".".join(map(str, error["loc"])) for error in caught.value.errors()] == [field]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"query": "", "texts": ["b"]}, "query"),
        ({"query": "a", "documents": ["b", ""]}, "documents.1"),
    ],
)
def test_an_empty_text_is_named_by_its_path(
    service: Operation[Any, Any, Any, Any], body: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        ask(service, **body)
    assert caught.value.field == field


def test_null_is_as_good_as_nothing(service: Operation[Any, Any, Any, Any]) -> None:
    assert ask(service, query="ab", documents=PASSAGES, texts=None) == ask(service, query="ab", documents=PASSAGES)


@pytest.mark.parametrize("field", ["documents", "texts"])
def test_too_much_in_all_is_told_of_the_documents(service: Operation[Any, Any, Any, Any], field: str) -> None:
    with pytest.raises(InputTooLargeError, match="in all") as error:
        ask(service, query="ab", **{field: ["a" * 60_000] * 20})
    assert error.value.field == field


def test_a_document_of_a_megabyte_is_named(service: Operation[Any, Any, Any, Any]) -> None:
    with pytest.raises(InputTooLargeError) as caught:
        ask(service, query="a", documents=["b", "c" * 1_000_000])
    assert caught.value.field == "documents.1"

"""The official clients, unchanged, against `modelet serve`: OpenAI's, Hugging Face's, and what Cohere's sends."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import openai
import pytest
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError

from tests.conftest import ROOT

GOLDEN = json.loads((ROOT / "tests" / "data" / "golden_embeddings.json").read_text("utf-8"))["items"][:3]
TEXTS = [item["text"] for item in GOLDEN]
VECTORS = np.array([item["embedding"] for item in GOLDEN])


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="unused", max_retries=0) as client:
        yield client


def assert_golden(found: object) -> None:
    vectors = np.array(found)
    assert vectors.shape == VECTORS.shape
    assert (vectors * VECTORS).sum(axis=1).min() > 0.99


@pytest.mark.parametrize("encoding_format", ["float", openai.omit])  # without it the client asks for base64
def test_openai_gets_embeddings_of_strings(client: openai.OpenAI, encoding_format: Any) -> None:
    answer = client.embeddings.create(model="any", input=TEXTS, encoding_format=encoding_format)
    assert_golden([item.embedding for item in answer.data])
    assert answer.model == "all-MiniLM-L6-v2@1.0.0"
    assert answer.usage.prompt_tokens == sum(len(item["input_ids"]) for item in GOLDEN)


def test_openai_gets_an_embedding_of_one_string(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="any", input=TEXTS[0], user="someone", encoding_format="float")
    assert len(answer.data) == 1
    assert len(answer.data[0].embedding) == 384


def test_openai_gets_embeddings_of_token_ids(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="any", input=[item["input_ids"] for item in GOLDEN])
    assert_golden([item.embedding for item in answer.data])
    one = client.embeddings.create(model="any", input=GOLDEN[0]["input_ids"])
    assert one.data[0].embedding == answer.data[0].embedding


def test_openai_gets_base64_as_it_is(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="any", input=TEXTS[0], encoding_format="base64")
    assert isinstance(answer.data[0].embedding, str)


def test_openai_understands_our_errors(client: openai.OpenAI) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        client.embeddings.create(model="any", input=["a", ""])
    assert caught.value.param == "input.1"
    assert caught.value.type == "invalid_request_error"


@pytest.mark.parametrize("options", [{}, {"normalize": True, "truncate": True, "truncation_direction": "right"}])
def test_hugging_face_gets_features(url: str, options: dict[str, Any]) -> None:
    client = InferenceClient(model=f"{url}/v1/features")
    assert_golden(client.feature_extraction(TEXTS, **options))
    one = client.feature_extraction(TEXTS[0])
    assert (one.shape, one.dtype) == ((1, 384), np.float32)


def test_hugging_face_understands_our_errors(url: str) -> None:
    with pytest.raises(HfHubHTTPError, match="422"):
        InferenceClient(model=f"{url}/v1/features").feature_extraction("")


@pytest.mark.parametrize("options", [{}, {"top_k": 1}, {"top_k": 1, "function_to_apply": "softmax"}])
def test_hugging_face_classifies_texts(url: str, options: dict[str, Any]) -> None:
    client = InferenceClient(model=f"{url}/v1/sentiment")
    best, *others = client.text_classification("A wonderful film, I loved every minute.", **options)
    assert best.label == "positive"
    assert len(others) == options.get("top_k", 2) - 1


def test_hugging_face_gets_any_classifiers_labels(url: str) -> None:
    german = InferenceClient(model=f"{url}/v1/language").text_classification("Der Zug nach Wien fährt um neun.")
    assert german[0].label == "de"
    intent = InferenceClient(model=f"{url}/v1/intent").text_classification("what is the balance of my account", top_k=1)
    assert [one.label for one in intent] == ["balance"]


@pytest.mark.parametrize("options", [{}, {"aggregation_strategy": "simple", "ignore_labels": ["O"], "stride": 16}])
def test_hugging_face_finds_entities(url: str, options: dict[str, Any]) -> None:
    text = "Yesterday 🚂 Angela Merkel flew to London."
    client = InferenceClient(model=f"{url}/v1/ner")
    found = {one.entity_group: one for one in client.token_classification(text, **options)}
    assert (found["PER"].word, found["LOC"].word) == ("Angela Merkel", "London")
    assert all(text[one.start : one.end] == one.word for one in found.values())


QUESTION = {"question": "When does the train leave?", "context": "The train to Oslo leaves at nine. Tickets are cheap."}
OPTIONS = {"align_to_words": True, "doc_stride": 64, "max_answer_len": 10, "max_question_len": 32, "max_seq_len": 256}


@pytest.mark.parametrize("options", [{}, OPTIONS, {"handle_impossible_answer": False, "top_k": 1}])
def test_hugging_face_gets_an_answer(url: str, options: dict[str, Any]) -> None:
    found = InferenceClient(model=f"{url}/v1/qa").question_answering(**QUESTION, **options)
    assert "nine" in found.answer
    assert QUESTION["context"][found.start : found.end] == found.answer


def test_hugging_face_gets_several_answers(url: str) -> None:
    found = InferenceClient(model=f"{url}/v1/qa").question_answering(**QUESTION, top_k=3)
    assert len(found) == 3
    assert "nine" in found[0].answer


@pytest.mark.parametrize("options", [{}, {"multi_label": True, "hypothesis_template": "This text is about {}."}])
def test_hugging_face_takes_labels_of_its_own(url: str, options: dict[str, Any]) -> None:
    client = InferenceClient(model=f"{url}/v1/zeroshot")
    labels = ["cooking", "football", "space travel"]
    found = client.zero_shot_classification("Their goalkeeper saved two penalties.", labels, **options)
    assert found[0].label == "football"
    assert sorted(one.label for one in found) == labels


def test_hugging_face_compares_sentences(url: str) -> None:
    client = InferenceClient(model=f"{url}/v1/similarity")
    near, far = client.sentence_similarity("The train is late.", ["The train is delayed.", "Add two eggs."])
    assert near > 0.7 > 0.3 > far


@pytest.mark.parametrize("options", [{}, {"clean_up_tokenization_spaces": True, "truncation": "longest_first"}])
def test_hugging_face_gets_a_summary(url: str, options: dict[str, Any]) -> None:
    text = json.loads(json.loads((ROOT / "events" / "http_summarize.json").read_text("utf-8"))["body"])["inputs"]
    found = InferenceClient(model=f"{url}/v1/summarize").summarization(text, **options)
    assert 0 < len(found.summary_text) < len(text)
    assert found.summary_text[:20] in text


DOCUMENTS = ["Dogs are welcome on deck.", "The ticket office opens at six.", "A bicycle travels for half of the fare."]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/rerank", {"documents": [DOCUMENTS[0], {"text": DOCUMENTS[1]}, DOCUMENTS[2]], "return_documents": True}),
        ("/v2/rerank", {"documents": DOCUMENTS, "model": "rerank-v4.0", "max_tokens_per_doc": 512, "priority": 1}),
    ],
)
def test_cohere_gets_ranks(url: str, path: str, body: dict[str, Any]) -> None:
    """What `cohere.Client(base_url=url).rerank` and `cohere.ClientV2(base_url=url).rerank` send."""
    answer = httpx.post(f"{url}{path}", json={"query": "When is the office open?", "top_n": 2, **body}).json()
    assert answer.keys() == {"id", "results", "meta"}
    first, second = answer["results"]
    assert first["index"] == 1
    assert 1 >= first["relevance_score"] >= second["relevance_score"] >= 0


def test_text_embeddings_inference_gets_ranks(url: str) -> None:
    body = {"query": "When is the office open?", "texts": DOCUMENTS, "return_text": True, "raw_scores": False}
    first, *others = httpx.post(f"{url}/v1/rerank", json=body).json()
    assert (first["index"], first["text"], len(others)) == (1, DOCUMENTS[1], 2)

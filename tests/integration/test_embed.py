"""embed through its handlers, against vectors of the official torch model."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.integration.conftest import Invoke, Post, answer, sqs_event, work
from workbench.local.routing import read_event
from workbench.local.template import Template
from workbench.packager.package import build_reference, open_bundle

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "golden_embeddings.json").read_text("utf-8"))["items"]
TEXTS = [item["text"] for item in GOLDEN]
VECTORS = np.array([item["embedding"] for item in GOLDEN], np.float32)
EMBEDDINGS, FEATURES = "/v1/embeddings", "/v1/features"


def vectors(post: Post, given: object, **options: object) -> NDArray[np.float32]:
    response = post(EMBEDDINGS, {"input": given, **options})
    assert response.status == 200, response.body
    data = answer(response)["data"]
    assert [item["index"] for item in data] == list(range(len(data)))
    return np.array([decoded(item["embedding"]) for item in data], np.float32)


def decoded(embedding: str | list[float]) -> NDArray[np.float32]:
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding, validate=True), "<f4")
    return np.array(embedding, np.float32)


def cosines(found: NDArray[np.float32]) -> NDArray[np.float32]:
    product: NDArray[np.float32] = (found * VECTORS).sum(axis=1)
    return product


def test_int8_vectors_are_the_official_models(post: Post) -> None:
    found = cosines(vectors(post, TEXTS))
    assert found.mean() >= 0.998
    assert found.min() >= 0.99


def test_fp32_vectors_are_the_official_models(bundles: Path, tmp_path: Path) -> None:
    reference = open_bundle(build_reference(bundles / "functions" / "embed", tmp_path))
    found = cosines(np.array([one.vector for one in reference.predict(TEXTS)]))
    assert found.mean() >= 0.99999
    assert found.min() >= 0.9999


def test_vectors_have_length_one(post: Post) -> None:
    np.testing.assert_allclose(np.linalg.norm(vectors(post, TEXTS), axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("position", [0, 15, 31])
def test_a_row_is_the_same_to_the_last_bit_anywhere(post: Post, position: int) -> None:
    row = f"Ferry {position} to the northern islands runs twice a day in winter."  # never from the cache
    others = [f"{text} ({position})" for text in (TEXTS * 2)[:31]]
    with_others = vectors(post, [*others[:position], row, *others[position:]])[position]
    assert with_others.tobytes() == vectors(post, row)[0].tobytes() == uncached(row).tobytes()


def uncached(text: str) -> NDArray[np.float32]:
    from functions.embed.service import predictor
    from modelet.bundle import Bundle
    from workbench.packager.package import open_bundle

    folder = Path(__file__).parents[2] / "functions" / "embed" / "model"
    assert Bundle.load(folder).manifest == predictor.manifest
    vector: NDArray[np.float32] = open_bundle(Bundle.load(folder)).predict([text])[0].vector
    return vector


def test_base64_is_the_same_vector(post: Post) -> None:
    assert vectors(post, TEXTS, encoding_format="base64").tobytes() == vectors(post, TEXTS).tobytes()


def test_token_ids_equal_their_text(post: Post) -> None:
    expected = vectors(post, TEXTS).tobytes()
    framed = [item["input_ids"] for item in GOLDEN]
    assert vectors(post, framed).tobytes() == expected
    assert vectors(post, [ids[1:-1] for ids in framed]).tobytes() == expected


def test_one_list_of_token_ids_is_one_input(post: Post) -> None:
    assert vectors(post, GOLDEN[0]["input_ids"]).tobytes() == vectors(post, TEXTS[0]).tobytes()


def test_usage_counts_what_the_model_read(post: Post) -> None:
    expected = sum(len(item["input_ids"]) for item in GOLDEN)
    for _ in ("computed", "cached"):
        body = answer(post(EMBEDDINGS, {"input": TEXTS}))
        assert body["usage"] == {"prompt_tokens": expected, "total_tokens": expected}
    assert max(len(item["input_ids"]) for item in GOLDEN) == 256  # a golden text is cut


@pytest.mark.parametrize("options", [{}, {"model": "text-embedding-3-small"}, {"user": "someone"}])
def test_the_answer_has_openais_shape_and_names_its_bundle(post: Post, options: dict[str, Any]) -> None:
    response = post(EMBEDDINGS, {"input": "a", **options})
    body = answer(response)
    assert body.keys() == {"object", "data", "model", "usage"}
    assert body["object"] == "list"
    assert body["data"][0].keys() == {"object", "index", "embedding"}
    assert dict(response.headers)["x-modelet-bundle"] == body["model"] == "all-MiniLM-L6-v2@1.0.0"


@pytest.mark.parametrize(
    ("inputs", "options"),
    [
        (TEXTS[0], {}),
        (TEXTS[:3], {}),
        (TEXTS[:2], {"normalize": True, "truncate": True, "truncation_direction": "Right"}),
    ],
)
def test_features_are_the_same_vectors(post: Post, inputs: str | list[str], options: dict[str, Any]) -> None:
    response = post(FEATURES, {"inputs": inputs, **options})
    assert response.status == 200
    assert dict(response.headers)["x-modelet-bundle"] == "all-MiniLM-L6-v2@1.0.0"
    assert np.array(answer(response), np.float32).tobytes() == vectors(post, inputs).tobytes()


def test_errors_have_the_shape_of_their_route(post: Post) -> None:
    openai, rfc_9457 = post(EMBEDDINGS, {"input": []}), post(FEATURES, {"inputs": []})
    assert dict(openai.headers)["content-type"] == "application/json"
    assert answer(openai)["error"]["param"] == "input"
    assert dict(rfc_9457.headers)["content-type"] == "application/problem+json"
    assert answer(rfc_9457)["errors"][0]["field"] == "inputs"


@pytest.mark.parametrize("name", ["http_embed", "http_embed_base64", "http_embed_binary", "http_embed_tokens"])
def test_events_are_answered(template: Template, invoke: Invoke, name: str) -> None:
    result = invoke(read_event(template.root / "events" / f"{name}.json"))
    assert (result["statusCode"], result["isBase64Encoded"]) == (200, False)
    [first, *_] = json.loads(result["body"])["data"]
    assert decoded(first["embedding"]).shape == (384,)


def embed_queued(*bodies: object) -> tuple[dict[str, Any], dict[str, Any]]:
    from functions.embed.service import embeddings

    return work(embeddings, sqs_event("EmbedQueue", *bodies))


def test_the_worker_answers_as_http_does(post: Post) -> None:
    bodies = [{"input": TEXTS[:3]}, {"input": TEXTS[3], "encoding_format": "base64"}, {"input": GOLDEN[4]["input_ids"]}]
    results, reply = embed_queued(*bodies)
    assert reply == {"batchItemFailures": []}
    assert [results[f"m{index}"] for index in range(3)] == [answer(post(EMBEDDINGS, body)) for body in bodies]


def test_only_what_is_wrong_fails(post: Post) -> None:
    bodies = ["{", {"input": "a"}, {"input": [[30522]]}, {"input": ""}, {"input": "b"}, "null", {"input": "c", "x": 1}]
    results, reply = embed_queued(*bodies)
    failed = ["m0", "m2", "m3", "m5", "m6"]
    assert sorted(failure["itemIdentifier"] for failure in reply["batchItemFailures"]) == failed
    assert results == {name: answer(post(EMBEDDINGS, bodies[int(name[1])])) for name in ("m1", "m4")}


def test_a_batch_that_is_all_wrong_fails_record_by_record(post: Post) -> None:
    results, reply = embed_queued("{", {"input": []})
    assert results == {}
    assert len(reply["batchItemFailures"]) == 2


def test_a_poisonous_record_does_not_fail_its_neighbours(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    from functions.embed.service import predictor

    predict = predictor.predict

    def poisoned(items: list[Any]) -> list[Any]:
        if "poison" in items:
            raise MemoryError
        return predict(items)

    monkeypatch.setattr(predictor, "predict", poisoned)
    results, reply = embed_queued({"input": "a"}, {"input": ["b", "poison"]}, {"input": "c"})
    assert results.keys() == {"m0", "m2"}
    assert reply == {"batchItemFailures": [{"itemIdentifier": "m1"}]}

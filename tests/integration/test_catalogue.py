"""ner, qa, rerank, similarity and zeroshot through their handlers, and what every service says of cut texts."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.integration.conftest import Invoke, Post, answer, work
from workbench.local.routing import event_paths, read_event
from workbench.local.template import read_template

NAMES = ("ner", "qa", "rerank", "similarity", "zeroshot")
# In redact's one message is broken on purpose.
QUEUED = [path for path in event_paths(ROOT / "events") if path.match("sqs_*") and path.stem != "sqs_redact"]
LABELS = {"candidate_labels": ["travel", "cooking"]}
CONTEXT = "The train to Oslo leaves at nine."


def test_there_is_an_event_for_each_route() -> None:
    functions = read_template(ROOT / "template.yaml").http_functions
    events = map(read_event, event_paths(ROOT / "events"))
    asked = {event["routeKey"] for event in events if "routeKey" in event}
    assert asked == {route.key for function in functions for route in function.routes}


@pytest.mark.parametrize("path", QUEUED, ids=lambda path: path.stem)
def test_every_queued_message_is_answered(invoke: Invoke, path: Path) -> None:
    assert invoke(read_event(path)) == {"batchItemFailures": []}


@pytest.mark.parametrize("name", NAMES)
def test_the_worker_answers_as_http_does(post: Post, name: str) -> None:
    entry = ROOT / "functions" / name / "worker.py"
    service = importlib.import_module(f"functions.{name}.service").open_service(str(entry))
    event = read_event(ROOT / "events" / f"sqs_{name}.json")
    results, reply = work(service, event)
    assert reply == {"batchItemFailures": []}
    bodies = {record["messageId"]: json.loads(record["body"]) for record in event["Records"]}
    assert results == {message: answer(post(f"/v1/{name}", body)) for message, body in bodies.items()}


LONG = "Nothing happened on this day either. " * 200


@pytest.mark.parametrize(
    ("path", "body", "cut"),
    [
        ("/v1/sentiment", {"inputs": LONG}, True),
        ("/v1/sentiment", {"inputs": "Nothing happened."}, False),
        ("/v1/features", {"inputs": ["Nothing happened.", LONG]}, True),
        ("/v1/moderate", {"inputs": LONG}, False),
        ("/v1/ner", {"inputs": LONG}, False),
        ("/v1/language", {"inputs": LONG}, False),
        ("/v1/qa", {"inputs": {"question": "What happened?", "context": LONG}}, False),
        ("/v1/rerank", {"query": "What happened?", "texts": ["Nothing.", LONG]}, True),
        ("/v1/rerank", {"query": "What happened?", "texts": ["Nothing."]}, False),
        ("/v1/zeroshot", {"inputs": LONG, "parameters": LABELS}, True),
        ("/v1/zeroshot", {"inputs": LONG, "parameters": {**LABELS, "method": "similarity"}}, True),
        ("/v1/similarity", {"inputs": {"source_sentence": "Nothing.", "sentences": [LONG]}}, True),
    ],
)
def test_a_header_tells_of_texts_that_were_cut(post: Post, path: str, body: dict[str, Any], cut: bool) -> None:
    response = post(path, body)
    assert response.status == 200, response.body
    assert dict(response.headers).get("x-modelet-truncated") == ("true" if cut else None)


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("/v1/zeroshot", {"inputs": "a", "parameters": {"candidate_labels": []}}, 422, "parameters.candidate_labels"),
        (
            "/v1/zeroshot",
            {"inputs": "a", "parameters": {"candidate_labels": [f"label {number}" for number in range(500)]}},
            422,
            "parameters.candidate_labels",
        ),
        ("/v1/zeroshot", {"inputs": "a"}, 422, "parameters"),
        ("/v1/qa", {"inputs": {"question": "When?", "context": ""}}, 422, "inputs.context"),
        ("/v1/qa", {"inputs": {"question": "When " * 300, "context": CONTEXT}}, 422, "inputs.question"),
        ("/v1/qa", {"inputs": {"question": "When?", "context": CONTEXT * 4_000}}, 413, "inputs.context"),
        ("/v1/rerank", {"query": "When?", "documents": [CONTEXT, "a " * 500_000]}, 413, "documents.1"),
        ("/v1/rerank", {"query": "When?", "documents": ["a"], "texts": ["a"]}, 422, "body"),
        ("/v1/rerank", {"query": "When " * 4_000, "texts": ["a"]}, 422, "query"),
        ("/v1/similarity", {"inputs": {"source_sentence": "a", "sentences": []}}, 422, "inputs.sentences"),
        ("/v1/similarity", {"inputs": "a"}, 422, "inputs"),
        ("/v1/ner", {"inputs": "a", "parameters": {"threshold": 0.5}}, 422, "parameters.threshold"),
        ("/v1/sentiment", {"inputs": "a", "parameters": {"topk": 1}}, 422, "parameters.topk"),
        ("/v1/summarize", {"inputs": "A.", "parameters": {"max_length": 9}}, 422, "parameters.max_length"),
    ],
)
def test_a_problem_names_the_field(post: Post, path: str, body: dict[str, Any], status: int, field: str) -> None:
    response = post(path, body)
    assert (response.status, [error["field"] for error in answer(response)["errors"]]) == (status, [field])
    assert dict(response.headers)["content-type"] == "application/problem+json"

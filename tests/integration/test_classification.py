"""A classification service that is no more than a bundle and its two entries, through its handlers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelet.manifest import Activation
from tests.integration.conftest import http_event, sqs_event
from tests.tiny import NAMES, write_bundle
from workbench.local.child import ChildProcess
from workbench.local.responses import HttpResponse, to_response
from workbench.local.template import Template, read_template

PATH = "/v1/moods"
MAX_TOKENS = 14
CUT = "a " * MAX_TOKENS

API = """
from modelet.adapters.http import create_api
from modelet.services import classification

app, handler = create_api("/v1/moods", classification.open_service(__file__))
"""
WORKER = """
from modelet.adapters.worker import create_worker
from modelet.services import classification

handler = create_worker(classification.open_service(__file__))
"""
TEMPLATE = """
Globals: {Function: {Runtime: python3.13}}
Resources:
  Api: {Type: AWS::Serverless::HttpApi}
  MoodsFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: moods.api.handler
      Events: {Moods: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: post, Path: /v1/moods}}}
  MoodsWorker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: moods.worker.handler
      Events: {Messages: {Type: SQS, Properties: {Queue: !GetAtt MoodsQueue.Arn}}}
  MoodsQueue: {Type: AWS::SQS::Queue}
"""


def service(root: Path, activation: Activation) -> Template:
    write_bundle(root / "moods" / "model", "text-classification", MAX_TOKENS, activation=activation)
    (root / "moods" / "__init__.py").touch()
    (root / "moods" / "api.py").write_text(API)
    (root / "moods" / "worker.py").write_text(WORKER)
    (root / "template.yaml").write_text(TEMPLATE)
    return read_template(root / "template.yaml")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return service(tmp_path_factory.mktemp("softmax"), "softmax")


@pytest.fixture(scope="module")
def moods(template: Template) -> Iterator[ChildProcess]:
    with ChildProcess(template.function("MoodsFunction"), template.root) as child:
        yield child


def posted(child: ChildProcess, template: Template, body: object) -> HttpResponse:
    return to_response(child.invoke(http_event(template, PATH, body)).answer)


def scores(response: HttpResponse) -> Any:
    assert response.status == 200, response.body
    return json.loads(response.body)


def test_a_list_of_scores_for_each_text(moods: ChildProcess, template: Template) -> None:
    [one] = scores(posted(moods, template, {"inputs": "bad"}))
    assert sorted(score["label"] for score in one) == sorted(NAMES)
    assert [score["score"] for score in one] == sorted((score["score"] for score in one), reverse=True)
    assert sum(score["score"] for score in one) == pytest.approx(1, abs=1e-5)
    assert scores(posted(moods, template, {"inputs": ["cafe", "bad"]}))[1] == one


@pytest.mark.parametrize(
    "parameters", [None, {}, {"top_k": None, "function_to_apply": None}, {"function_to_apply": "softmax", "top_k": 3}]
)
def test_what_clients_send_besides_changes_nothing(moods: ChildProcess, template: Template, parameters: Any) -> None:
    plain = scores(posted(moods, template, {"inputs": "bad"}))
    assert scores(posted(moods, template, {"inputs": "bad", "parameters": parameters, "model": "any"})) == plain


def test_parameters_are_followed(moods: ChildProcess, template: Template) -> None:
    def ask(**parameters: object) -> Any:
        return scores(posted(moods, template, {"inputs": "bad", "parameters": parameters}))[0]

    everything = ask()
    assert ask(top_k=1) == everything[:1]
    logits = ask(function_to_apply="none")
    assert [score["label"] for score in logits] == [score["label"] for score in everything]
    assert logits[0]["score"] - logits[1]["score"] > 0
    assert all(0 < score["score"] < 1 for score in ask(function_to_apply="sigmoid"))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"inputs": ["a", ""]}, "inputs.1"),
        ({"inputs": 7}, "inputs"),
        ({"inputs": "a", "parameters": {"top_k": 0}}, "parameters.top_k"),
        ({"inputs": "a", "parameters": {"function_to_apply": "relu"}}, "parameters.function_to_apply"),
        ({"inputs": "a", "parameters": {"temperature": 2}}, "parameters.temperature"),
        ({"inputs": "a", "options": {}}, "options"),
    ],
)
def test_what_is_wrong_is_named(moods: ChildProcess, template: Template, body: object, field: str) -> None:
    response = posted(moods, template, body)
    assert response.status == 422
    assert [error["field"] for error in json.loads(response.body)["errors"]] == [field]


@pytest.mark.parametrize(("inputs", "told"), [("bad", None), (CUT, "true"), (["bad", CUT], "true")])
def test_the_header_tells_of_a_cut(moods: ChildProcess, template: Template, inputs: object, told: str | None) -> None:
    response = posted(moods, template, {"inputs": inputs})
    assert dict(response.headers).get("x-modelet-truncated") == told


def test_the_worker_answers_the_same_bodies_and_logs_a_cut(template: Template) -> None:
    with ChildProcess(template.function("MoodsWorker"), template.root) as child:
        run = child.invoke(sqs_event("MoodsQueue", {"inputs": ["bad", CUT]}, {"inputs": ""}, {"inputs": "bad"}))
    assert run.answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    answered = [entry for line in run.logs.splitlines() if (entry := json.loads(line)).get("message") == "answered"]
    assert [(entry["message_id"], entry["texts"], entry["truncated"]) for entry in answered] == [
        ("m0", 2, True),
        ("m2", 1, False),
    ]


def test_labels_that_are_judged_by_themselves_are_flagged(tmp_path: Path) -> None:
    template = service(tmp_path, "sigmoid")
    with ChildProcess(template.function("MoodsFunction"), template.root) as child:
        [plain] = scores(posted(child, template, {"inputs": "bad"}))
        [logits] = scores(posted(child, template, {"inputs": "bad", "parameters": {"function_to_apply": "none"}}))
    assert {score["flagged"] for score in plain} == {True, False}
    assert all(score["flagged"] == (score["score"] >= 0.5) for score in plain)
    assert [score["flagged"] for score in logits] == [score["flagged"] for score in plain]

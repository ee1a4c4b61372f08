"""The project's own template and events agree with each other and with AWS's rules."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from workbench.local.events import HttpRequest, to_event
from workbench.local.routing import Router, event_paths, function_for, read_event
from workbench.local.template import read_document, read_template

_ROOT = Path(__file__).parents[3]
_TEMPLATE = read_template(_ROOT / "template.yaml")
_EVENTS = event_paths(_ROOT / "events")
_HTTP = [path for path in _EVENTS if path.name.startswith("http_")]
_SQS = [path for path in _EVENTS if path.name.startswith("sqs_")]


@pytest.mark.parametrize("path", _EVENTS, ids=lambda path: path.stem)
def test_an_event_goes_to_the_service_that_its_name_gives(path: Path) -> None:
    function = function_for(read_event(path), _TEMPLATE)
    service = path.stem.split("_")[1]
    features_are_embeddings = "embed" if service == "features" else service
    assert function.package == f"functions.{features_are_embeddings}"


def test_every_function_has_an_event() -> None:
    taken = {function_for(read_event(path), _TEMPLATE).logical_id for path in _EVENTS}
    assert taken == {function.logical_id for function in _TEMPLATE.functions}


def _shape(value: Any) -> Any:
    return {name: _shape(item) for name, item in value.items()} if isinstance(value, dict) else type(value)


@pytest.mark.parametrize("path", _HTTP, ids=lambda path: path.stem)
def test_an_http_event_is_what_the_gateway_makes_of_its_request(path: Path) -> None:
    event = read_event(path)
    http = event["requestContext"]["http"]
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
    match = Router(_TEMPLATE).match(http["method"], event["rawPath"])
    assert match is not None
    made = to_event(
        HttpRequest(http["method"], event["rawPath"], event["rawQueryString"], (*event["headers"].items(),), body),
        match,
    )
    assert _shape(made) == _shape(event)
    same = ("routeKey", "rawPath", "body", "isBase64Encoded")
    assert {name: made[name] for name in same} == {name: event[name] for name in same}
    assert event["headers"]["content-length"] == str(len(body))


@pytest.mark.parametrize("path", _SQS, ids=lambda path: path.stem)
def test_sqs_records_carry_their_digest(path: Path) -> None:
    for record in read_event(path)["Records"]:
        assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()


def test_a_queue_waits_six_times_its_workers_timeout() -> None:
    document = read_document(_ROOT / "template.yaml")
    for function in _TEMPLATE.functions:
        for name in (mapping.queue for mapping in function.mappings):
            queue = document["Resources"][name]["Properties"]
            assert queue["VisibilityTimeout"] >= 6 * function.timeout
            service = name.removesuffix("Queue").removesuffix("Parts")
            assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [f"{service}DeadLetterQueue", "Arn"]}


def test_http_functions_end_before_the_api_gives_up() -> None:
    assert all(function.timeout < 30 for function in _TEMPLATE.http_functions)


def test_event_bodies_are_json_but_for_the_one_that_must_fail() -> None:
    broken = [
        (path.name, record["messageId"])
        for path in _SQS
        for record in read_event(path)["Records"]
        if not _is_json(record["body"])
    ]
    assert len(broken) == 1


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True

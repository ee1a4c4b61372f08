"""Bad input through every way in: a clear problem that names the field, never a traceback, nothing of it in the log."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration.conftest import JSON_HEADERS, Fresh, http_event, sqs_event
from workbench.local.child import ChildProcess
from workbench.local.responses import HttpResponse, to_response
from workbench.local.template import Template

SECRET = "Rumpelstilzchen"
MARKERS = (SECRET, SECRET.lower(), "Traceback")


@dataclass(frozen=True)
class Way:
    """A route: the functions that answer it, the field of its inputs, and where its errors say what is wrong."""

    path: str
    function: str
    field: str


EMBEDDINGS = Way("/v1/embeddings", "EmbedFunction", "input")
FEATURES = Way("/v1/features", "EmbedFunction", "inputs")
REDACT = Way("/v1/redact", "RedactFunction", "inputs")
WAYS = {way.path: way for way in (EMBEDDINGS, FEATURES, REDACT)}
QUEUES = {"EmbedWorker": ("EmbedQueue", "input"), "RedactWorker": ("RedactQueue", "inputs")}

# What is wrong with the inputs: their JSON, the status, and the field after the name of the inputs' own.
INPUTS: dict[str, tuple[str, int, str]] = {
    "empty list": ("[]", 422, ""),
    "empty string": ('""', 422, ""),
    "empty string in a list": (f'["{SECRET}", ""]', 422, ".1"),
    "10 MB of text": (json.dumps(f"{SECRET} " * 625_000), 413, ""),
    "10 MB in a list": (json.dumps([f"{SECRET} " * 6250] * 100), 413, ""),
    "a long input in a list": (json.dumps(["a", SECRET * 10_000]), 413, ".1"),
    "5,000 inputs": (json.dumps([SECRET] * 5000), 413, ""),
    "null": ("null", 422, ""),
    "true": ("true", 422, ""),
    "a number": ("3.5", 422, ""),
    "an infinite number": ("1e999", 422, ""),
    "an object": (f'{{"{SECRET}": "{SECRET}"}}', 422, ""),
    "a list of nulls": ("[null]", 422, ".0"),
    "a list of objects": (f'["{SECRET}", {{"{SECRET}": 1}}]', 422, ".1"),
    "a number among texts": (f'["{SECRET}", 7]', 422, ".1"),
    "a list of lists of texts": (f'["a", ["{SECRET}"]]', 422, ".1"),
}

TOKEN_IDS: dict[str, tuple[str, int, str]] = {
    "a text among token ids": (f'[7, "{SECRET}"]', 422, ".1"),
    "a text among lists of token ids": (f'[[7], "{SECRET}"]', 422, ".1"),
    "a text in a list of token ids": (f'[[7], [7, "{SECRET}"]]', 422, ".1.1"),
    "an empty list of token ids": ("[[7], []]", 422, ".1"),
    "fractions": ("[7.5]", 422, ".0"),
    "whole fractions": ("[7.0]", 422, ".0"),
    "booleans": ("[true]", 422, ".0"),
    "a negative id": ("[[7], [-1]]", 422, ".1"),
    "an id beyond the vocabulary": ("[[7], [30522]]", 422, ".1"),
    "an id beyond 64 bits": (f"[{'9' * 400}]", 422, ""),
    "too many ids": (json.dumps([7] * 100_001), 413, ""),
    "too many ids in all": (json.dumps([[7] * 99_999] * 11), 413, ""),
}

# What is wrong with the whole body.
BODIES: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 422, "body"),
    "broken JSON": (f'{{"inputs": "{SECRET}'.encode(), 400, "body"),
    "text": (SECRET.encode(), 400, "body"),
    "two values": (b"{} {}", 400, "body"),
    "a list": (f'["{SECRET}"]'.encode(), 422, "body"),
    "a string": (f'"{SECRET}"'.encode(), 422, "body"),
    "null": (b"null", 422, "body"),
    "invalid UTF-8": (f'{{"inputs": "{SECRET}\xff"}}'.encode("latin-1"), 400, "body"),
    "UTF-16": (f'{{"inputs": "{SECRET}"}}'.encode("utf-16"), 400, "body"),
    "lists nested 5,000 deep": (b'{"inputs": ' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "body"),
    "objects nested 5,000 deep": (b'{"inputs":' * 5000 + b"1" + b"}" * 5000, 400, "body"),
    "5,000 brackets": (b"[" * 5000, 400, "body"),
    "a lone high surrogate": (f'{{"inputs": "{SECRET}\\ud83d"}}'.encode(), 400, "body"),
    "a lone low surrogate": (f'{{"inputs": ["{SECRET}", "\\ude00 x"]}}'.encode(), 400, "body"),
    "a lone surrogate as a name": (f'{{"inputs": "{SECRET}", "\\ud83d": 1}}'.encode(), 400, "body"),
    "a lone surrogate as a token id": (b'{"input": [["\\ud83d"]]}', 400, "body"),
    "NaN": (b'{"inputs": NaN}', 400, "body"),
    "a number of 5,000 digits": (b'{"inputs": [' + b"9" * 5000 + b"]}", 400, "body"),
}

# What is wrong beside inputs that are right.
FIELDS: dict[str, tuple[tuple[Way, ...], str, str]] = {
    "an unknown field": (tuple(WAYS.values()), f'"{SECRET}": 1', SECRET),
    "an unknown field of 100 kB": (tuple(WAYS.values()), f'"{SECRET * 7000}": 1', (SECRET * 7000)[:80]),
    "a model that is no string": (tuple(WAYS.values()), '"model": 5', "model"),
    "an unknown format": ((EMBEDDINGS,), f'"encoding_format": "{SECRET}"', "encoding_format"),
    "a user that is no string": ((EMBEDDINGS,), '"user": 5', "user"),
    "other dimensions": ((EMBEDDINGS,), '"dimensions": 64', "dimensions"),
    "vectors of any length": ((FEATURES,), '"normalize": false', "normalize"),
    "truncation at the left": ((FEATURES,), '"truncation_direction": "left"', "truncation_direction"),
    "parameters that are no object": ((REDACT,), '"parameters": "mask"', "parameters"),
    "an unknown parameter": ((REDACT,), f'"parameters": {{"{SECRET}": 1}}', f"parameters.{SECRET}"),
    "an unknown mode": ((REDACT,), f'"parameters": {{"mode": "{SECRET}"}}', "parameters.mode"),
    "an unknown entity": ((REDACT,), f'"parameters": {{"entities": ["{SECRET}"]}}', "parameters.entities.0"),
    "a threshold of 0": ((REDACT,), '"parameters": {"threshold": 0}', "parameters.threshold"),
    "a threshold over 1": ((REDACT,), '"parameters": {"threshold": 1.01}', "parameters.threshold"),
    "an infinite threshold": ((REDACT,), '"parameters": {"threshold": 1e999}', "parameters.threshold"),
    "a threshold of 4,000 digits": ((REDACT,), f'"parameters": {{"threshold": {"9" * 4000}}}', "parameters.threshold"),
}


def cases() -> list[Any]:
    found: list[tuple[str, Way, bytes, int, str]] = []
    for way in WAYS.values():
        inputs = INPUTS | TOKEN_IDS if way is EMBEDDINGS else INPUTS
        for name, (value, status, where) in inputs.items():
            found.append((name, way, f'{{"{way.field}": {value}}}'.encode(), status, way.field + where))
        for name, (body, status, where) in BODIES.items():
            found.append((name, way, body.replace(b'"inputs"', f'"{way.field}"'.encode()), status, where))
    found += [
        (name, way, f'{{"{way.field}": "{SECRET}", {extra}}}'.encode(), 422, where)
        for name, (ways, extra, where) in FIELDS.items()
        for way in ways
    ]
    return [pytest.param(way, *rest, id=f"{name}-{way.path}") for name, way, *rest in found]


def send(child: ChildProcess, event: dict[str, Any]) -> tuple[HttpResponse, str]:
    invocation = child.invoke(event)
    return to_response(invocation.answer), invocation.logs


def fields(way: Way, response: HttpResponse) -> list[str]:
    """The wrong fields that a problem names, in the shape of its route."""
    body = json.loads(response.body)
    if way is EMBEDDINGS:
        assert body["error"]["type"] == "invalid_request_error"
        return [body["error"]["param"]]
    assert body["status"] == response.status
    return [error["field"] for error in body["errors"]]


@pytest.mark.parametrize(("way", "body", "status", "field"), cases())
def test_a_problem_names_the_field(
    fresh: Fresh, template: Template, way: Way, body: bytes, status: int, field: str
) -> None:
    response, logs = send(fresh(way.function), http_event(template, way.path, body))
    assert response.status == status, response.body[:500]
    assert fields(way, response)[0] == field
    assert len(response.body) < 2000
    assert not [marker for marker in MARKERS if marker in logs]
    assert "unexpected failure" not in logs


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("content-type", ""),),
        (("content-type", "text/plain"),),
        (("content-type", "application/x-www-form-urlencoded"),),
    ],
)
def test_another_content_type_is_refused(
    fresh: Fresh, template: Template, way: Way, headers: tuple[tuple[str, str], ...]
) -> None:
    event = http_event(template, way.path, {way.field: SECRET}, headers)
    response, logs = send(fresh(way.function), event)
    assert response.status == 415
    assert fields(way, response) == ["content-type"]
    assert SECRET not in logs


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize(
    ("body", "status"), [('{"%s": "K\N{LATIN SMALL LETTER O WITH DIAERESIS}ln"}', 200), ("%s: K", 400), ("{%s", 400)]
)
def test_bodies_in_base64(fresh: Fresh, template: Template, way: Way, body: str, status: int) -> None:
    event = http_event(template, way.path, b"", JSON_HEADERS)
    event |= {"body": base64.b64encode((body % way.field).encode()).decode(), "isBase64Encoded": True}
    response, _ = send(fresh(way.function), event)
    assert response.status == status
    assert status == 200 or fields(way, response) == ["body"]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize(
    "text", ["a\0b", "\0", " ", "\N{ZERO WIDTH SPACE}", "\N{GRINNING FACE}", "\uffff", "[CLS] [SEP]", "\n" * 1000]
)
def test_strange_texts_are_texts(fresh: Fresh, template: Template, way: Way, text: str) -> None:
    response, logs = send(fresh(way.function), http_event(template, way.path, {way.field: [text, SECRET]}))
    assert response.status == 200
    assert SECRET not in logs


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/ld+json"])
def test_json_under_other_names_is_json(fresh: Fresh, template: Template, content_type: str) -> None:
    event = http_event(template, FEATURES.path, {"inputs": "a"}, (("Content-Type", content_type),))
    assert send(fresh(FEATURES.function), event)[0].status == 200


@pytest.mark.parametrize(("path", "method", "status"), [("/v1/nowhere", "POST", 404), ("/v1/redact", "GET", 405)])
def test_other_routes_are_problems(fresh: Fresh, template: Template, path: str, method: str, status: int) -> None:
    event = http_event(template, REDACT.path, {})
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["requestContext"]["http"]["method"] = method
    response, _ = send(fresh(REDACT.function), event)
    assert response.status == json.loads(response.body)["status"] == status


@pytest.mark.parametrize("worker", QUEUES)
def test_a_worker_refuses_the_same_and_keeps_it_out_of_its_log(fresh: Fresh, worker: str) -> None:
    queue, field = QUEUES[worker]
    texts = [body.decode("latin-1").replace('"inputs"', f'"{field}"') for body, _, _ in BODIES.values()]
    texts += [f'{{"{field}": {value}}}' for value, _, _ in INPUTS.values()]
    texts += [
        f'{{"{field}": "{SECRET}", {extra}}}' for ways, extra, _ in FIELDS.values() if worker[:5] in ways[0].function
    ]
    refused = [text for text in texts if "\xff" not in text]  # not what SQS could carry
    good = json.dumps({field: SECRET})
    invocation = fresh(worker).invoke(sqs_event(queue, good, *refused, good))
    failed = [failure["itemIdentifier"] for failure in invocation.answer["batchItemFailures"]]
    assert failed == [f"m{index}" for index in range(1, len(refused) + 1)]
    assert invocation.logs.count('"refused"') == len(refused)
    assert invocation.logs.count('"answered"') == 2
    assert not [marker for marker in MARKERS if marker in invocation.logs]

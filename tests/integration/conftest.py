"""The project's own functions, in this process and in fresh ones, sent events as AWS would send them."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from modelet.adapters.worker import create_worker
from modelet.operation import Operation
from workbench.emulator.limits import unavailable
from workbench.local.bootstrap import LambdaContext
from workbench.local.child import ChildProcess
from workbench.local.events import HttpRequest, to_event
from workbench.local.executor import InProcessExecutor
from workbench.local.responses import HttpResponse, to_response
from workbench.local.routing import Router, function_for
from workbench.local.template import Template, read_template

JSON_HEADERS = (("content-type", "application/json"),)

Post = Callable[..., HttpResponse]
Invoke = Callable[[dict[str, Any]], Any]
Fresh = Callable[[str], ChildProcess]


@pytest.fixture(scope="session")
def cgroups() -> None:
    """CPU and memory can be limited here; asked for when a test needs it, since the answer changes control groups."""
    if reason := unavailable():
        pytest.skip(reason)


@pytest.fixture(scope="session")
def template(bundles: Path) -> Template:
    return read_template(bundles / "template.yaml")


@pytest.fixture(scope="session")
def invoke(template: Template) -> Iterator[Invoke]:
    """Send an event to the function that takes it, in this process."""
    with InProcessExecutor(template.functions, template.root) as executor:
        yield lambda event: executor.invoke(function_for(event, template), event)


@pytest.fixture(scope="session")
def post(template: Template, invoke: Invoke) -> Post:
    """Send a body (bytes, or what becomes JSON) to a path."""

    def send(path: str, body: object, headers: tuple[tuple[str, str], ...] = JSON_HEADERS) -> HttpResponse:
        return to_response(invoke(http_event(template, path, body, headers)))

    return send


@pytest.fixture(scope="session")
def fresh(template: Template) -> Iterator[Fresh]:
    """A function by its logical id, in a process of its own, whose log can be read."""
    with ExitStack() as opened:
        yield cache(lambda name: opened.enter_context(ChildProcess(template.function(name), template.root)))


def http_event(
    template: Template, path: str, body: object, headers: tuple[tuple[str, str], ...] = JSON_HEADERS
) -> dict[str, Any]:
    match = Router(template).match("POST", path)
    assert match is not None
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return to_event(HttpRequest("POST", path, "", headers, content), match)


def sqs_event(queue: str, *bodies: object) -> dict[str, Any]:
    """One record for each body (text, or what becomes JSON); message ids are m0, m1, ..."""
    return {
        "Records": [
            {
                "messageId": f"m{index}",
                "receiptHandle": str(uuid.uuid4()),
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{queue}",
                "awsRegion": "us-east-1",
            }
            for index, body in enumerate(bodies)
        ]
    }


def answer(response: HttpResponse) -> Any:
    return json.loads(response.body)


def work(operation: Operation[Any, Any, Any, Any], event: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a worker of `operation` hands to its sink, as JSON by message id, and what it answers."""
    results: dict[str, Any] = {}
    names = ("FUNCTION_NAME", "FUNCTION_VERSION", "FUNCTION_MEMORY_SIZE", "LOG_GROUP_NAME", "LOG_STREAM_NAME")
    context = LambdaContext({f"AWS_LAMBDA_{name}": "0" for name in names} | {"AWS_REGION": "eu-north-1"}, 60)
    reply = create_worker(operation, results.__setitem__)(event, context)
    return {name: result.response.model_dump(mode="json") for name, result in results.items()}, reply

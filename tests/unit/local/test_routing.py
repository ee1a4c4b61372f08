import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from workbench.local.errors import EventError
from workbench.local.routing import Router, event_paths, find_target, function_for, read_event
from workbench.local.template import Function, Route, Template, read_template


def _router(*keys: str) -> Router:
    """One function a route, named by its key."""

    def function(key: str) -> Function:
        method, _, path = key.rpartition(" ")
        return Function(key, "a.b", "python3.13", 128, 3, MappingProxyType({}), (Route(method or "ANY", path),), ())

    return Router(Template(Path(), tuple(function(key) for key in keys)))


# The table of "Routing API requests" in AWS's page, routes in an order that no rule favours.
_PETS = _router("$default", "ANY /{proxy+}", "GET /pets/{proxy+}", "GET /pets/dog/{id}", "GET /pets/dog/1")


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1", {}),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}", {"id": "2"}),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}", {"proxy": "cat/1"}),
        ("POST", "/test/5", "ANY /{proxy+}", {"proxy": "test/5"}),
        ("POST", "/pets/dog/1", "ANY /{proxy+}", {"proxy": "pets/dog/1"}),
        ("GET", "/pets/dog/a%20b%2Fc", "GET /pets/dog/{id}", {"id": "a b/c"}),
        ("GET", "/", "$default", {}),
    ],
)
def test_the_most_specific_route_wins(method: str, path: str, key: str, parameters: dict[str, str]) -> None:
    match = _PETS.match(method, path)
    assert match is not None
    assert (match.route.key, match.path_parameters) == (key, parameters)


def test_a_full_match_comes_before_a_greedy_one_and_a_method_before_any() -> None:
    router = _router("ANY /a/b", "POST /a/b", "GET /a/{proxy+}", "GET /{x}/c")
    matches = [router.match(method, path) for method, path in [("POST", "/a/b"), ("GET", "/a/b"), ("GET", "/a/c")]]
    assert [match and match.route.key for match in matches] == ["POST /a/b", "ANY /a/b", "GET /{x}/c"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/a"), ("POST", "/v1/a/"), ("POST", "/v1"), ("POST", "/v1.a")])
def test_no_route(method: str, path: str) -> None:
    assert _router("POST /v1/a").match(method, path) is None


def _sqs(queue: str) -> dict[str, Any]:
    return {"Records": [{"eventSource": "aws:sqs", "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{queue}"}]}


@pytest.mark.parametrize(
    ("event", "function"),
    [
        ({"routeKey": "POST /v1/echo"}, "EchoFunction"),
        (_sqs("EchoQueue"), "EchoWorker"),
        (_sqs("stack-EchoQueue-1A2b"), "EchoWorker"),
    ],
)
def test_an_event_names_its_function(project: Path, event: dict[str, Any], function: str) -> None:
    assert function_for(event, read_template(project / "template.yaml")).logical_id == function


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"routeKey": "GET /nowhere"}, "takes route GET /nowhere"),
        (_sqs("OtherQueue"), "takes queue arn:aws:sqs:us-east-1:123456789012:OtherQueue"),
        ({"Records": []}, "neither an HTTP API event"),
    ],
)
def test_an_event_of_nobody(project: Path, event: dict[str, Any], message: str) -> None:
    with pytest.raises(EventError, match=message):
        function_for(event, read_template(project / "template.yaml"))


def test_event_files(tmp_path: Path) -> None:
    for name in ("sqs_b.json", "http_a.json", "notes.json", "http_a.txt"):
        (tmp_path / name).write_text(json.dumps({"name": name}))
    assert [path.name for path in event_paths(tmp_path)] == ["http_a.json", "sqs_b.json"]
    assert read_event(tmp_path / "http_a.json") == {"name": "http_a.json"}


@pytest.mark.parametrize("text", ["{", "[]", None])
def test_a_broken_event_file_is_named(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "http_a.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(EventError, match=r"http_a\.json"):
        read_event(path)


def _write_events(project: Path) -> Template:
    """Events of the template's functions among files that are broken, or of nobody."""
    (project / "events").mkdir()
    for name, event in {
        "http_a.json": {"routeKey": "GET /nowhere"},
        "http_b.json": {"routeKey": "POST /v1/echo"},
        "sqs_a.json": _sqs("EchoQueue"),
    }.items():
        (project / "events" / name).write_text(json.dumps(event))
    (project / "events" / "http_0.json").write_text("{")
    return read_template(project / "template.yaml")


@pytest.mark.parametrize(
    ("name", "function", "event"),
    [
        ("echo_service", "EchoFunction", "http_b.json"),
        ("EchoFunction", "EchoFunction", "http_b.json"),
        ("EchoWorker", "EchoWorker", "sqs_a.json"),
    ],
)
def test_a_function_has_its_first_event(project: Path, name: str, function: str, event: str) -> None:
    target = find_target(name, _write_events(project))
    assert (target.function.logical_id, target.event.name) == (function, event)


def test_a_function_without_an_event_is_told_which_have_one(project: Path) -> None:
    with pytest.raises(EventError, match=r"called 'nobody', only for EchoFunction, echo_service, EchoWorker$"):
        find_target("nobody", _write_events(project))

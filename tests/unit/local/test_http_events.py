import base64
from types import MappingProxyType
from typing import Any

import pytest

from workbench.local.events import HttpRequest, to_event
from workbench.local.responses import Headers
from workbench.local.routing import Match
from workbench.local.template import Function, Route

_ROUTE = Route("POST", "/my/{thing}")
_FUNCTION = Function("F", "a.b", "python3.13", 128, 3, MappingProxyType({}), (_ROUTE,), ())
_JSON = ("Content-Type", "application/json")


def _event(body: bytes = b"", headers: Headers = (), query: str = "", path: str = "/my/path") -> dict[str, Any]:
    return to_event(HttpRequest("POST", path, query, headers, body), Match(_FUNCTION, _ROUTE, {"thing": "path"}))


def test_a_whole_event() -> None:
    headers = (
        ("Host", "api.example.com"),
        ("User-Agent", "agent"),
        ("Header2", "value1"),
        ("header2", "value2"),
        _JSON,
    )
    event = _event(b"{}", headers, "parameter1=value1&parameter1=value2&parameter2=a%20b", "/my/a%20path")
    added = {name: event["headers"].pop(name) for name in list(event["headers"]) if name.startswith("x-")}
    context = event.pop("requestContext")
    assert event == {
        "version": "2.0",
        "routeKey": "POST /my/{thing}",
        "rawPath": "/my/a path",
        "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=a%20b",
        "headers": {
            "host": "api.example.com",
            "user-agent": "agent",
            "header2": "value1,value2",
            "content-type": "application/json",
        },
        "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "a b"},
        "pathParameters": {"thing": "path"},
        "body": "{}",
        "isBase64Encoded": False,
    }
    assert set(added) == {"x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}
    assert context["http"] == {
        "method": "POST",
        "path": "/my/a path",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "agent",
    }
    assert (context["routeKey"], context["stage"], context["domainPrefix"]) == ("POST /my/{thing}", "$default", "api")


def test_what_is_empty_is_left_out() -> None:
    assert not {"cookies", "queryStringParameters", "body"} & set(_event())


def test_cookies_leave_the_headers() -> None:
    event = _event(headers=(("Cookie", "a=1; b=2"), ("cookie", "c=3")))
    assert event["cookies"] == ["a=1", "b=2", "c=3"]
    assert "cookie" not in event["headers"]


def test_headers_of_the_connection_are_not_passed_on() -> None:
    headers = (
        ("Connection", "keep-alive, x-one"),
        ("Transfer-Encoding", "chunked"),
        ("TE", "trailers"),
        ("x-one", "1"),
    )
    assert {"connection", "transfer-encoding", "te"}.isdisjoint(_event(headers=headers)["headers"])


def test_the_client_joins_a_chain_of_proxies() -> None:
    assert (
        _event(headers=(("X-Forwarded-For", "203.0.113.7"),))["headers"]["x-forwarded-for"] == "203.0.113.7, 127.0.0.1"
    )


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=utf-8", "text/csv", "application/xml", "application/javascript"],
)
def test_text_bodies_stay_text(content_type: str) -> None:
    event = _event("Grüße".encode(), (("content-type", content_type),))
    assert (event["body"], event["isBase64Encoded"]) == ("Grüße", False)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (None, b"{}"),
        ("application/x-www-form-urlencoded", b"a=1"),
        ("application/vnd.api+json", b"{}"),
        ("application/octet-stream", b"\x00\xff"),
        ("application/json", b"\xff"),
    ],
)
def test_other_bodies_go_in_base64(content_type: str | None, body: bytes) -> None:
    event = _event(body, (("content-type", content_type),) if content_type else ())
    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (body, True)

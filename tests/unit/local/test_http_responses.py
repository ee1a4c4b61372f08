from typing import Any

import pytest

from workbench.local.responses import HttpResponse, MalformedResponseError, to_response

_PLAIN = ("content-type", "text/plain;charset=UTF-8")
_INFERRED = (("content-type", "application/json"),)


@pytest.mark.parametrize(
    ("result", "response"),
    [
        # AWS's own examples of an inferred response
        ("Hello from Lambda!", HttpResponse(200, _INFERRED, b"Hello from Lambda!")),
        ({"message": "Hello from Lambda!"}, HttpResponse(200, _INFERRED, b'{"message":"Hello from Lambda!"}')),
        (None, HttpResponse(200, _INFERRED, b"null")),
        ([1, 2], HttpResponse(200, _INFERRED, b"[1,2]")),
        # a content type without a status code is no header
        ({"headers": {"content-type": "a/b"}}, HttpResponse(200, _INFERRED, b'{"headers":{"content-type":"a/b"}}')),
        # and declared ones
        ({"statusCode": 204}, HttpResponse(204, (_PLAIN,), b"")),
        ({"statusCode": "201", "body": "é"}, HttpResponse(201, (_PLAIN,), "é".encode())),
        (
            {"statusCode": 200, "headers": {"Content-Type": "image/png"}, "body": "AP8=", "isBase64Encoded": True},
            HttpResponse(200, (("content-type", "image/png"),), b"\x00\xff"),
        ),
        (
            {"statusCode": 200, "cookies": ["a=1; Secure", "b=2"], "body": ""},
            HttpResponse(200, (_PLAIN, ("set-cookie", "a=1; Secure"), ("set-cookie", "b=2")), b""),
        ),
        (
            {"statusCode": 200, "headers": {"X-Count": 3, "x-ratio": 0.5, "x-hit": True}},
            HttpResponse(200, (_PLAIN, ("x-count", "3"), ("x-ratio", "0.5"), ("x-hit", "true")), b""),
        ),
        (
            {"statusCode": 200, "headers": {"Content-Length": "9", "Transfer-Encoding": "chunked"}, "body": "{}"},
            HttpResponse(200, (_PLAIN,), b"{}"),
        ),
        ({"statusCode": 200, "headers": None, "cookies": None, "body": None}, HttpResponse(200, (_PLAIN,), b"")),
        ({"statusCode": 304, "body": "never sent"}, HttpResponse(304, (_PLAIN,), b"")),
    ],
)
def test_responses(result: Any, response: HttpResponse) -> None:
    assert to_response(result) == response


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "ok"},
        {"statusCode": None},
        {"statusCode": 200.5},
        {"statusCode": True},
        {"statusCode": 199},
        {"statusCode": 600},
        {"statusCode": 200, "body": 1},
        {"statusCode": 200, "body": "half a pair: \ud800"},
        {"statusCode": 200, "isBase64Encoded": "no", "body": ""},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "headers": {"x": ["several"]}},
        {"statusCode": 200, "headers": {"x": "two\r\nlines"}},
        {"statusCode": 200, "headers": {"x": "\u2615"}},
        {"statusCode": 200, "headers": {"not a token": "x"}},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "headers": ["not", "a", "map"]},
        {"statusCode": 200, "body": "not base64!", "isBase64Encoded": True},
    ],
)
def test_a_malformed_response_is_refused_with_the_field(result: Any) -> None:
    with pytest.raises(MalformedResponseError, match=r"^(statusCode|headers|body|isBase64Encoded|cookies)[^:]*: "):
        to_response(result)

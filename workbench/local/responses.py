"""What an HTTP API answers: a function's result by the rules of payload format 2.0, or a message of the API's own.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html, and
for each status docs/http-api.md.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, ValidationError
from pydantic.alias_generators import to_camel

from workbench.local.errors import FunctionError, LocalError
from workbench.local.payload import REQUEST_TOO_LARGE

__all__ = [
    "HOP_BY_HOP",
    "INTERNAL_SERVER_ERROR",
    "NOT_FOUND",
    "NO_CONTENT",
    "SERVICE_UNAVAILABLE",
    "TOO_LARGE",
    "Headers",
    "HttpResponse",
    "MalformedResponseError",
    "failure",
    "to_response",
]

Headers = tuple[tuple[str, str], ...]

# Of one connection: no gateway passes them on (RFC 9110, section 7.6.1).
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}

# Seen on AWS, though the page does not say it: a declared response without a content type is plain text.
_PLAIN_TEXT = ("content-type", "text/plain;charset=UTF-8")
_JSON = ("content-type", "application/json")
_WITHOUT_BODY = {204, 304}


class MalformedResponseError(LocalError):
    """A function's result breaks the format that its API expects."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response to send; header names are lower case."""

    status: int
    headers: Headers
    body: bytes


def _message(status: int, text: str) -> HttpResponse:
    return HttpResponse(status, (_JSON,), json.dumps({"message": text}, separators=(",", ":")).encode())


NO_CONTENT = HttpResponse(204, (), b"")
NOT_FOUND = _message(404, "Not Found")
TOO_LARGE = _message(413, "Request Entity Too Large")
INTERNAL_SERVER_ERROR = _message(500, "Internal Server Error")
SERVICE_UNAVAILABLE = _message(503, "Service Unavailable")

_BY_KIND = {REQUEST_TOO_LARGE: TOO_LARGE, "TooManyRequestsException": SERVICE_UNAVAILABLE}


def failure(error: FunctionError) -> HttpResponse:
    """The answer to a call that failed: a 500 that tells nothing, unless Lambda refused the call."""
    return _BY_KIND.get(error.kind, INTERNAL_SERVER_ERROR)


def _number_as_text(value: Any) -> Any:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
    return value


_Name = Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]
_Value = Annotated[str, BeforeValidator(_number_as_text), Field(pattern=r"^[\t\x20-\x7e\x80-\xff]*$")]


class _Declared(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)

    status_code: int = Field(ge=200, le=599)
    headers: dict[_Name, _Value] = Field(default_factory=dict)
    cookies: list[_Value] = Field(default_factory=list)
    body: str = ""
    is_base64_encoded: StrictBool = Field(False, alias="isBase64Encoded")


def to_response(result: Any) -> HttpResponse:
    """What the API makes of a function's result; raises MalformedResponseError for one that breaks the format.

    Without a `statusCode` the result itself is the body, as application/json with status 200.
    """
    try:
        return _declared(result) if isinstance(result, dict) and "statusCode" in result else _inferred(result)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise MalformedResponseError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except ValueError as error:
        raise MalformedResponseError(f"body: {error}") from None


def _inferred(result: Any) -> HttpResponse:
    body = result if isinstance(result, str) else json.dumps(result, separators=(",", ":"), ensure_ascii=False)
    return HttpResponse(200, (_JSON,), body.encode())


def _declared(result: dict[str, Any]) -> HttpResponse:
    declared = _Declared.model_validate({name: value for name, value in result.items() if value is not None})
    return HttpResponse(declared.status_code, _headers(declared), _content(declared))


def _headers(declared: _Declared) -> Headers:
    headers = dict([_PLAIN_TEXT]) | {name.lower(): value for name, value in declared.headers.items()}
    kept = ((name, value) for name, value in headers.items() if name not in HOP_BY_HOP | {"content-length"})
    return (*kept, *(("set-cookie", cookie) for cookie in declared.cookies))


def _content(declared: _Declared) -> bytes:
    if declared.status_code in _WITHOUT_BODY:
        return b""
    return base64.b64decode(declared.body, validate=True) if declared.is_base64_encoded else declared.body.encode()

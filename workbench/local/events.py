"""HTTP requests to API Gateway events (payload format 2.0), and a function's result back to an HTTP response.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html.
What that page leaves open follows what others measured on AWS: which bodies are text
(https://github.com/ministackorg/ministack/pull/766), and that `rawPath` is decoded while `rawQueryString` is not
(https://github.com/middleapi/standard-server/pull/93).
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from workbench.local.bootstrap import ACCOUNT_ID
from workbench.local.routing import Match

__all__ = ["INTERNAL_SERVER_ERROR", "HttpRequest", "HttpResponse", "message", "to_event", "to_response"]

Headers = tuple[tuple[str, str], ...]

_TEXT_TYPES = {"application/json", "application/xml", "application/javascript"}


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it came in: path and query percent-encoded, header names in any case, in order, repeated or not."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    source_ip: str = "127.0.0.1"
    protocol: str = "HTTP/1.1"
    scheme: str = "http"
    port: int = 80


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response to send; header names are lower case."""

    status: int
    headers: Headers
    body: bytes


def message(status: int, text: str) -> HttpResponse:
    """An answer of API Gateway's own, such as 404 {"message":"Not Found"}."""
    body = json.dumps({"message": text}, separators=(",", ":")).encode()
    return HttpResponse(status, (("content-type", "application/json"),), body)


INTERNAL_SERVER_ERROR = message(500, "Internal Server Error")


def to_event(request: HttpRequest, match: Match) -> dict[str, Any]:
    """The event of payload format 2.0; what is empty (cookies, query, path variables, body) is left out, as on AWS."""
    headers = _joined((name.lower(), value) for name, value in request.headers if name.lower() != "cookie")
    optional = {
        "cookies": _cookies(request.headers),
        "queryStringParameters": _joined(parse_qsl(request.query, keep_blank_values=True)),
        "pathParameters": match.path_parameters,
        **_body(request.body, headers.get("content-type", "")),
    }
    return {
        "version": "2.0",
        "routeKey": match.route.key,
        "rawPath": unquote(request.path),
        "rawQueryString": request.query,
        "headers": headers | _forwarded(request, headers),
        "requestContext": _request_context(request, match.route.key, headers),
        "isBase64Encoded": False,
        **{name: value for name, value in optional.items() if value},
    }


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Repeated names become one value, joined by commas."""
    values: dict[str, str] = {}
    for name, value in pairs:
        values[name] = f"{values[name]},{value}" if name in values else value
    return values


def _cookies(headers: Headers) -> list[str]:
    lines = (value for name, value in headers if name.lower() == "cookie")
    return [cookie.strip() for line in lines for cookie in line.split(";") if cookie.strip()]


def _body(body: bytes, content_type: str) -> dict[str, Any]:
    """Text as text, anything else, a missing content type included, in base64."""
    media_type = content_type.split(";")[0].strip().lower()
    if media_type in _TEXT_TYPES or media_type.startswith("text/"):
        try:
            return {"body": body.decode()}
        except UnicodeDecodeError:
            pass  # AWS does not say; base64 loses nothing
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": bool(body)}


def _forwarded(request: HttpRequest, headers: dict[str, str]) -> dict[str, str]:
    """The headers that API Gateway adds."""
    chain = [headers["x-forwarded-for"]] if "x-forwarded-for" in headers else []
    return {
        "x-amzn-trace-id": f"Root=1-{int(datetime.now(UTC).timestamp()):08x}-{secrets.token_hex(12)}",
        "x-forwarded-for": ", ".join([*chain, request.source_ip]),
        "x-forwarded-port": str(request.port),
        "x-forwarded-proto": request.scheme,
    }


def _request_context(request: HttpRequest, route_key: str, headers: dict[str, str]) -> dict[str, Any]:
    now = datetime.now(UTC)
    host = headers.get("host", "localhost")
    return {
        "accountId": ACCOUNT_ID,
        "apiId": "local",
        "domainName": host,
        "domainPrefix": host.split(".")[0],
        "http": {
            "method": request.method,
            "path": unquote(request.path),
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": str(uuid.uuid4()),
        "routeKey": route_key,
        "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now.timestamp() * 1000),
    }


def to_response(result: Any) -> HttpResponse:
    """What API Gateway makes of a function's result; one that breaks the format is a 500.

    Without a `statusCode` the result itself is the body, as application/json with status 200.
    """
    if not isinstance(result, dict) or "statusCode" not in result:
        body = result if isinstance(result, str) else json.dumps(result, separators=(",", ":"), ensure_ascii=False)
        return HttpResponse(200, (("content-type", "application/json"),), body.encode(errors="replace"))
    try:
        return _declared_response(result)
    except (AttributeError, TypeError, ValueError, binascii.Error):
        return INTERNAL_SERVER_ERROR


def _declared_response(result: dict[str, Any]) -> HttpResponse:
    body = result.get("body") or ""
    content = base64.b64decode(body, validate=True) if result.get("isBase64Encoded") else body.encode()
    # Seen on AWS, though the page does not say it: a declared response without a content type is plain text.
    headers = {"content-type": "text/plain;charset=UTF-8"}
    headers |= {str(name).lower(): str(value) for name, value in (result.get("headers") or {}).items()}
    cookies = tuple(("set-cookie", str(cookie)) for cookie in result.get("cookies") or ())
    return HttpResponse(_status(result["statusCode"]), (*headers.items(), *cookies), content)


def _status(value: Any) -> int:
    status = int(value)
    if not 100 <= status <= 599:
        raise ValueError(f"statusCode {status}")
    return status

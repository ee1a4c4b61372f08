"""HTTP requests to API Gateway events, payload format 2.0.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html.
What that page leaves open follows what others measured on AWS: which bodies are text
(https://github.com/ministackorg/ministack/pull/766), and that `rawPath` is decoded while `rawQueryString` is not
(https://github.com/middleapi/standard-server/pull/93).
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from workbench.local.bootstrap import ACCOUNT_ID
from workbench.local.responses import HOP_BY_HOP, Headers
from workbench.local.routing import Match

__all__ = ["HttpRequest", "to_event"]

# Not among the event's headers: cookies have their own place.
_LEFT_OUT = HOP_BY_HOP | {"cookie"}
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
    # As AWS makes them: 16 characters, told to the client too.
    request_id: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(11)).decode())


def to_event(request: HttpRequest, match: Match) -> dict[str, Any]:
    """The event of payload format 2.0; what is empty (cookies, query, path variables, body) is left out, as on AWS."""
    headers = _joined((name.lower(), value) for name, value in request.headers if name.lower() not in _LEFT_OUT)
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
        "requestId": request.request_id,
        "routeKey": route_key,
        "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now.timestamp() * 1000),
    }

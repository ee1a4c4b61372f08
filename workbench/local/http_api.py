"""The template's HTTP API as an ASGI app: request, event, function, response. Any executor can stand behind it.

Limits: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html. What it answers when, and
where it differs from AWS: docs/http-api.md.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from anyio import CapacityLimiter, move_on_after, to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from workbench.local.cors import PREFIX as CORS_PREFIX
from workbench.local.errors import FunctionError
from workbench.local.events import HttpRequest, to_event
from workbench.local.executor import Executor
from workbench.local.responses import (
    INTERNAL_SERVER_ERROR,
    NO_CONTENT,
    NOT_FOUND,
    SERVICE_UNAVAILABLE,
    TOO_LARGE,
    HttpResponse,
    MalformedResponseError,
    failure,
    to_response,
)
from workbench.local.routing import Match, Router
from workbench.local.template import Template

__all__ = ["INTEGRATION_TIMEOUT_S", "MAX_PAYLOAD_BYTES", "HttpApi"]

MAX_PAYLOAD_BYTES = 10_000_000
INTEGRATION_TIMEOUT_S = 30.0

# An account's quota unless raised: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html.
_CONCURRENCY = 1000
_PORTS = {"http": 80, "https": 443}


class HttpApi:
    """Answers whatever the template routes; leaves the function's logical id in the request's state.

    A function that takes longer than `timeout` seconds runs on, but nobody hears its answer.
    """

    def __init__(self, template: Template, executor: Executor, timeout: float = INTEGRATION_TIMEOUT_S) -> None:
        self._router = Router(template)
        self._cors = template.cors
        self._executor = executor
        self._timeout = timeout
        self._limiter = CapacityLimiter(_CONCURRENCY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        http = Request(scope, receive)
        body = await _read(http)
        request = _from_starlette(http, body or b"")
        match = self._router.match(request.method, request.path)
        if match is None:
            response = self._unmatched(request)
        else:
            http.state.function = match.function.logical_id
            response = TOO_LARGE if body is None else await self._integrate(match, request)
        await _to_starlette(response, request.request_id)(scope, receive, send)

    def _unmatched(self, request: HttpRequest) -> HttpResponse:
        return self._with_cors(NO_CONTENT, request) if self._cors and request.method == "OPTIONS" else NOT_FOUND

    async def _integrate(self, match: Match, request: HttpRequest) -> HttpResponse:
        with move_on_after(self._timeout):
            return await to_thread.run_sync(self._call, match, request, abandon_on_cancel=True, limiter=self._limiter)
        return SERVICE_UNAVAILABLE

    def _call(self, match: Match, request: HttpRequest) -> HttpResponse:
        try:
            response = to_response(self._executor.invoke(match.function, to_event(request, match)))
        except FunctionError as error:
            return failure(error)
        except MalformedResponseError as error:
            print(f"{match.function.logical_id}: malformed response: {error}", file=sys.stderr)
            return INTERNAL_SERVER_ERROR
        return self._with_cors(response, request)

    def _with_cors(self, response: HttpResponse, request: HttpRequest) -> HttpResponse:
        """The configured headers instead of the function's own, if the API has CORS at all."""
        if self._cors is None:
            return response
        own = tuple(header for header in response.headers if not header[0].startswith(CORS_PREFIX))
        received = {name.lower(): value for name, value in request.headers}
        return replace(response, headers=own + self._cors.headers(received, preflight=request.method == "OPTIONS"))


async def _read(request: Request) -> bytes | None:
    """The whole body; None if it is over the limit, but read to its end so that the client hears the answer."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_PAYLOAD_BYTES:
            chunks.append(chunk)
    return b"".join(chunks) if size <= MAX_PAYLOAD_BYTES else None


def _from_starlette(request: Request, body: bytes) -> HttpRequest:
    raw_path: bytes = request.scope["raw_path"]
    return HttpRequest(
        method=request.method,
        path=raw_path.split(b"?", 1)[0].decode("latin-1"),
        query=request.scope["query_string"].decode("latin-1"),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw),
        body=body,
        source_ip=request.client.host if request.client else "127.0.0.1",
        protocol=f"HTTP/{request.scope['http_version']}",
        scheme=request.url.scheme,
        port=request.url.port or _PORTS[request.url.scheme],
    )


def _to_starlette(response: HttpResponse, request_id: str) -> Response:
    answer = Response(response.body, response.status)
    for name, value in (*response.headers, ("apigw-requestid", request_id)):
        answer.headers.append(name, value)
    return answer
